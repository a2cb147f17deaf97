from pathlib import Path
from typing import Any

import pytest

from realtime.benchmark.startup import measure_start, read_start
from realtime.errors import MimicamError


def instant(name: str, at_s: float) -> dict[str, Any]:
    return {"ph": "i", "name": name, "ts": at_s * 1e6}


def test_the_first_card_and_the_first_picture_make_a_start() -> None:
    events = [
        {"ph": "M", "name": "thread_name"},
        *(instant("card", at_s) for at_s in (100.7, 100.8)),
        *(instant("new picture", at_s) for at_s in (102.5, 102.6)),
    ]
    start = read_start({"traceEvents": events}, began_ns=100 * 10**9)
    assert start.first_sent_s == pytest.approx(0.7)
    assert start.first_animated_s == pytest.approx(2.5)


def test_a_start_without_a_picture_is_none() -> None:
    with pytest.raises(MimicamError, match="no picture was sent"):
        read_start({"traceEvents": [instant("card", 1)]}, began_ns=0)


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(MimicamError, match=r"did not start: .*missing\.mp4 does not exist"):
        measure_start(tmp_path / "missing.mp4", (320, 240), first_ever=False)
