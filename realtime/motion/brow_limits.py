"""Brows go no higher than brows do, over the lids below them.

Faces differ. What lifts one driver's brows by a third of the way from his lids would draw the low
brows of another face up to twice that far, and the shade of its sockets out to hollows. Of eighteen
drivers the way from lid to brow of none became more than 1.7 times as long as it mostly is.
"""

import numpy as np
from numpy.typing import NDArray

from realtime.easing import soft_limit
from realtime.models.face_mesh import EYES, LEFT_BROW, RIGHT_BROW
from realtime.motion.geometry import Shape
from realtime.motion.head_state import HeadState
from realtime.motion.travel import carried_by_brows

_BROWS = np.array([RIGHT_BROW, LEFT_BROW])
_LIDS = np.array([eye.upper[2:5] for eye in EYES])
_MIDDLES = np.kron(np.eye(2), np.full(_BROWS.shape[1], 1.0 / _BROWS.shape[1]))
"(2, 20) of either brow."
_MOST_RAISED, _SELDOM = 0.7, 0.9
"Share of the way from lid to brow by which a brow goes up at most; and of this, from which on it \
is held back."


class BrowLimits:
    """One avatar's."""

    def __init__(self, rest: HeadState) -> None:
        """`rest`: the avatar's own state."""
        share, carried = carried_by_brows(rest.shape)
        self._lowered = share * carried.reshape(-1, *_BROWS.shape).sum(axis=2)
        self._lowered[[*EYES[0].ring, *EYES[1].ring, *range(EYES[0].iris, len(rest.shape))]] = 0.0
        self._height = _heights(rest.shape)
        lids = rest.shape[_LIDS, 1].mean(axis=1)
        self._most = np.maximum(_MOST_RAISED * (lids - self._height), 1e-3)

    def __call__(self, state: HeadState) -> HeadState:
        """The state itself, or one whose brows are within their limits."""
        raised = np.maximum(self._height - _heights(state.shape), 0.0)
        too_high = raised - soft_limit(raised, self._most, knee=_SELDOM)
        if not too_high.any():
            return state
        shape: Shape = state.shape.copy()
        shape[:, 1] += self._lowered @ too_high
        return HeadState(state.pose, shape)


def _heights(shape: Shape) -> NDArray[np.float64]:
    """(2,) of the brows, downwards, centimetres."""
    heights: NDArray[np.float64] = _MIDDLES @ shape[_BROWS.ravel(), 1]
    return heights
