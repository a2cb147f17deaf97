import threading
from contextlib import closing

import psutil
import pytest

from realtime.benchmark.metronome import Metronome, keep_time
from tests.fakes import ManualClock

MS = 1_000_000


class LateClock(ManualClock):
    """Wakes late, each time by another of these."""

    def __init__(self, late_ms: list[int]) -> None:
        super().__init__()
        self._late_ms = late_ms

    def wait_until(self, t_ns: int, wake: threading.Event) -> bool:
        if not self._late_ms:
            wake.set()
            return True
        self.advance(max(0, t_ns - self.now_ns()) + self._late_ms.pop(0) * MS)
        return False


def test_intervals_differ_by_what_ticks_are_late() -> None:
    found = keep_time(100.0, LateClock([0, 0, 3, 0, 25, 0]), threading.Event())
    assert found.cadence.count == 5
    assert found.cadence.sum_ms == pytest.approx(3 + 3 + 25 + 10)
    assert found.cadence.max_ms == pytest.approx(25)
    assert found.missed_ticks == 1


def test_what_the_process_found_gets_here() -> None:
    with closing(Metronome(200.0)) as metronome:
        metronome.begin()
        cadence = metronome.end().cadence
    assert cadence.count == cadence.up_to[-1]


def test_one_that_never_began_is_gone_at_the_end() -> None:
    others = psutil.Process().children()
    Metronome(200.0).close()
    assert psutil.Process().children() == others
