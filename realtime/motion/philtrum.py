"""An upper lip stays clear of the nose.

Faces differ: a lip that one driver lifts out of a long philtrum would be drawn to the nose's wings
on a short one, and the shade below the nose would gather to a moustache. Of eleven drivers, the
philtrum of none was seen shorter than 0.53 of its usual length, of most not below 0.6.
"""

import numpy as np

from realtime.models.face_mesh import UPPER_LIP
from realtime.motion.geometry import Shape
from realtime.motion.head_state import HeadState
from realtime.motion.retarget import soft_limit

_NOSE, _LIP = 2, 0
"Landmarks: below the nose, and on the lip's upper edge."
_MOST = 0.45
"Share of its length that a philtrum can lose."
_REACH_CM = 2.5
"So far to the side of it a lip is held back by two thirds."
_UPPER_LIP = np.array(UPPER_LIP)


class Philtrum:
    """One avatar's."""

    def __init__(self, rest: HeadState) -> None:
        """`rest`: the avatar's own state."""
        self._length = _length(rest.shape)
        aside = rest.shape[_UPPER_LIP, 0] - rest.shape[_LIP, 0]
        self._held = np.exp(-((aside / _REACH_CM) ** 2))

    def __call__(self, state: HeadState) -> HeadState:
        """The state itself, or one whose upper lip is not as near to the nose."""
        lost = self._length - _length(state.shape)
        back = lost - float(soft_limit(max(0.0, lost), _MOST * self._length))
        if lost <= 0.0 or back == 0.0:
            return state
        shape = state.shape.copy()
        shape[_UPPER_LIP, 1] += back * self._held
        return HeadState(state.pose, shape)


def _length(shape: Shape) -> float:
    return float(shape[_LIP, 1] - shape[_NOSE, 1])
