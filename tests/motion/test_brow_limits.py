"""Brows stay within reach of their lids, and else go where they are told."""

from itertools import pairwise

import numpy as np
import pytest

from realtime.models.face_mesh import EYES, LEFT_BROW, RIGHT_BROW, UPPER_LIP
from realtime.motion.brow_limits import BrowLimits
from realtime.motion.geometry import Shape
from realtime.motion.head_state import HeadState
from realtime.types import Similarity

BROWS = (RIGHT_BROW, LEFT_BROW)


def state(shape: Shape) -> HeadState:
    return HeadState(Similarity(12.0, np.eye(3), np.zeros(3)), shape)


def height(shape: Shape, side: int) -> float:
    """Of a brow over its lid, centimetres."""
    lid = shape[list(EYES[side].upper[2:5]), 1].mean()
    return float(lid - shape[list(BROWS[side]), 1].mean())


def raised(shape: Shape, share: float, sides: tuple[int, ...] = (0, 1)) -> HeadState:
    """Brows that are higher by so much of their height."""
    change = shape.copy()
    for side in sides:
        change[list(BROWS[side]), 1] -= share * height(shape, side)
    return state(change)


@pytest.mark.parametrize("share", [-0.3, 0.0, 0.3, 0.6])
def test_what_brows_usually_do_is_left_as_it_is(shape: Shape, share: float) -> None:
    told = raised(shape, share)
    assert BrowLimits(state(shape))(told) is told


def test_a_brow_that_is_raised_further_is_never_shown_lower(shape: Shape) -> None:
    limit = BrowLimits(state(shape))
    shown = [height(limit(raised(shape, share)).shape, 0) for share in np.linspace(0, 2, 21)]
    assert all(after >= before - 1e-9 for before, after in pairwise(shown))
    assert max(shown) < 1.75 * height(shape, 0)


def test_each_brow_comes_back_as_one_with_the_skin_round_it(shape: Shape) -> None:
    told = raised(shape, 1.0, sides=(0,))
    before = told.shape.copy()
    back = BrowLimits(state(shape))(told).shape - before
    own, other = (back[list(brow), 1] for brow in BROWS)
    assert own.min() > 0.2
    assert np.ptp(own) < 0.1 * own.mean()
    assert np.abs(other).max() < 0.02
    assert np.abs(back[list(UPPER_LIP)]).max() < 0.01
    assert not back[:, [0, 2]].any()
    np.testing.assert_array_equal(told.shape, before)


def test_low_brows_go_up_by_less(shape: Shape) -> None:
    low = raised(shape, -0.4).shape
    asked = 0.9 * height(low, 0)
    rises = []
    for rest in (low, shape):
        told = raised(rest, asked / height(rest, 0))
        rises.append(height(BrowLimits(state(rest))(told).shape, 0) - height(rest, 0))
    assert rises[0] < 0.85 * rises[1]
