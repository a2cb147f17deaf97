"""Against the actor's truth, a head that goes on beats one that is held."""

import pytest

from bench.prediction import RATES_HZ, Row, simulated, truth_of
from realtime.avatar import Avatar
from realtime.motion.prediction import HeadPredictor, HoldLast


@pytest.fixture(scope="module", params=RATES_HZ, ids=lambda rate_hz: f"{rate_hz} Hz")
def rows(request: pytest.FixtureRequest, avatar: Avatar) -> tuple[Row, Row]:
    """Held and gone on, over the head's turns and nods, a blink and brows."""
    truth = truth_of(avatar)
    held = simulated(HoldLast, avatar.face, truth, request.param, length_s=9.5)
    gone = simulated(
        lambda: HeadPredictor(avatar.mesh), avatar.face, truth, request.param, length_s=9.5
    )
    return held, gone


def test_what_is_shown_is_nearer_to_the_truth(rows: tuple[Row, Row]) -> None:
    held, gone = rows
    assert gone.mean < 0.75 * held.mean
    assert gone.p95 < 0.75 * held.p95


def test_nothing_is_shakier_for_it(rows: tuple[Row, Row]) -> None:
    held, gone = rows
    assert gone.blink < held.blink + 0.01
    assert gone.shiver < 1.05 * held.shiver
    assert gone.jerk < 1.25 * held.jerk
