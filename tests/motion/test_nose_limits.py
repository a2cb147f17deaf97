"""A nose keeps its size, and else goes where it is told."""

from itertools import pairwise

import numpy as np
import pytest

from realtime.models.face_mesh import CHIN, LEFT_BROW, MOUTH_CORNERS
from realtime.motion.geometry import Shape
from realtime.motion.head_state import HeadState
from realtime.motion.nose_limits import NoseLimits
from realtime.types import Similarity

BRIDGE, TIP, BASE = 168, 4, 2
WINGS = [64, 294]
NOSTRILS = [98, 327]
ELSEWHERE = [CHIN, *MOUTH_CORNERS, *LEFT_BROW, 234, 454]


def state(shape: Shape) -> HeadState:
    return HeadState(Similarity(12.0, np.eye(3), np.zeros(3)), shape)


def between_eyes(shape: Shape) -> Shape:
    centre: Shape = shape[BRIDGE] * [0.0, 1.0, 1.0]
    return centre


def scaled(shape: Shape, wide: float = 1.0, long: float = 1.0) -> HeadState:
    """All of the face, wider or longer, from between the eyes."""
    return state(between_eyes(shape) + (shape - between_eyes(shape)) * [wide, long, 1.0])


def size(shape: Shape) -> tuple[float, float, float]:
    width, nostrils = (float(np.ptp(shape[pair, 0])) for pair in (WINGS, NOSTRILS))
    return width, nostrils, float(shape[BASE, 1] - shape[BRIDGE, 1])


@pytest.mark.parametrize("wide", [0.87, 1.0, 1.13])
@pytest.mark.parametrize("long", [0.87, 1.0, 1.13])
def test_what_noses_do_is_left_as_it_is(shape: Shape, wide: float, long: float) -> None:
    told = scaled(shape, wide, long)
    assert NoseLimits(state(shape))(told) is told


@pytest.mark.parametrize("by", [0.5, 0.7, 1.4, 2.0])
def test_no_nose_changes_by_more_than_a_fifth(shape: Shape, by: float) -> None:
    told = scaled(shape, by, by)
    before = told.shape.copy()
    shown = NoseLimits(state(shape))(told).shape
    for got, rest in zip(size(shown), size(shape), strict=True):
        assert 0.14 < abs(got / rest - 1.0) < 0.25
    # Both wings alike; its tip goes with its base, and the rest of the face stays.
    moved = shown - before
    assert moved[WINGS, 0].sum() == pytest.approx(0.0, abs=0.01)
    assert abs(moved[TIP, 0]) < 0.01
    assert 0.5 < moved[TIP, 1] / moved[BASE, 1] < 1.0
    assert np.abs(moved[ELSEWHERE]).max() < 0.1 * np.abs(moved).max()
    np.testing.assert_array_equal(told.shape, before)


def test_a_nose_that_is_told_to_be_wider_is_never_shown_narrower(shape: Shape) -> None:
    limit = NoseLimits(state(shape))
    shown = [size(limit(scaled(shape, wide)).shape)[0] for wide in np.linspace(0.5, 2.0, 31)]
    assert all(after >= before - 1e-9 for before, after in pairwise(shown))
