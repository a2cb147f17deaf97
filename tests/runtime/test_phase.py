import numpy as np
import pytest

from realtime.runtime.phase import PhaseFollower

PERIOD_NS = 33_333_333
MS = 1_000_000


class Stream:
    """Pictures at their own rate and the ticks that show them."""

    def __init__(self, rate: float, lead_ms: float, jitter_ms: float = 0.0) -> None:
        self._period_ns = 1e9 / rate
        self._jitter_ns = jitter_ms * MS
        self._next_ns = -lead_ms * MS
        self._tick_ns = 0.0
        self._rng = np.random.default_rng(3)
        self._follower = PhaseFollower(PERIOD_NS)
        self.waits_ms: list[float | None] = []
        self.intervals_ms: list[float] = []

    def run(self, ticks: int) -> None:
        arrival = self._arrival()
        for _ in range(ticks):
            waited = None
            while arrival <= self._tick_ns:
                waited = round(self._tick_ns - arrival)
                self._next_ns += self._period_ns
                arrival = self._arrival()
            self.waits_ms.append(None if waited is None else waited / MS)
            interval_ns = PERIOD_NS + self._follower.move_ns(waited)
            self.intervals_ms.append(interval_ns / MS)
            self._tick_ns += interval_ns

    def _arrival(self) -> float:
        return self._next_ns + self._rng.uniform(0, self._jitter_ns)


@pytest.mark.parametrize("lead_ms", [1.0, 12.0, 30.0])
def test_pictures_come_to_wait_for_the_margin_only(lead_ms: float) -> None:
    stream = Stream(30.0, lead_ms)
    stream.run(400)
    settled = stream.waits_ms[-50:]
    assert None not in settled
    np.testing.assert_allclose(np.array(settled, float), 5.0, atol=0.6)


def test_latest_arrivals_are_what_counts() -> None:
    stream = Stream(30.0, 20.0, jitter_ms=8.0)
    stream.run(900)
    settled = stream.waits_ms[-300:]
    assert None not in settled, "no tick in vain"
    waits = np.array(settled, float)
    assert 3.0 < waits.min() < 7.0
    assert waits.max() < 16.0


@pytest.mark.parametrize("rate", [29.97, 30.03])
def test_ticks_follow_a_camera_whose_clock_is_off(rate: float) -> None:
    """Left alone, the phase goes round twice a minute, with a repeat or a drop each time."""
    stream = Stream(rate, 10.0)
    stream.run(3000)
    assert None not in stream.waits_ms[-2500:]
    assert max(wait for wait in stream.waits_ms[-2500:] if wait is not None) < 12.0


@pytest.mark.parametrize("rate", [1.5, 15.0, 24.0])
def test_slow_sources_leave_the_ticks_alone(rate: float) -> None:
    stream = Stream(rate, 10.0)
    stream.run(600)
    assert set(stream.intervals_ms) == {PERIOD_NS / MS}


def test_no_interval_is_seen_to_differ() -> None:
    stream = Stream(30.0, 30.0, jitter_ms=10.0)
    stream.run(600)
    assert max(abs(interval - PERIOD_NS / MS) for interval in stream.intervals_ms) <= 0.25
