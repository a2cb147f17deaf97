"""Lips keep their flesh, however wide a mouth opens or smiles, and do not pass through each other.

Of eighteen drivers who smile, shout and talk, no lip got thinner than two thirds of what it is at
rest; pressed ones got half as thick. What is asked of an avatar goes on evenly beyond what any
driver does, and would leave no more of its lips than a line round a hole: there the mouth opens
less. Where it is shut, the upper lip stays and all below it gives way, as far as the chin.
"""

import numpy as np
from numpy.typing import NDArray

from realtime.easing import soft_limit
from realtime.motion.geometry import Shape
from realtime.motion.head_state import HeadState
from realtime.motion.lips import RING_COUNT, RINGS, carried_from_below, parted

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
        along = np.abs(rest.shape[RINGS[:, -1], 1] - rest.shape[RINGS[:, 0], 1])
        self._along = along / np.maximum(along[:, _MIDDLE].mean(axis=1, keepdims=True), 1e-6)
        "(2, 9) how thick either lip is from corner to corner, over its middle."
        self._least_apart = np.minimum(parted(rest.shape), 0.0)
        self._carried = carried_from_below(rest.shape)

    def __call__(self, state: HeadState) -> HeadState:
        """The state itself, or one whose lips have their flesh and do not cross."""
        lost = np.maximum(self._thickness - _thickness(state.shape), 0.0)
        missing = lost - soft_limit(lost, self._most_lost, knee=_SELDOM)
        apart = parted(state.shape)
        if not missing.any() and (apart >= self._least_apart).all():
            return state
        shape: Shape = state.shape.copy()
        open_by = float(np.maximum(apart[_MIDDLE], 0.0).mean())
        filled = missing * min(1.0, open_by / max(missing.sum(), 1e-6))
        if filled.any():
            # All along the lips by the same share, so that a mouth keeps its outline.
            share = (_INWARDS * filled)[:, None, None] / open_by
            shape[RINGS, 1] += share * np.outer(_FILLED, np.maximum(apart, 0.0))
        upper, lower = (missing - filled)[:, None] * self._along
        shape[RINGS[0], 1] += np.outer(_FILLED, upper)
        down = np.maximum(self._least_apart - parted(shape), 0.0)
        shape[RINGS[1], 1] += down + np.outer(1.0 - _FILLED, lower)
        shape[:, 1] += self._carried @ (down + lower)
        return HeadState(state.pose, shape)


def _thickness(shape: Shape) -> NDArray[np.float64]:
    """(2,) of the middle of either lip, centimetres; below 0 where its edges cross."""
    thickness: NDArray[np.float64] = _BETWEEN @ shape[_EDGES, 1]
    return thickness
