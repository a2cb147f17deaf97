"""How an avatar answers: what is seen in its pictures, against what was asked of it.

A landmarker does not find a drawn face's landmarks quite where they were drawn: it knows how faces
go, and halves what it half believes. For one avatar and one driver the difference is nearly linear
in the motion, so it is learnt in a rehearsal: some of the coming states are drawn and looked at,
ridge regression explains the differences by the motion, and what it explains is taken off every
state beforehand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.models.face_mesh import EYES
from realtime.motion.geometry import to_canonical
from realtime.motion.head_state import HeadState
from realtime.motion.regression import most_different, ridge
from realtime.motion.retarget import lid_gaps
from realtime.types import LANDMARK_COUNT, Floats

Look = Callable[[HeadState], Floats | None]
"""Draws the avatar in a state and says what it sees: (478, 3) landmarks in pixels, or None."""

_REHEARSED = 32
_COMPONENTS = 8
_RIDGE = 0.1
_MOST_CM, _MOST_LID_CM = 0.35, 0.12
"No landmark is moved further than this; lids, least of all, for one eye must not outdo the other."
_LIDS = np.array([[*eye.upper, *eye.lower] for eye in EYES])
"The less open an eye, the less of what is seen of these is undone: landmarks never see one shut, \
and its lids would be crossed to make them."
_REACH_CM = np.full((LANDMARK_COUNT, 1), _MOST_CM)
_REACH_CM[[*EYES[0].ring, *EYES[1].ring]] = _MOST_LID_CM
_DEPTH_WEIGHT = 0.3
"Depth is the landmarker's guess: it says less about the expression."
_TURN_UNIT = 0.2
"A turn of so many radians weighs as much as the commonest expression."


@dataclass(frozen=True, slots=True)
class Response:
    """The learnt answer of one avatar."""

    rest: HeadState
    "The avatar's own state."
    axes: NDArray[np.float64]
    "(k, 1434) the commonest expressions."
    unit: float
    "How much of the first one is usual."
    answer: NDArray[np.float64]
    "(k + 3, 1434) centimetres that are seen too much, by expression and turn."

    @classmethod
    def learn(cls, rest: HeadState, states: Sequence[HeadState], look: Look) -> "Response":
        """Rehearse.

        Args:
            rest: the avatar's own state.
            states: what it will be asked to show, or a sample of that; not empty.
            look: see `Look`.
        """
        shapes = np.array([_flatten(state, rest) for state in states])
        axes = np.linalg.svd(shapes, full_matrices=False)[2][:_COMPONENTS]
        unit = max(float((shapes @ axes[0]).std()), 1e-3)
        ignorant = cls(rest, axes, unit, np.zeros((len(axes) + 3, shapes.shape[1])))
        still = look(rest)
        if still is None:
            return ignorant
        at_rest = to_canonical(rest.pose, still) - rest.shape
        features = np.array([ignorant.features(state) for state in states])
        asked, differences = [], []
        for index in most_different(features, _REHEARSED):
            found = look(states[index])
            if found is not None:
                state = states[index]
                difference = to_canonical(state.pose, found) - state.shape - at_rest
                asked.append(features[index])
                differences.append(difference.ravel())
        if len(asked) < 2:
            return ignorant
        return replace(ignorant, answer=ridge(np.array(asked), np.array(differences), _RIDGE))

    def undo(self, state: HeadState) -> HeadState:
        """The state to draw so that `state` is seen."""
        difference = (self.features(state) @ self.answer).reshape(-1, 3)
        difference[:, 2] = 0.0
        rest = np.maximum(lid_gaps(self.rest.shape).mean(axis=1), 1e-3)
        openness = np.clip(lid_gaps(state.shape).mean(axis=1) / rest, 0.0, 1.0)
        difference[_LIDS] *= openness[:, None, None]
        return HeadState(state.pose, state.shape - np.clip(difference, -_REACH_CM, _REACH_CM))

    def features(self, state: HeadState) -> NDArray[np.float64]:
        """(k + 3,) how much of each expression and turn a state holds."""
        turn = cv2.Rodrigues(state.pose.rotation @ self.rest.pose.rotation.T)[0].ravel()
        expression = self.axes @ _flatten(state, self.rest) / self.unit
        return np.concatenate([expression, turn / _TURN_UNIT])


def _flatten(state: HeadState, rest: HeadState) -> NDArray[np.float64]:
    change = state.shape - rest.shape
    change[:, 2] *= _DEPTH_WEIGHT
    return change.ravel()
