"""Lips as one: edges carry their own lip and the skin round it, and nothing of the other lip."""

import numpy as np
import pytest

from realtime.models.face_mesh import (
    ALL_MOUTH_CORNERS,
    EYES,
    INNER_LIP_LOWER,
    INNER_LIP_UPPER,
    LOWER_LIP,
    UPPER_LIP,
)
from realtime.motion.geometry import Shape
from realtime.motion.lips import EDGES, brought_together, carried_by_edges, parted


def opened(shape: Shape, by_cm: float) -> Shape:
    """The mouth, of whatever opening, open by so much throughout."""
    moved = shape.copy()
    for upper, lower in zip(INNER_LIP_UPPER[1:-1], INNER_LIP_LOWER[1:-1], strict=True):
        middle = (moved[upper, 1] + moved[lower, 1]) / 2
        moved[upper, 1], moved[lower, 1] = middle - by_cm / 2, middle + by_cm / 2
    return moved


def test_each_edge_goes_all_of_its_own_way(shape: Shape) -> None:
    carried = carried_by_edges(shape)
    way = np.ones(len(EDGES))
    assert (carried @ way)[EDGES] == pytest.approx(1.0)


def test_a_lip_goes_with_none_of_the_others_edge_though_they_touch(shape: Shape) -> None:
    shut = opened(shape, 0.0)
    carried = carried_by_edges(shut)
    of_lower = np.isin(EDGES, INNER_LIP_LOWER[1:-1])
    corners = set(ALL_MOUTH_CORNERS)
    assert not carried[[each for each in UPPER_LIP if each not in corners]][:, of_lower].any()
    of_upper = np.isin(EDGES, INNER_LIP_UPPER[1:-1])
    assert not carried[[each for each in LOWER_LIP if each not in corners]][:, of_upper].any()


def test_skin_goes_the_less_the_farther_off_it_is(shape: Shape) -> None:
    carried = carried_by_edges(shape).sum(axis=1)
    outer_lip, below_nose, brow = carried[[0, 2, 105]]
    assert 1.0 > outer_lip > below_nose > brow
    assert carried[[index for eye in EYES for index in eye.ring]].max() < 0.01


@pytest.mark.parametrize("most_cm", [0.0, 0.1, 0.4])
def test_lips_are_brought_as_near_as_they_may_be(shape: Shape, most_cm: float) -> None:
    carried = carried_by_edges(opened(shape, 0.0))
    together = brought_together(opened(shape, 0.6), np.full(9, most_cm), carried)
    assert parted(together) == pytest.approx(most_cm, abs=0.1)
    assert parted(together)[2:7] == pytest.approx(most_cm, abs=0.03)


def test_either_lip_goes_half_of_the_way_and_keeps_its_thickness(shape: Shape) -> None:
    carried = carried_by_edges(opened(shape, 0.0))
    wide = opened(shape, 0.6)
    moved = (brought_together(wide, np.zeros(9), carried) - wide)[:, 1]
    assert moved[INNER_LIP_UPPER[5]] == pytest.approx(0.3, abs=0.001)
    assert moved[INNER_LIP_LOWER[5]] == pytest.approx(-0.3, abs=0.001)
    assert moved[0] > 0.15
    assert moved[17] < -0.15


def test_lips_near_enough_are_left_alone(shape: Shape) -> None:
    narrow = opened(shape, 0.2)
    carried = carried_by_edges(shape)
    assert brought_together(narrow, np.full(9, 0.3), carried) is narrow
