"""Acquaintance: an avatar rehearses with an actor, and with the driver once he is known."""

import numpy as np
import pytest

from realtime.acquaintance import ENOUGH, Acquaintance
from realtime.models.blendshapes import NAMES
from realtime.motion.amplitude import Amplitude
from realtime.motion.head_state import HeadState
from realtime.motion.rehearsal import Rehearsal
from realtime.motion.response import Response
from realtime.rehearsing import Driver
from realtime.types import Face, Similarity

JAW = NAMES.index("jawOpen")
SMILE = [NAMES.index("mouthSmileLeft"), NAMES.index("mouthSmileRight")]


NEUTRAL = HeadState(Similarity(1.0, np.eye(3), np.zeros(3)), np.zeros((478, 3)))
AT_REST = np.zeros(len(NAMES), np.float32)


def some_rehearsal() -> Rehearsal:
    nothing = np.zeros(10)
    return Rehearsal(
        Amplitude(nothing, nothing, nothing, nothing, nothing),
        Response(NEUTRAL, nothing, 1.0, nothing),
    )


class Stage:
    """Where one rehearses; it takes as long as the test says."""

    def __init__(self, driver: Driver | None) -> None:
        self.driver = driver
        self.faces = [] if driver is None else driver.faces
        self.taught: Rehearsal | None = None
        self.asked = 0
        self.closed = False

    def result(self) -> Rehearsal | None:
        self.asked += 1
        return self.taught

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def stages() -> list[Stage]:
    return []


@pytest.fixture
def acquaintance(stages: list[Stage]) -> Acquaintance:
    def rehearse(driver: Driver | None) -> Stage:
        stages.append(Stage(driver))
        return stages[-1]

    return Acquaintance(rehearse)


def face(jaw: float, smile: float) -> Face:
    scores = np.zeros(len(NAMES), np.float32)
    scores[JAW], scores[SMILE] = jaw, smile
    return Face(np.zeros((478, 3), np.float32), scores, np.eye(4, dtype=np.float32))


def lively(count: int) -> list[Face]:
    """Somebody who talks and smiles by turns."""
    phases = np.linspace(0.0, 20.0, count)
    return [face(*row) for row in 0.3 + 0.3 * np.stack([np.sin(phases), np.cos(phases)], axis=1)]


def meet_somebody(acquaintance: Acquaintance, stages: list[Stage]) -> None:
    """The actor has been rehearsed with, and a driver is from now on."""
    stages[0].taught = some_rehearsal()
    for each in lively(ENOUGH + 1):
        acquaintance.update(each, NEUTRAL, AT_REST)


def test_the_actor_stands_in_until_the_driver_is_known(
    acquaintance: Acquaintance, stages: list[Stage]
) -> None:
    (actor,) = stages
    assert acquaintance.update(face(0.0, 0.0), NEUTRAL, AT_REST) is None
    assert actor.driver is None
    assert actor.asked == 1
    actor.taught = some_rehearsal()
    assert acquaintance.update(face(0.0, 0.0), NEUTRAL, AT_REST) is actor.taught


def test_a_driver_who_was_seen_enough_is_rehearsed_with_and_then_counts(
    acquaintance: Acquaintance, stages: list[Stage]
) -> None:
    stages[0].taught = some_rehearsal()
    shown = lively(ENOUGH)
    known = [acquaintance.update(each, NEUTRAL, AT_REST) for each in shown]
    assert set(map(id, known)) == {id(stages[0].taught)}
    _, own = stages
    assert len(own.faces) == ENOUGH // 5
    assert all(any(kept is each for each in shown) for kept in own.faces)
    assert own.driver is not None
    assert own.driver.neutral is NEUTRAL
    assert np.array_equal(own.driver.reference.blendshapes, AT_REST)
    assert acquaintance.update(face(0.0, 0.0), NEUTRAL, AT_REST) is stages[0].taught
    own.taught = some_rehearsal()
    assert acquaintance.update(face(0.0, 0.0), NEUTRAL, AT_REST) is own.taught


