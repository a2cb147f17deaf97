"""Lips stay spread between their mouth's corners, however narrow it gets or far it is drawn aside.

Of twenty-two drivers, the points of the lips' edges are at the same shares of the mouth's width
when it is pursed as at rest, within a tenth; a mouth that is drawn aside takes its lips along by
up to two fifths of half its width. What is asked of an avatar goes on evenly beyond what any driver
does, and would gather a rounded mouth to a slit, or draw its lips past its corners.
"""

import numpy as np
from numpy.typing import NDArray

from realtime.easing import soft_limit
from realtime.models.face_mesh import ALL_MOUTH_CORNERS
from realtime.motion.geometry import Shape
from realtime.motion.head_state import HeadState
from realtime.motion.lips import RING_COUNT, RINGS

_CORNERS = np.array(ALL_MOUTH_CORNERS).reshape(2, RING_COUNT)
"(2, 4) right and left, of the same rings."
_MOST_ASTRAY, _SELDOM = 0.35, 0.5
"How far a point goes from its place at most, in half widths of the mouth; and share of this from \
which on it is held back."


class LipPlaces:
    """One avatar's."""

    def __init__(self, rest: HeadState) -> None:
        """`rest`: the avatar's own state."""
        self._at_rest, _ = _places(rest.shape)

    def __call__(self, state: HeadState) -> HeadState:
        """The state itself, or one whose lips are near their places."""
        places, half = _places(state.shape)
        astray = places - self._at_rest
        back = astray - soft_limit(astray, _MOST_ASTRAY, knee=_SELDOM)
        if not back.any():
            return state
        shape: Shape = state.shape.copy()
        shape[RINGS] -= back[..., None] * half[:, None]
        return HeadState(state.pose, shape)


def _places(shape: Shape) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(2, 4, 9) where along the mouth lips are, 1 is its left corner; (4, 3) half of that way."""
    right, left = shape[_CORNERS]
    half = (left - right) / 2
    from_middle = shape[RINGS] - ((left + right) / 2)[:, None]
    across = np.maximum((half**2).sum(axis=1), 1e-12)
    places: NDArray[np.float64] = np.einsum("lrpk,rk->lrp", from_middle, half) / across[:, None]
    return places, half
