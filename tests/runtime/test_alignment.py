import math
from bisect import bisect_right
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.runtime.alignment import Alignment

PERIOD_NS = 1e9 / 30
MOST_NS = 100_000


def follow(arrivals_ns: list[float]) -> tuple[list[float], list[float]]:
    """Ticks, and how long each new picture waits, where pictures are ready at these times."""
    alignment, tick_ns, shown = Alignment(30), 0.0, -1
    ticks: list[float] = []
    waits: list[float] = []
    while shown < len(arrivals_ns) - 1:
        newest = bisect_right(arrivals_ns, tick_ns) - 1
        ticks.append(tick_ns)
        tick_ns += PERIOD_NS
        if newest > shown:
            shown = newest
            waits.append(ticks[-1] - arrivals_ns[newest])
            tick_ns += alignment.waited(round(waits[-1]))
    return ticks, waits


@given(st.floats(0, 1))
def test_wherever_pictures_are_ready_they_soon_wait_for_a_moment_only(phase: float) -> None:
    _, waits = follow([(n + phase) * PERIOD_NS for n in range(600)])
    assert waits[-1] == pytest.approx(2e6, abs=0.2e6)


def test_ticks_hardly_move() -> None:
    ticks, _ = follow([(n + 0.4) * PERIOD_NS for n in range(600)])
    intervals = [after - before for before, after in pairwise(ticks)]
    assert max(abs(each - PERIOD_NS) for each in intervals) <= MOST_NS + 1


def test_unsteady_pictures_are_waited_for_longer() -> None:
    _, waits = follow([(n + 0.4) * PERIOD_NS + 3e6 * math.sin(7 * n) for n in range(1200)])
    assert min(waits[600:]) > 2e6
    assert max(waits[600:]) < 12e6


@pytest.mark.parametrize("early", [-0.05, 0.05])
def test_about_a_tick_is_near_it_from_either_side(early: float) -> None:
    alignment = Alignment(30)
    moved = [
        alignment.waited(round((n % 2 + (early if n % 2 == 0 else -early)) * PERIOD_NS))
        for n in range(60)
    ]
    assert moved[-1] > 0, "the way is shorter to where ticks are later"


def test_a_camera_that_is_a_little_slow_is_followed() -> None:
    _, waits = follow([n * 1.001 * PERIOD_NS for n in range(3000)])
    assert max(waits[1500:]) < 4e6


def test_pictures_of_another_rate_move_nothing() -> None:
    alignment = Alignment(30)
    moved = [alignment.waited(round(n * 0.2 % 1 * PERIOD_NS)) for n in range(300)]
    assert set(moved) == {0}


def test_what_was_there_at_the_last_ticks_is_expected_at_the_next() -> None:
    alignment = Alignment(30)
    for _ in range(8):
        assert not alignment.expects
        alignment.waited(0)
    assert alignment.expects
    alignment.missed()
    assert not alignment.expects
