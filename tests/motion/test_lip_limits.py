"""Lips keep their flesh, and else go where they are told."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.models.face_mesh import (
    ALL_MOUTH_CORNERS,
    CHIN,
    INNER_LIP_LOWER,
    INNER_LIP_UPPER,
    LOWER_LIP,
    UPPER_LIP,
)
from realtime.motion.geometry import Shape
from realtime.motion.head_state import HeadState
from realtime.motion.lip_limits import LipLimits
from realtime.types import Similarity

LIPS = np.array([UPPER_LIP, LOWER_LIP]).reshape(2, 4, 9)
OUTER, INNER = LIPS[:, 0, 2:-2], LIPS[:, -1, 2:-2]
"(2, 5) landmarks in the middle of the upper lip, and of the lower one."
NOSE, BELOW_LIP = 2, 18


def state(shape: Shape) -> HeadState:
    return HeadState(Similarity(12.0, np.eye(3), np.zeros(3)), shape)


def thickness(shape: Shape) -> NDArray[np.float64]:
    inwards: NDArray[np.float64] = (shape[INNER, 1] - shape[OUTER, 1]).mean(axis=1)
    return inwards * [1.0, -1.0]


def gaps(shape: Shape) -> NDArray[np.float64]:
    upper, lower = (shape[list(edge[1:-1]), 1] for edge in (INNER_LIP_UPPER, INNER_LIP_LOWER))
    return lower - upper


def opened(shape: Shape, gap_cm: float, kept: float) -> HeadState:
    """Inner edges `gap_cm` apart, outer ones so that lips keep so much of their thickness."""
    change = shape.copy()
    for lip, sign in ((UPPER_LIP, -1.0), (LOWER_LIP, 1.0)):
        rows = np.array(lip).reshape(4, -1)
        inner = shape[rows[-1], 1]
        for ring in rows:
            thin = kept * (shape[ring, 1] - inner)
            change[ring, 1] = inner + thin + sign * gap_cm / 2
    return state(change)


@pytest.mark.parametrize("kept", [0.7, 1.0, 1.3])
@pytest.mark.parametrize("gap_cm", [0.5, 3.0])
def test_what_lips_usually_do_is_left_as_it_is(shape: Shape, gap_cm: float, kept: float) -> None:
    told = opened(shape, gap_cm, kept)
    assert LipLimits(state(shape))(told) is told


@pytest.mark.parametrize("kept", [0.4, 0.0, -0.3])
def test_an_open_mouth_has_lips(shape: Shape, kept: float) -> None:
    told = opened(shape, 3.0, kept)
    before = told.shape.copy()
    shown = LipLimits(state(shape))(told).shape
    assert (thickness(shown) > 0.55 * thickness(shape)).all()
    # The mouth opens less for it; all else stays as it is.
    lips = [*UPPER_LIP, *LOWER_LIP]
    others = [each for each in range(len(shape)) if each not in lips]
    np.testing.assert_array_equal(shown[others], before[others])
    np.testing.assert_array_equal(shown[OUTER], before[OUTER])
    np.testing.assert_array_equal(shown[list(ALL_MOUTH_CORNERS)], before[list(ALL_MOUTH_CORNERS)])
    np.testing.assert_array_equal(told.shape, before)


def test_lips_that_are_told_to_be_thinner_are_never_shown_thicker(shape: Shape) -> None:
    limit = LipLimits(state(shape))
    shown = [thickness(limit(opened(shape, 3.0, kept)).shape) for kept in np.linspace(1, -0.5, 21)]
    assert all((after <= before + 1e-9).all() for before, after in pairwise(shown))


@pytest.mark.parametrize("kept", [0.2, -0.5])
@pytest.mark.parametrize("gap_cm", [0.0, 0.1])
def test_pressed_lips_keep_half_of_their_flesh(shape: Shape, gap_cm: float, kept: float) -> None:
    told = opened(shape, gap_cm, kept).shape
    shown = LipLimits(state(shape))(state(told)).shape
    assert (thickness(shown) > 0.5 * thickness(shape)).all()
    assert gaps(shown)[2:-2].min() > -1e-6
    # The upper lip stays where it is, and the chin does.
    np.testing.assert_array_equal(shown[OUTER[0]], told[OUTER[0]])
    assert np.abs(shown - told)[[CHIN, NOSE]].max() < 0.02


@pytest.mark.parametrize("gap_cm", [-0.8, -1.5])
def test_lips_do_not_pass_through_each_other(shape: Shape, gap_cm: float) -> None:
    told = opened(shape, gap_cm, 1.0).shape
    shown = LipLimits(state(shape))(state(told)).shape
    assert gaps(shown).min() > -1e-6
    assert thickness(shown) == pytest.approx(thickness(shape), rel=0.01)
    np.testing.assert_array_equal(shown[list(UPPER_LIP)], told[list(UPPER_LIP)])
    moved = (shown - told)[[LOWER_LIP[4], BELOW_LIP, CHIN], 1]
    assert moved[0] == pytest.approx(-gaps(told)[4])
    # Skin below it, which had not gone up with it, stays below it, the less the farther down.
    lower_than_at_rest = max(0.0, (shown - shape)[LOWER_LIP[4], 1])
    assert 0.6 * lower_than_at_rest <= moved[1] <= lower_than_at_rest
    assert moved[2] < 0.02


def test_skin_that_went_up_with_a_lip_comes_down_with_it(shape: Shape) -> None:
    told = opened(shape, -0.8, 1.0).shape
    told[BELOW_LIP, 1] += (told - shape)[LOWER_LIP[4], 1]
    moved = (LipLimits(state(shape))(state(told)).shape - told)[[LOWER_LIP[4], BELOW_LIP], 1]
    assert 0.7 * moved[0] < moved[1] < moved[0]
