"""Lips keep their places along the mouth, and else go where they are told."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.models.face_mesh import ALL_MOUTH_CORNERS, LOWER_LIP, UPPER_LIP
from realtime.motion.geometry import Shape, rotation_from_degrees
from realtime.motion.head_state import HeadState
from realtime.motion.lip_places import LipPlaces
from realtime.types import Similarity

LIPS = np.array([UPPER_LIP, LOWER_LIP]).reshape(2, 4, 9)
CORNERS = np.array(ALL_MOUTH_CORNERS).reshape(2, 4)
MOUTH = [*UPPER_LIP, *LOWER_LIP, *ALL_MOUTH_CORNERS]


def state(shape: Shape) -> HeadState:
    return HeadState(Similarity(12.0, np.eye(3), np.zeros(3)), shape)


def places(shape: Shape) -> NDArray[np.float64]:
    """(2, 4, 9) across the mouth, -1 and 1 at the corners of each ring."""
    right, left = shape[CORNERS, 0]
    middle, half = (left + right) / 2, (left - right) / 2
    result: NDArray[np.float64] = (shape[LIPS, 0] - middle[:, None]) / half[:, None]
    return result


def gathered(shape: Shape, ratio: float, aside: float = 0.0) -> HeadState:
    """Lips that gather in their middle or are drawn `aside`, half widths, while corners stay."""
    change = shape.copy()
    right, left = shape[CORNERS, 0]
    half = ((left - right) / 2)[:, None]
    change[LIPS, 0] = half * (ratio * places(shape) + aside) + ((left + right) / 2)[:, None]
    return state(change)


@pytest.mark.parametrize(("ratio", "aside"), [(1.0, 0.0), (0.85, 0.0), (1.0, 0.15), (1.0, -0.15)])
def test_what_lips_usually_do_is_left_as_it_is(shape: Shape, ratio: float, aside: float) -> None:
    told = gathered(shape, ratio, aside)
    assert LipPlaces(state(shape))(told) is told


def test_a_mouth_that_is_pursed_as_one_is_left_as_it_is(shape: Shape) -> None:
    told = shape.copy()
    told[MOUTH, 0] *= 0.4
    pursed = state(told)
    assert LipPlaces(state(shape))(pursed) is pursed


@pytest.mark.parametrize(("ratio", "aside"), [(0.2, 0.0), (1.0, 0.9), (1.0, -0.9), (-0.5, 0.3)])
def test_lips_do_not_gather_nor_pass_their_corners(
    shape: Shape, ratio: float, aside: float
) -> None:
    told = gathered(shape, ratio, aside)
    before = told.shape.copy()
    shown = LipPlaces(state(shape))(told).shape
    assert np.abs(places(shown) - places(shape)).max() < 0.36
    others = [each for each in range(len(shape)) if each not in {*UPPER_LIP, *LOWER_LIP}]
    np.testing.assert_array_equal(shown[others], before[others])
    np.testing.assert_array_equal(told.shape, before)


def test_it_is_the_same_for_a_mouth_that_is_askew(shape: Shape) -> None:
    limit, turned = LipPlaces(state(shape)), rotation_from_degrees(0.0, 0.0, 20.0)
    told = gathered(shape, 0.2)
    upright = limit(told).shape
    askew = told.shape.copy()
    askew[MOUTH] = told.shape[MOUTH] @ turned.T
    np.testing.assert_allclose(
        limit(state(askew)).shape[MOUTH], upright[MOUTH] @ turned.T, atol=1e-9
    )


def test_lips_that_are_drawn_further_aside_are_never_shown_less(shape: Shape) -> None:
    limit = LipPlaces(state(shape))
    shown = [
        places(limit(gathered(shape, 1.0, aside)).shape)[0, 0, 4] for aside in np.linspace(0, 2, 21)
    ]
    assert all(after >= before for before, after in pairwise(shown))
