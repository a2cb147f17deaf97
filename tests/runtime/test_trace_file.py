import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from realtime.errors import OutputError
from realtime.runtime.trace_file import trace_file


def read(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text())["traceEvents"])


def test_events_are_in_the_trace_event_format(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    with trace_file(path) as trace:
        trace.span("track", 5_000, 9_500, sequence=7)
        trace.instant("dropped: track busy", 6_000, count=3)
        trace.counter("age", 7_000, 42_000_000)
    row = threading.current_thread().name
    at = {"pid": 1, "tid": 1}
    name, span, arrow, instant, counter, process = read(path)
    assert (name["ph"], name["name"], name["args"]) == ("M", "thread_name", {"name": row})
    assert span == {"name": "track", "ph": "X", "ts": 5, "dur": 4.5, "args": {"frame": 7}, **at}
    assert (arrow["ph"], arrow["id"], arrow["ts"], arrow["bp"]) == ("t", 7, 5, "e")
    assert instant["ph"] == "i"
    assert (instant["name"], instant["args"]) == ("dropped: track busy", {"count": 3})
    assert counter == {"name": "age", "ph": "C", "ts": 7, "args": {"ms": 42}, **at}
    assert process["args"] == {"name": "mimicam"}


def test_an_arrow_follows_each_frame_once(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    with trace_file(path) as trace:
        for stage in ("capture", "track", "motion", "render", "output", "output"):
            trace.span(stage, 0, 1, sequence=4)
        trace.span("output", 0, 1, sequence=-1)
    entries = read(path)
    assert [entry["ph"] for entry in entries if entry["name"] == "frame"] == ["s", "t", "t", "f"]
    assert Counter(entry["ph"] for entry in entries)["X"] == 7


def test_the_file_is_written_when_the_run_fails(tmp_path: Path) -> None:
    path = tmp_path / "out.json"

    def record() -> None:
        with trace_file(path) as trace:
            trace.instant("card", 0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record()
    assert "card" in [entry["name"] for entry in read(path)]
    assert list(tmp_path.iterdir()) == [path]


def test_an_earlier_file_stays_until_there_is_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("earlier")
    with trace_file(path):
        assert path.read_text() == "earlier"
    assert path.read_text() == "earlier", "nothing was recorded"
    with trace_file(path) as trace:
        trace.instant("card", 0)
        assert path.read_text() == "earlier"
    assert len(read(path)) == 3
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["no/such/folder/out.json", ".", "x" * 300])
def test_a_path_that_cannot_be_written_is_said_first(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="cannot write the trace"), trace_file(tmp_path / name):
        pytest.fail("the block must not run")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "out.json"

    def record() -> None:
        with trace_file(path) as trace:
            trace.instant("card", 0)
            path.mkdir()

    with pytest.raises(OutputError, match="cannot write the trace"):
        record()
    assert list(tmp_path.iterdir()) == [path]
