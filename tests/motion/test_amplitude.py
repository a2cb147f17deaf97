"""Amplitude: what is seen too weakly is exaggerated, what is seen turned amiss is turned back."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from realtime.models.blendshapes import NAMES
from realtime.motion.amplitude import Amplitude
from realtime.motion.geometry import Shape, rotation_from_degrees, rotation_of
from realtime.motion.head_state import HeadState
from realtime.types import Face, Similarity

AT_REST = np.zeros(len(NAMES), np.float32)
JAW, SMILE = NAMES.index("jawOpen"), NAMES.index("mouthSmileLeft")
RANDOM = np.random.default_rng(7)
REST = HeadState(
    Similarity(10.0, np.eye(3), np.array([200.0, 200.0, 0.0])), RANDOM.normal(0.0, 4.0, (478, 3))
)
TRAVEL = {JAW: RANDOM.normal(0.0, 0.5, (478, 3)), SMILE: RANDOM.normal(0.0, 0.5, (478, 3))}


def face(jaw: float = 0.0, smile: float = 0.0, yaw_deg: float = 0.0) -> Face:
    scores = np.zeros(len(NAMES), np.float32)
    scores[[JAW, SMILE]] = jaw, smile
    matrix = np.eye(4, dtype=np.float32)
    flip = np.diag([1.0, -1.0, -1.0])
    matrix[:3, :3] = flip @ rotation_from_degrees(yaw_deg, 0.0, 0.0) @ flip
    return Face(np.zeros((478, 3), np.float32), scores, matrix)


def state(driver: Face) -> HeadState:
    shape = REST.shape + sum(driver.blendshapes[index] * way for index, way in TRAVEL.items())
    turned = replace(REST.pose, rotation=rotation_of(driver.pose))
    return HeadState(turned, shape)


def amount(shown: HeadState, index: int) -> float:
    """How much of one expression a state holds: the others are nearly orthogonal to it."""
    way: Shape = TRAVEL[index]
    return float(((shown.shape - REST.shape) * way).sum() / (way**2).sum())


def look(shown: HeadState) -> Face:
    """A judge who sees jaws by three quarters, smiles in full, and turns by a fifth too much."""
    turn_deg = np.degrees(cv2.Rodrigues(shown.pose.rotation)[0].ravel())
    return face(0.75 * amount(shown, JAW), amount(shown, SMILE), -1.2 * float(turn_deg[1]))


def learnt(drivers: list[Face]) -> Amplitude:
    return Amplitude.learn(REST, face(), drivers, [state(driver) for driver in drivers], look)


def drivers(count: int = 60) -> list[Face]:
    rows = RANDOM.uniform([0, 0, -12], [0.8, 0.8, 12], (count, 3))
    return [face(*row) for row in rows]


def test_what_is_seen_too_weakly_is_exaggerated_and_the_rest_is_not() -> None:
    wanted = face(jaw=0.6, smile=0.5)
    shown = learnt(drivers()).correct(wanted, state(wanted), AT_REST)
    seen = look(shown).blendshapes
    assert seen[JAW] == pytest.approx(0.6, abs=0.06)
    assert seen[SMILE] == pytest.approx(0.5, abs=0.06)


def test_a_head_seen_turned_too_far_is_turned_back_about_its_middle() -> None:
    wanted = face(yaw_deg=10.0)
    asked = state(wanted)
    shown = learnt(drivers()).correct(wanted, asked, AT_REST)
    assert amount(shown, JAW) == pytest.approx(0.0, abs=0.05)
    seen_deg = np.degrees(cv2.Rodrigues(rotation_of(look(shown).pose))[0].ravel())
    assert abs(float(seen_deg[1])) == pytest.approx(10.0, abs=1.5)
    assert shown.landmarks().mean(axis=0) == pytest.approx(asked.landmarks().mean(axis=0), abs=0.01)


def test_exaggeration_has_its_end() -> None:
    faint = [face(jaw=float(jaw)) for jaw in np.linspace(0.0, 0.8, 30)]

    def blind(shown: HeadState) -> Face:
        return face(jaw=0.01 * amount(shown, JAW))

    amplitude = Amplitude.learn(REST, face(), faint, [state(driver) for driver in faint], blind)
    wanted = face(jaw=0.5)
    shown = amplitude.correct(wanted, state(wanted), AT_REST)
    assert amount(shown, JAW) == pytest.approx(0.8, abs=0.05)


def test_a_driver_who_does_nothing_teaches_nothing() -> None:
    amplitude = learnt([face()] * 5)
    wanted = face(jaw=0.5, yaw_deg=5.0)
    shown = amplitude.correct(wanted, state(wanted), AT_REST)
    assert np.allclose(shown.shape, state(wanted).shape)
    assert np.allclose(shown.pose.rotation, state(wanted).pose.rotation)


def test_an_avatar_in_which_no_face_is_found_is_left_alone() -> None:
    some = drivers()
    amplitude = Amplitude.learn(
        REST, face(), some, [state(driver) for driver in some], lambda _: None
    )
    wanted = some[0]
    shown = amplitude.correct(wanted, state(wanted), AT_REST)
    assert np.array_equal(shown.shape, state(wanted).shape)


def test_another_driver_starts_from_his_own_rest() -> None:
    amplitude, gaping = learnt(drivers()), face(jaw=0.3)
    plain = amplitude.correct(gaping, state(gaping), gaping.blendshapes)
    assert np.allclose(plain.shape, state(gaping).shape)


def test_turns_can_be_left_alone() -> None:
    some, wanted = drivers(), face(yaw_deg=10.0)
    states = [state(driver) for driver in some]
    amplitude = Amplitude.learn(REST, face(), some, states, look, turns=False)
    shown = amplitude.correct(wanted, state(wanted), AT_REST)
    assert np.allclose(shown.pose.rotation, state(wanted).pose.rotation)
