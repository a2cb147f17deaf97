"""A mouth stays within the face, and else goes where it is told."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.models.face_mesh import (
    ALL_MOUTH_CORNERS,
    CHIN,
    LOWER_LIP,
    MOUTH_CORNERS,
    UPPER_LIP,
)
from realtime.motion.geometry import Shape
from realtime.motion.head_state import HeadState
from realtime.motion.mouth_limits import MouthLimits
from realtime.types import Similarity

NOSE, LIP = 2, 0
INNER_LIP = 13
LOWER_LIP_EDGE = 17


def state(shape: Shape) -> HeadState:
    return HeadState(Similarity(12.0, np.eye(3), np.zeros(3)), shape)


def lifted(shape: Shape, share: float) -> HeadState:
    """The upper lip, lifted by `share` of the philtrum."""
    change = shape.copy()
    change[list(UPPER_LIP), 1] -= share * (shape[LIP, 1] - shape[NOSE, 1])
    return state(change)


def left(shown: HeadState, rest: Shape) -> float:
    """What is left of the philtrum, over its length at rest."""
    return float((shown.shape[LIP, 1] - shown.shape[NOSE, 1]) / (rest[LIP, 1] - rest[NOSE, 1]))


@pytest.mark.parametrize("share", [-0.5, 0.0, 0.4])
def test_what_a_lip_usually_does_is_left_as_it_is(shape: Shape, share: float) -> None:
    told = lifted(shape, share)
    assert MouthLimits(state(shape))(told) is told


@given(st.floats(0.2, 2.0))
def test_a_philtrum_keeps_most_of_its_length(share: float) -> None:
    shape = np.random.default_rng(0).normal(0, 3, (478, 3))
    shape[LIP, 1] = shape[NOSE, 1] + 1.6
    limit = MouthLimits(state(shape))
    assert left(limit(lifted(shape, share)), shape) >= 0.5 - 1e-9


def test_a_lip_that_is_lifted_further_is_never_shown_lower(shape: Shape) -> None:
    limit = MouthLimits(state(shape))
    shown = [left(limit(lifted(shape, share)), shape) for share in np.linspace(0, 1, 21)]
    assert all(after <= before for before, after in pairwise(shown))
    assert len({round(each, 6) for each in shown[:10]}) == 10


def test_the_lip_comes_back_as_one_and_nothing_else_does(shape: Shape) -> None:
    told = lifted(shape, 0.7)
    before = told.shape.copy()
    shown = MouthLimits(state(shape))(told)
    back = shown.shape - before
    assert back[LIP, 1] > 0.2
    assert back[INNER_LIP, 1] == pytest.approx(back[LIP, 1], rel=0.05)
    assert not back[[NOSE, *LOWER_LIP, *ALL_MOUTH_CORNERS]].any()
    assert not back[:, [0, 2]].any()
    np.testing.assert_array_equal(told.shape, before)


def widened(shape: Shape, ratio: float) -> HeadState:
    """All of the mouth, wider or narrower."""
    change = shape.copy()
    mouth = [*UPPER_LIP, *LOWER_LIP, *ALL_MOUTH_CORNERS]
    change[mouth, 0] = shape[LIP, 0] + ratio * (shape[mouth, 0] - shape[LIP, 0])
    return state(change)


def width(shape: Shape) -> float:
    return float(np.ptp(shape[list(MOUTH_CORNERS), 0]))


def face_width(shape: Shape) -> float:
    return float(np.ptp(shape[[234, 454], 0]))


@pytest.mark.parametrize("ratio", [0.6, 1.0, 1.2])
def test_a_mouth_widens_as_it_is_told(shape: Shape, ratio: float) -> None:
    told = widened(shape, ratio)
    assert MouthLimits(state(shape))(told) is told


@pytest.mark.parametrize("ratio", [1.8, 2.5])
def test_a_mouth_is_no_wider_than_mouths_are(shape: Shape, ratio: float) -> None:
    told = widened(shape, ratio)
    shown = MouthLimits(state(shape))(told).shape
    assert width(shown) < 0.55 * face_width(shape) < width(told.shape)
    assert width(shown) > width(widened(shape, 1.2).shape)
    # Both corners come back alike, the middle of the lips and the brows stay.
    assert shown[MOUTH_CORNERS[0], 0] == pytest.approx(-shown[MOUTH_CORNERS[1], 0], abs=0.01)
    assert np.abs((shown - told.shape)[[LIP, 105, 334]]).max() < 0.02


def opening(shape: Shape) -> float:
    return float(np.ptp(shape[[78, 308], 0]))


@pytest.mark.parametrize("ratio", [0.1, 0.3, 0.45])
def test_a_rounded_mouth_is_no_keyhole(shape: Shape, ratio: float) -> None:
    told = widened(shape, ratio)
    shown = MouthLimits(state(shape))(told).shape
    assert 0.45 * opening(shape) < opening(shown) < 0.6 * opening(shape)
    # Both corners give way alike, lips between them as far as they are aside, and nothing above.
    moved = shown[:, 0] - told.shape[:, 0]
    assert moved[308] == pytest.approx(-moved[78], rel=0.05)
    assert 0.3 * moved[308] < moved[311] < 0.8 * moved[308]
    assert np.abs(moved[[LIP, 105, 334]]).max() < 0.02


def test_a_mouth_that_is_told_to_be_narrower_is_never_shown_wider(shape: Shape) -> None:
    limit = MouthLimits(state(shape))
    shown = [opening(limit(widened(shape, ratio)).shape) for ratio in np.linspace(1.0, 0.1, 19)]
    assert all(after <= before + 1e-9 for before, after in pairwise(shown))


def test_a_small_mouth_widens_by_half_at_most(shape: Shape) -> None:
    small = widened(shape, 0.7).shape
    limit = MouthLimits(state(small))
    assert width(limit(widened(small, 1.4)).shape) == pytest.approx(1.4 * width(small), rel=1e-3)
    assert 1.4 < width(limit(widened(small, 2.0)).shape) / width(small) < 1.52


def test_a_mouth_that_is_that_wide_at_rest_may_still_smile(shape: Shape) -> None:
    broad = widened(shape, 0.6 * face_width(shape) / width(shape)).shape
    limit = MouthLimits(state(broad))
    assert width(limit(widened(broad, 1.06)).shape) > 1.05 * width(broad)
    assert width(limit(widened(broad, 1.5)).shape) < 1.11 * width(broad)


@pytest.mark.parametrize("corner", MOUTH_CORNERS)
def test_a_corner_stays_below_the_nose(shape: Shape, corner: int) -> None:
    below = shape[corner, 1] - shape[NOSE, 1]
    told = shape.copy()
    told[corner, 1] -= 0.9 * below
    shown = MouthLimits(state(shape))(state(told)).shape
    assert 0.49 * below < shown[corner, 1] - shown[NOSE, 1] < 0.65 * below
    assert (
        np.abs((shown - told)[[other for other in MOUTH_CORNERS if other != corner]]).max() < 0.01
    )


def smiling(shape: Shape, lip_cm: float, corners_cm: float) -> Shape:
    """The upper lip lifted, evenly from its middle to the corners."""
    told = shape.copy()
    mouth = [*UPPER_LIP, *ALL_MOUTH_CORNERS]
    aside = np.abs(shape[mouth, 0]) / shape[MOUTH_CORNERS[1], 0]
    told[mouth, 1] -= lip_cm + np.clip(aside, 0.0, 1.0) * (corners_cm - lip_cm)
    return told


def test_no_part_of_a_smile_that_is_too_high_comes_back_further_than_its_ends(shape: Shape) -> None:
    told = smiling(shape, 2.0, 2.0)
    back = (MouthLimits(state(shape))(state(told)).shape - told)[:, 1]
    ends = back[[LIP, *MOUTH_CORNERS]]
    assert ends.min() > 0.3
    # Lowered for the middle's and the corners' sake, what is between them would hang below both.
    assert 0.9 * ends.min() < back[list(UPPER_LIP)].min()
    assert back[list(UPPER_LIP)].max() < 1.01 * ends.max()


@pytest.mark.parametrize("lip_cm", [0.3, 0.6])
def test_corners_that_are_held_back_are_above_the_middle_still(shape: Shape, lip_cm: float) -> None:
    below = shape[MOUTH_CORNERS[0], 1] - shape[NOSE, 1]
    told = smiling(shape, lip_cm, 0.8 * below)
    shown = MouthLimits(state(shape))(state(told)).shape
    back = (shown - told)[:, 1]
    held = back[list(MOUTH_CORNERS)].mean()
    assert held > 0.2 * below
    # As far as it had come up, and no further.
    assert back[LIP] == pytest.approx(min(held, lip_cm), rel=0.01)


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_chin_comes_no_nearer_to_the_nose_than_chins_do(shape: Shape, share: float) -> None:
    below = shape[CHIN, 1] - shape[NOSE, 1]
    told = shape.copy()
    told[[CHIN, *LOWER_LIP], 1] -= share * below
    shown = MouthLimits(state(shape))(state(told)).shape
    assert 0.85 < (shown[CHIN, 1] - shown[NOSE, 1]) / below < 0.87
    # The lower lip stays where it is told.
    assert np.abs(shown - told)[LOWER_LIP_EDGE].max() < 0.05


def test_a_chin_that_comes_up_as_chins_do_is_left_as_it_is(shape: Shape) -> None:
    told = shape.copy()
    told[CHIN, 1] -= 0.12 * (shape[CHIN, 1] - shape[NOSE, 1])
    asked = state(told)
    assert MouthLimits(state(shape))(asked) is asked
