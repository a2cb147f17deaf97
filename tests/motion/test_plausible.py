"""What is asked beyond each limit is drawn within it, and what is within all is drawn as asked."""

from collections.abc import Callable

import numpy as np
import pytest

from realtime.models.face_mesh import (
    ALL_MOUTH_CORNERS,
    LOWER_LIP,
    RIGHT_BROW,
    UPPER_LIP,
    FaceMesh,
)
from realtime.motion.brow_limits import BrowLimits
from realtime.motion.geometry import Shape
from realtime.motion.head_state import HeadState
from realtime.motion.lip_limits import LipLimits
from realtime.motion.lip_places import LipPlaces
from realtime.motion.mouth_limits import MouthLimits
from realtime.motion.nose_limits import NoseLimits
from realtime.motion.plausible import Plausible
from realtime.types import Similarity

WINGS = [64, 98, 294, 327]
LIPS = [*UPPER_LIP, *LOWER_LIP]


def state(shape: Shape) -> HeadState:
    return HeadState(Similarity(12.0, np.eye(3), np.zeros(3)), shape)


def brow(shape: Shape) -> None:
    """Raised over the hairline."""
    shape[list(RIGHT_BROW), 1] -= 4.0


def wide(shape: Shape) -> None:
    """A mouth out over the cheeks."""
    shape[[*LIPS, *ALL_MOUTH_CORNERS], 0] *= 3.0


def flat(shape: Shape) -> None:
    """A nose out over the cheeks."""
    shape[WINGS, 0] *= 1.8


def gathered(shape: Shape) -> None:
    """Lips in the middle of their mouth."""
    shape[LIPS, 0] *= 0.1


def thin(shape: Shape) -> None:
    """Lips without flesh round an open mouth."""
    for lip, sign in ((UPPER_LIP, -1.0), (LOWER_LIP, 1.0)):
        rings = np.array(lip).reshape(4, -1)
        shape[rings, 1] = shape[rings[0], 1] + sign * 1.0


@pytest.mark.parametrize(
    ("breach", "limits"),
    [
        (brow, BrowLimits),
        (flat, NoseLimits),
        (wide, MouthLimits),
        (gathered, LipPlaces),
        (thin, LipLimits),
    ],
)
def test_whatever_is_beyond_a_limit_comes_back(
    shape: Shape,
    mesh: FaceMesh,
    breach: Callable[[Shape], None],
    limits: Callable[[HeadState], Callable[[HeadState], HeadState]],
) -> None:
    told = shape.copy()
    breach(told)
    limited = limits(state(shape))

    def beyond(asked: HeadState) -> float:
        return float(np.abs(limited(asked).shape - asked.shape).max())

    before = beyond(state(told))
    assert before > 0.3
    assert beyond(Plausible(state(shape), mesh)(state(told))) < 0.35 * before


def test_what_is_within_all_is_left_as_it_is(shape: Shape, mesh: FaceMesh) -> None:
    told = shape.copy()
    told[list(LOWER_LIP), 1] += 0.5
    asked = state(told)
    assert Plausible(state(shape), mesh)(asked) is asked
