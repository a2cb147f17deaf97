import pytest

from realtime.runtime.clock import Grid
from realtime.runtime.deadlines import Deadlines

MS = 1_000_000


def deadlines(*took_ms: float) -> Deadlines:
    told = Deadlines(Grid(start_ns=0, fps=100))
    for duration_ms in took_ms:
        told.took(round(duration_ms * MS))
    return told


def test_before_the_first_picture_drawing_is_taken_to_be_quick() -> None:
    new = deadlines()
    assert new.can_be_met
    assert new.lead_ns == 2 * MS
    assert new.due_ns(10 * MS) == 10 * MS


def test_a_steady_renderer_is_begun_as_long_before_its_tick_as_it_takes() -> None:
    steady = deadlines(*[3] * 20)
    assert steady.lead_ns == 5 * MS
    assert steady.due_ns(7 * MS) == 10 * MS
    assert steady.due_ns(7 * MS + 1) == 20 * MS


def test_an_unsteady_renderer_is_begun_earlier() -> None:
    unsteady = deadlines(*[2, 4] * 50)
    assert unsteady.lead_ns == pytest.approx(9 * MS, rel=0.05)
    assert unsteady.least_lead_ns == pytest.approx(4 * MS, rel=0.05)
    assert unsteady.due_ns(6 * MS) == 10 * MS, "drawn for when it will mostly be there"


def test_a_slow_renderer_cannot_be_in_time_and_is_not_begun_before_the_tick_before() -> None:
    slow = deadlines(*[25] * 5)
    assert not slow.can_be_met
    assert slow.lead_ns == slow.least_lead_ns == 10 * MS
    assert slow.due_ns(0) == 30 * MS


def test_one_picture_that_hangs_counts_little_and_is_forgotten() -> None:
    hung = deadlines(*[3] * 20, 2000)
    assert hung.can_be_met
    assert hung.due_ns(4 * MS) == 10 * MS
    assert deadlines(3, 2000, *[3] * 60).lead_ns == pytest.approx(5 * MS, rel=0.02)
