import pytest

from bench.alignment import PERIOD_MS, Driver, simulated

STEADY = Driver("steady", (17.0, 17.0))


def test_where_the_first_tick_is_matters_only_to_ticks_that_stay() -> None:
    fixed = [simulated(STEADY, place * PERIOD_MS, moving=False).p50_ms for place in (0.1, 0.5)]
    moving = [simulated(STEADY, place * PERIOD_MS, moving=True).p50_ms for place in (0.1, 0.5)]
    assert abs(fixed[0] - fixed[1]) == pytest.approx(0.4 * PERIOD_MS, abs=0.5)
    assert moving[0] == pytest.approx(moving[1], abs=0.5)


def test_a_tracker_that_is_slow_leaves_ticks_without_a_picture() -> None:
    slow = simulated(Driver("slow", (40.0, 40.0)), 0.0, moving=True)
    assert slow.without == pytest.approx(1 - PERIOD_MS / 40, abs=0.02)