def test_one_rehearsal_goes_on_at_a_time(acquaintance: Acquaintance, stages: list[Stage]) -> None:
    for each in lively(2 * ENOUGH):
        acquaintance.update(each, NEUTRAL, AT_REST)
    assert len(stages) == 1
    stages[0].taught = some_rehearsal()
    for each in lively(10):
        acquaintance.update(each, NEUTRAL, AT_REST)
    assert len(stages) == 2
    for each in lively(2 * ENOUGH):
        acquaintance.update(each, NEUTRAL, AT_REST)
    assert len(stages) == 2


def test_who_has_not_smiled_is_not_known_yet(
    acquaintance: Acquaintance, stages: list[Stage]
) -> None:
    stages[0].taught = some_rehearsal()
    for number in range(3 * ENOUGH):
        acquaintance.update(face(jaw=number % 2, smile=0.3 * (number % 3 == 0)), NEUTRAL, AT_REST)
    assert len(stages) == 1
    acquaintance.update(face(0.0, 0.0), NEUTRAL, AT_REST)
    for _ in range(5):
        acquaintance.update(face(jaw=0.0, smile=0.5), NEUTRAL, AT_REST)
    assert len(stages) == 2


def test_the_last_minute_of_faces_is_what_counts(
    acquaintance: Acquaintance, stages: list[Stage]
) -> None:
    for each in lively(ENOUGH):
        acquaintance.update(each, NEUTRAL, AT_REST)
    later = [face(jaw=0.0, smile=0.5 * (number % 2)) for number in range(ENOUGH)]
    for each in later:
        acquaintance.update(each, NEUTRAL, AT_REST)
    stages[0].taught = some_rehearsal()
    for _ in range(5):
        acquaintance.update(later[-1], NEUTRAL, AT_REST)
    assert len(stages[1].faces) == ENOUGH // 5
    assert not any(each.blendshapes[JAW] for each in stages[1].faces)


def test_who_sits_down_next_is_met_anew_and_until_then_the_last_one_counts(
    acquaintance: Acquaintance, stages: list[Stage]
) -> None:
    meet_somebody(acquaintance, stages)
    stages[1].taught = some_rehearsal()
    acquaintance.reset()
    known = [acquaintance.update(each, NEUTRAL, AT_REST) for each in lively(ENOUGH - 5)]
    assert len(stages) == 2
    assert set(map(id, known)) == {id(stages[1].taught)}
    for each in lively(10):
        acquaintance.update(each, NEUTRAL, AT_REST)
    assert len(stages) == 3
    assert acquaintance.update(face(0.0, 0.0), NEUTRAL, AT_REST) is stages[1].taught
    stages[2].taught = some_rehearsal()
    assert acquaintance.update(face(0.0, 0.0), NEUTRAL, AT_REST) is stages[2].taught


def test_a_rehearsal_with_somebody_who_left_is_ended(
    acquaintance: Acquaintance, stages: list[Stage]
) -> None:
    meet_somebody(acquaintance, stages)
    acquaintance.reset()
    assert acquaintance.update(face(0.0, 0.0), NEUTRAL, AT_REST) is stages[0].taught
    assert stages[1].closed
    assert not stages[0].closed


def test_close_ends_what_goes_on_and_nothing_begins_after_it(
    acquaintance: Acquaintance, stages: list[Stage]
) -> None:
    stages[0].taught = some_rehearsal()
    faces = lively(ENOUGH)
    for each in faces[:-5]:
        acquaintance.update(each, NEUTRAL, AT_REST)
    acquaintance.close()
    for each in faces[-5:]:
        acquaintance.update(each, NEUTRAL, AT_REST)
    assert len(stages) == 1
    assert stages[0].closed


def test_close_ends_both(acquaintance: Acquaintance, stages: list[Stage]) -> None:
    stages[0].taught = some_rehearsal()
    for each in lively(ENOUGH):
        acquaintance.update(each, NEUTRAL, AT_REST)
    acquaintance.close()
    assert [stage.closed for stage in stages] == [True, True]
