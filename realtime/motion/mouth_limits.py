"""A mouth goes no further than mouths do: not up to the nose, not out over the cheeks.

Faces differ. A lip that one driver lifts out of a long philtrum would be drawn to the nose's wings
on a short one, and the shade below the nose would gather to a moustache; a grin added to a portrait
that smiles would be a clown's. Of eleven drivers, the lip and the corners of none came nearer to
the nose than 0.53 of where they mostly are, and no mouth was wider than half of its face; of twenty
no chin came nearer to it than 0.86. Of eighteen, none was 1.4 times as wide as at rest; of
twenty-two, the opening of all but two grimaces was more than half as wide, and a rounded mouth told
to be narrower is a keyhole.
"""

import math

import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep, soft_limit
from realtime.models.face_mesh import CHIN, INNER_LIP_UPPER, MOUTH_CORNERS, UPPER_LIP
from realtime.motion.geometry import Shape
from realtime.motion.head_state import HeadState
from realtime.motion.retarget import chin_weights

_NOSE, _LIP, _SIDES = 2, 0, (234, 454)
"Landmarks: below the nose, on the lip's upper edge, and where the face is widest."
_OPENING = (INNER_LIP_UPPER[0], INNER_LIP_UPPER[-1])
_RAISED = np.array([_LIP, *MOUTH_CORNERS, CHIN])
_MOST_RAISED = np.array([0.5, 0.5, 0.5, 0.15])
"Share of its way to the nose that each of these can go."
_MOST_WIDE, _SELDOM = 0.54, 0.9
"A mouth's greatest width, over its face's; share of each limit from which on it is held back: \
drivers seldom go there."
_MOST_NARROWED = 0.5
"Share of its width that the opening loses at most."
_LEAST_ROOM, _MOST_WIDENED = 0.1, 0.5
"A portrait's mouth that is nearly as wide, or wider, may still widen by this share; and none by \
more than that one."
_CORNER_REACH_CM, _WIDTH_REACH_CM = 1.5, 2.5
"So far from them the skin at its corners, and round a mouth, goes by a third as far."


class MouthLimits:
    """One avatar's."""

    def __init__(self, rest: HeadState) -> None:
        """`rest`: the avatar's own state."""
        shape = rest.shape
        self._below_nose = _below_nose(shape)
        to_corners = np.linalg.norm(
            shape[list(MOUTH_CORNERS), None, :2] - shape[None, :, :2], axis=2
        )
        upper, corners = list(UPPER_LIP), list(MOUTH_CORNERS)
        round_corners = np.exp(-((to_corners / _CORNER_REACH_CM) ** 2))
        self._lowered = np.stack([np.zeros(len(shape)), *round_corners, chin_weights(shape)])
        # The upper lip goes as its middle in the middle, and as the corners at its ends.
        across = shape[corners, 0] - shape[_LIP, 0]
        towards = smoothstep((shape[upper, 0] - shape[_LIP, 0]) / across[:, None])
        self._lowered[:3, upper] = [1.0 - towards.sum(axis=0), *towards]
        self._width = _between(shape, MOUTH_CORNERS)
        self._opening = _between(shape, _OPENING)
        widest = _MOST_WIDE * _between(shape, _SIDES)
        room = min(widest - self._width, _MOST_WIDENED * self._width)
        self._room = max(room, _LEAST_ROOM * self._width)
        self._narrowed = np.exp(-((to_corners.min(axis=0) / _WIDTH_REACH_CM) ** 2))

    def __call__(self, state: HeadState) -> HeadState:
        """The state itself, or one whose mouth is within its limits."""
        raised = self._below_nose - _below_nose(state.shape)
        too_high = _beyond(raised, _MOST_RAISED * self._below_nose)
        # A smile is corners above the lips' middle: where these can go no further up, the middle
        # comes down with them, as far as it had come up.
        too_high[0] = max(too_high[0], min(too_high[1:3].mean(), raised[0]))
        width = _between(state.shape, MOUTH_CORNERS)
        opening = _between(state.shape, _OPENING)
        too_wide = float(_beyond(width - self._width, self._room))
        too_narrow = float(_beyond(self._opening - opening, _MOST_NARROWED * self._opening))
        if too_wide == too_narrow == 0.0 and not too_high.any():
            return state
        shape = state.shape.copy()
        shape[:, 1] += too_high @ self._lowered
        right, left = state.shape[list(MOUTH_CORNERS)]
        along = (left - right) / width
        # From -1 to 1 between the corners; what lies beyond them goes as they do.
        between = opening if too_narrow > 0.0 else width
        aside = np.clip(2.0 / between * ((state.shape - (right + left) / 2) @ along), -1.0, 1.0)
        shape += ((too_narrow - too_wide) / 2 * aside * self._narrowed)[:, None] * along
        return HeadState(state.pose, shape)


def _beyond(
    amount: NDArray[np.float64] | float, limit: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """By how much each amount is to be less."""
    excess = np.asarray(amount)
    if (excess <= _SELDOM * limit).all():
        return np.zeros_like(excess)
    most: NDArray[np.float64] = np.maximum(excess, 0.0)
    return most - soft_limit(most, limit, knee=_SELDOM)


def _below_nose(shape: Shape) -> NDArray[np.float64]:
    """(4,) of the lip, either corner and the chin, centimetres."""
    result: NDArray[np.float64] = shape[_RAISED, 1] - shape[_NOSE, 1]
    return result


def _between(shape: Shape, landmarks: tuple[int, int]) -> float:
    first, second = landmarks
    return math.dist(shape[first].tolist(), shape[second].tolist())
