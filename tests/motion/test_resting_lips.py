"""Lips at rest: shut as the driver shuts them, whatever he does in the frame taken for rest."""

from dataclasses import replace

import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.models.blendshapes import NAMES, score
from realtime.models.face_mesh import (
    CHIN,
    EYES,
    INNER_LIP_LOWER,
    INNER_LIP_UPPER,
    LOWER_LIP,
    UPPER_LIP,
)
from realtime.motion.geometry import PoseFitter, Shape
from realtime.motion.head_state import HeadState
from realtime.motion.resting_lips import with_resting_lips
from realtime.types import Face

_LIPS = [*UPPER_LIP, *LOWER_LIP]


@pytest.fixture(scope="module")
def fitter(avatar: Avatar) -> PoseFitter:
    return PoseFitter(avatar.mesh)


@pytest.fixture
def shut(avatar: Avatar) -> Face:
    """The portrait as a driver, without an expression."""
    return replace(avatar.face, blendshapes=np.zeros(52, np.float32))


def parted(face: Face, by: float, **scores: float) -> Face:
    """The same, the lower lip lower by so many mouth widths."""
    landmarks, blendshapes = face.landmarks.copy(), face.blendshapes.copy()
    landmarks[list(LOWER_LIP), 1] += by * (landmarks[291, 0] - landmarks[61, 0])
    for name, value in scores.items():
        blendshapes[NAMES.index(name)] = value
    return replace(face, landmarks=landmarks, blendshapes=blendshapes)


def shape_of(face: Face, fitter: PoseFitter) -> Shape:
    return HeadState.of(face.landmarks, fitter).shape


def gap(shape: Shape) -> float:
    return float(shape[INNER_LIP_LOWER[5], 1] - shape[INNER_LIP_UPPER[5], 1])


def rest_of(
    driver: Face, faces: list[Face], avatar: Face, fitter: PoseFitter
) -> tuple[Face, Shape]:
    neutral = HeadState.of(driver.landmarks, fitter)
    face, found = with_resting_lips(driver, neutral, faces, avatar, fitter)
    return face, found.shape


def test_who_speaks_all_the_while_rests_with_shut_lips(shut: Face, fitter: PoseFitter) -> None:
    speaking = parted(shut, 0.15, mouthPucker=0.4, jawOpen=0.2)
    faces = [*[speaking] * 30, *[parted(shut, 0.0, mouthSmileLeft=0.1, jawOpen=0.3)] * 6]
    face, shape = rest_of(speaking, faces, shut, fitter)
    assert gap(shape) == pytest.approx(gap(shape_of(shut, fitter)), abs=0.1)
    assert score(face.blendshapes, "mouthPucker") == 0.0
    assert score(face.blendshapes, "mouthSmileLeft") == pytest.approx(0.1)
    assert score(face.blendshapes, "jawOpen") == pytest.approx(0.2), "the chin's, which stays"


def test_lips_that_smile_when_shut_rest_as_the_portraits(shut: Face, fitter: PoseFitter) -> None:
    speaking = parted(shut, 0.15)
    faces = [*[speaking] * 30, *[parted(shut, 0.0, mouthSmileLeft=0.5)] * 20, *[shut] * 8]
    face, _ = rest_of(speaking, faces, shut, fitter)
    assert score(face.blendshapes, "mouthSmileLeft") == 0.0
    smiling = parted(shut, 0.0, mouthSmileLeft=0.6)
    face, _ = rest_of(speaking, faces, smiling, fitter)
    assert score(face.blendshapes, "mouthSmileLeft") == pytest.approx(0.5)


def test_all_else_stays_as_it_was(shut: Face, fitter: PoseFitter) -> None:
    speaking = parted(shut, 0.15)
    _, shape = rest_of(speaking, [speaking, *[shut] * 6], shut, fitter)
    before = shape_of(speaking, fitter)
    others = [CHIN, 10, 1, 234, 454, *EYES[0].ring, *EYES[1].ring]
    assert np.abs(shape[others] - before[others]).max() < 0.05


def test_a_mouth_lower_down_and_thicker_is_neither_lowered_nor_swollen(
    shut: Face, fitter: PoseFitter
) -> None:
    """Those frames are of another turn of the head, perhaps, or of a pout."""
    landmarks = shut.landmarks.copy()
    middle = landmarks[_LIPS, 1].mean()
    landmarks[_LIPS, 1] = middle + 1.5 * (landmarks[_LIPS, 1] - middle) + 6.0
    speaking, other = parted(shut, 0.15), replace(shut, landmarks=landmarks)
    _, shape = rest_of(speaking, [speaking, *[other] * 6], shut, fitter)
    before = shape_of(speaking, fitter)
    edges = [*INNER_LIP_UPPER, *INNER_LIP_LOWER]
    assert shape[edges, 1].mean() == pytest.approx(before[edges, 1].mean(), abs=0.02)
    for outer, inner in ((0, 13), (17, 14)):
        thickness = abs(before[outer, 1] - before[inner, 1])
        assert abs(shape[outer, 1] - shape[inner, 1]) == pytest.approx(thickness, rel=0.2)


def test_lips_that_are_shut_already_are_taken_as_they_are(shut: Face, fitter: PoseFitter) -> None:
    driver, neutral = parted(shut, 0.01), HeadState.of(shut.landmarks, fitter)
    faces = [driver, *[shut] * 8]
    assert with_resting_lips(driver, neutral, faces, shut, fitter) == (driver, neutral)


def test_one_frame_of_shut_lips_is_no_rest(shut: Face, fitter: PoseFitter) -> None:
    driver = parted(shut, 0.1)
    neutral = HeadState.of(driver.landmarks, fitter)
    faces = [shut, *[driver] * 20]
    assert with_resting_lips(driver, neutral, faces, shut, fitter) == (driver, neutral)


def test_lips_shut_further_than_the_portraits_are_taken_as_they_are(
    shut: Face, fitter: PoseFitter
) -> None:
    portrait, neutral = parted(shut, 0.12), HeadState.of(shut.landmarks, fitter)
    faces = [*[shut] * 20, *[portrait] * 6]
    assert with_resting_lips(shut, neutral, faces, portrait, fitter) == (shut, neutral)
