import sys
import time
from pathlib import Path

import pytest

from realtime.benchmark import machine


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells")
def test_linux_tells() -> None:
    memory, busy = machine.resident_mb(), machine.busy_s()
    assert memory is not None
    assert 20 < memory < 100_000
    assert busy is not None
    assert busy >= time.process_time() * 0.9


def test_columns_that_are_idle_or_counted_twice_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 20 30 9000 800 4 5 6 70 0\ncpu0 1 1 1\n")
    monkeypatch.setattr(machine, "_STAT", stat)
    monkeypatch.setattr("os.sysconf", lambda name: 100)
    assert machine.busy_s() == pytest.approx(1.65)


def test_where_nothing_is_told_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_STATM", "_STAT"):
        monkeypatch.setattr(machine, name, Path("no-such-file"))
    assert (machine.resident_mb(), machine.busy_s()) == (None, None)
