"""Lips keep their flesh, however wide a mouth opens or smiles.

Of eighteen drivers who smile, shout and talk, no lip got thinner than two thirds of what it is at
rest. What is asked of an avatar goes on evenly beyond what any driver does, and would leave no
more of its lips than a line round a hole: there the mouth opens less.
"""

import numpy as np
from numpy.typing import NDArray

from realtime.easing import soft_limit
from realtime.motion.geometry import Shape
from realtime.motion.head_state import HeadState
from realtime.motion.lips import RING_COUNT, RINGS, parted

_INWARDS = np.array([1.0, -1.0])
"Down from the upper lip's outer edge, up from the lower one's."
_MIDDLE = slice(2, -2)
_MOST_LOST, _SELDOM = 0.4, 0.9
"Share of its thickness that a lip loses at most; and of this, from which on it is held back."
_EDGES = RINGS[:, [0, -1], _MIDDLE].ravel()
_BETWEEN = np.kron(np.diag(_INWARDS), np.repeat([-1.0, 1.0], 5)) / 5
"(2, 20) of those, for each lip, how far its inner edge is from its outer one."
_FILLED = np.linspace(0.0, 1.0, RING_COUNT)
"How far each ring goes inwards when the inner one goes by 1."


class LipLimits:
    """One avatar's."""

    def __init__(self, rest: HeadState) -> None:
        """`rest`: the avatar's own state."""
        self._thickness = np.maximum(_thickness(rest.shape), 0.0)
        self._most_lost = _MOST_LOST * self._thickness + 1e-3

    def __call__(self, state: HeadState) -> HeadState:
        """The state itself, or one whose lips have their flesh, as far as its mouth is open."""
        lost = np.maximum(self._thickness - _thickness(state.shape), 0.0)
        missing = lost - soft_limit(lost, self._most_lost, knee=_SELDOM)
        if not missing.any():
            return state
        apart = np.maximum(parted(state.shape), 0.0)
        open_by = float(apart[_MIDDLE].mean())
        if open_by < 1e-6:
            return state
        filled = missing * min(1.0, open_by / missing.sum()) / open_by
        shape: Shape = state.shape.copy()
        # All along the lips by the same share, so that a mouth keeps its outline.
        shape[RINGS, 1] += (_INWARDS * filled)[:, None, None] * np.outer(_FILLED, apart)
        return HeadState(state.pose, shape)


def _thickness(shape: Shape) -> NDArray[np.float64]:
    """(2,) of the middle of either lip, centimetres; below 0 where its edges cross."""
    thickness: NDArray[np.float64] = _BETWEEN @ shape[_EDGES, 1]
    return thickness
