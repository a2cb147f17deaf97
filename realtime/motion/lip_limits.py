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
_OF_MIDDLE = np.array([0, 0, 1, 1, 1, 1, 1, 0, 0]) / 5
_MOST_LOST, _SELDOM = 0.4, 0.9
"Share of its thickness that a lip loses at most; and of this, from which on it is held back."
_OUTER, _INNER = RINGS[:, 0], RINGS[:, -1]
_FILLED = np.linspace(0.0, 1.0, RING_COUNT)
"How far each ring goes inwards when the inner one goes by 1."


class LipLimits:
    """One avatar's."""

    def __init__(self, rest: HeadState) -> None:
        """`rest`: the avatar's own state."""
        self._at_rest = np.maximum(_along(rest.shape), 0.0)
        self._thickness = _middle(self._at_rest)
        self._usual = (1.0 - _SELDOM * _MOST_LOST) * self._thickness
        self._least_apart = np.minimum(parted(rest.shape), 0.0)
        self._carried = carried_from_below(rest.shape)
        self._heights = rest.shape[:, 1].copy()

    def __call__(self, state: HeadState) -> HeadState:
        """The state itself, or one whose lips have their flesh and do not cross."""
        thickness, apart = _middle(_along(state.shape)), parted(state.shape)
        if (thickness >= self._usual).all() and (apart >= self._least_apart).all():
            return state
        missing = _missing(self._thickness, thickness)
        shape: Shape = state.shape.copy()
        open_by = float(np.maximum(apart[_MIDDLE], 0.0).mean())
        filled = min(1.0, open_by / max(missing.sum(), 1e-6))
        if filled > 0.0:
            # All along the lips by the same share, so that a mouth keeps its outline.
            share = (_INWARDS * filled * missing)[:, None, None] / open_by
            shape[RINGS, 1] += share * np.outer(_FILLED, np.maximum(apart, 0.0))
        thicker = _missing(self._at_rest, _along(shape))
        left = (1.0 - filled) * missing.sum() / max(_middle(thicker).sum(), 1e-6)
        upper, lower = min(1.0, left) * thicker
        shape[RINGS[0], 1] += np.outer(_FILLED, upper)
        down = np.maximum(self._least_apart - parted(shape), 0.0)
        shape[RINGS[1], 1] += down + np.outer(1.0 - _FILLED, lower)
        # Skin that had stayed behind when the lip went up is where it is to be already.
        gone = shape[:, 1] - self._heights
        behind = self._carried @ gone[_OUTER[1]] - self._carried.sum(axis=1) * gone
        shape[:, 1] += np.clip(behind, 0.0, self._carried @ (down + lower))
        return HeadState(state.pose, shape)


def _missing(at_rest: NDArray[np.float64], now: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much thicker lips are to be."""
    lost = np.maximum(at_rest - now, 0.0)
    return lost - soft_limit(lost, _MOST_LOST * at_rest + 1e-3, knee=_SELDOM)


def _along(shape: Shape) -> NDArray[np.float64]:
    """(2, 9) how thick either lip is, centimetres; below 0 where its edges cross."""
    outer, inner = shape[_OUTER, 1], shape[_INNER, 1]
    thickness: NDArray[np.float64] = _INWARDS[:, None] * (inner - outer)
    return thickness


def _middle(along: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2,) of the middle of either lip."""
    thickness: NDArray[np.float64] = along @ _OF_MIDDLE
    return thickness
