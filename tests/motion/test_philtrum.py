"""An upper lip stays clear of the nose, and else goes where it is told."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.models.face_mesh import ALL_MOUTH_CORNERS, LOWER_LIP, UPPER_LIP
from realtime.motion.geometry import Shape
from realtime.motion.head_state import HeadState
from realtime.motion.philtrum import Philtrum
from realtime.types import Similarity

NOSE, LIP = 2, 0
INNER_LIP = 13


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


@pytest.mark.parametrize("share", [-0.5, 0.0, 0.2])
def test_what_a_lip_usually_does_is_left_as_it_is(shape: Shape, share: float) -> None:
    told = lifted(shape, share)
    assert Philtrum(state(shape))(told) is told


@given(st.floats(0.2, 2.0))
def test_a_philtrum_keeps_most_of_its_length(share: float) -> None:
    shape = np.random.default_rng(0).normal(0, 3, (478, 3))
    shape[LIP, 1] = shape[NOSE, 1] + 1.6
    philtrum = Philtrum(state(shape))
    assert left(philtrum(lifted(shape, share)), shape) >= 0.55 - 1e-9


def test_a_lip_that_is_lifted_further_is_never_shown_lower(shape: Shape) -> None:
    philtrum = Philtrum(state(shape))
    shown = [left(philtrum(lifted(shape, share)), shape) for share in np.linspace(0, 1, 21)]
    assert all(after <= before for before, after in pairwise(shown))
    assert len({round(each, 6) for each in shown[:10]}) == 10


def test_the_lip_comes_back_as_one_and_nothing_else_does(shape: Shape) -> None:
    told = lifted(shape, 0.7)
    before = told.shape.copy()
    shown = Philtrum(state(shape))(told)
    back = shown.shape - before
    assert back[LIP, 1] > 0.2
    assert back[INNER_LIP, 1] == pytest.approx(back[LIP, 1], rel=0.05)
    assert not back[[NOSE, *LOWER_LIP, *ALL_MOUTH_CORNERS]].any()
    assert not back[:, [0, 2]].any()
    np.testing.assert_array_equal(told.shape, before)
