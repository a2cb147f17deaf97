"""A nose stays about as wide and as long as it is.

What is asked of an avatar goes on evenly beyond what any driver does, noses with the mouth that is
exaggerated, and a landmarker that hardly sees a nose widen has it widened further. Of twenty
drivers who smile, shout, and screw their faces up, no nose got wider or narrower by more than a
fifth, and none was longer or shorter by more than that.
"""

import numpy as np
from numpy.typing import NDArray

from realtime.easing import soft_limit
from realtime.motion.geometry import Shape
from realtime.motion.head_state import HeadState

_BRIDGE, _TIP, _BASE = 168, 4, 2
_SIDES = np.array([[64, 98], [294, 327]])
"Landmarks: the wing and the end of the nostril, right and left."
_MOST, _SELDOM = 0.2, 0.7
"Share of its width, and of its length, that a nose gains or loses at most; and of this, from \
which on it is held back."
_REACH_CM = 1.0
"So far from it skin goes by a third as far."


class NoseLimits:
    """One avatar's."""

    def __init__(self, rest: HeadState) -> None:
        """`rest`: the avatar's own state."""
        shape = rest.shape
        self._size = _size(shape)
        near = _near(shape, _SIDES.ravel())
        ridge = np.maximum(near, _near(shape, np.array([_TIP, _BASE])))
        down = (shape[:, 1] - shape[_BRIDGE, 1]) / max(self._size[1], 1e-6)
        self._goes = np.stack([near, ridge * np.clip(down, 0.0, 1.0)])
        "(2, 478) how much of the way of the wings, and of the base, each landmark goes."

    def __call__(self, state: HeadState) -> HeadState:
        """The state itself, or one whose nose is within its limits."""
        size = _size(state.shape)
        change = size - self._size
        if (np.abs(change) <= _SELDOM * _MOST * self._size).all():
            return state
        too_wide, too_long = change - soft_limit(change, _MOST * self._size, knee=_SELDOM)
        shape: Shape = state.shape.copy()
        middle = shape[_SIDES, 0].mean()
        aside = np.clip(2.0 / max(size[0], 1e-6) * (shape[:, 0] - middle), -1.0, 1.0)
        shape[:, 0] -= too_wide / 2 * aside * self._goes[0]
        shape[:, 1] -= too_long * self._goes[1]
        return HeadState(state.pose, shape)


def _size(shape: Shape) -> NDArray[np.float64]:
    """(2,) a nose's width and length, centimetres."""
    at = shape.item
    (right, right_end), (left, left_end) = _SIDES.tolist()
    width = (at(left, 0) + at(left_end, 0) - at(right, 0) - at(right_end, 0)) / 2
    return np.array([width, at(_BASE, 1) - at(_BRIDGE, 1)])


def _near(shape: Shape, landmarks: NDArray[np.intp]) -> NDArray[np.float64]:
    """(478,) 1 at those landmarks, less the farther off."""
    offsets = shape[:, None, :2] - shape[None, landmarks, :2]
    near: NDArray[np.float64] = np.exp(-(offsets**2).sum(axis=2).min(axis=1) / _REACH_CM**2)
    return near
