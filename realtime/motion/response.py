"""How an avatar answers: what is seen in its pictures, against what was asked of it.

A landmarker does not find a drawn face's landmarks quite where they were drawn: it knows how faces
go, and halves what it half believes. For one avatar and one driver the difference is nearly linear
in the motion, so it is learnt in a rehearsal: some of the coming states are drawn and looked at,
ridge regression explains the differences by the motion, and what it explains is taken off every
state beforehand.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.models.face_mesh import EYES
from realtime.motion.geometry import to_canonical
from realtime.motion.head_state import HeadState
from realtime.motion.regression import most_different, ridge
from realtime.types import LANDMARK_COUNT, Floats

Look = Callable[[HeadState], Floats | None]
"""Draws the avatar in a state and says what it sees: (478, 3) landmarks in pixels, or None."""

_REHEARSED = 32
_COMPONENTS = 8
_RIDGE = 0.1
_MOST_CM, _MOST_LID_CM = 0.35, 0.12
"No landmark is moved further than this; lids, least of all, for one eye must not outdo the other."
_REACH_CM = np.full((LANDMARK_COUNT, 1), _MOST_CM)
_REACH_CM[[*EYES[0].ring, *EYES[1].ring]] = _MOST_LID_CM
_DEPTH_WEIGHT = 0.3
"Depth is the landmarker's guess: it says less about the expression."
_TURN_UNIT = 0.2
"A turn of so many radians weighs as much as the commonest expression."


class Response:
    """The learnt answer of one avatar."""

    def __init__(self, rest: HeadState, states: Sequence[HeadState], look: Look) -> None:
        """Rehearse.

        Args:
            rest: the avatar's own state.
            states: what it will be asked to show, or a sample of that; not empty.
            look: see `Look`.
        """
        self._rest = rest
        shapes = np.array([self._flatten(state) for state in states])
        spread = np.linalg.svd(shapes, full_matrices=False)
        self._axes = spread[2][:_COMPONENTS]
        self._unit = max(float((shapes @ self._axes[0]).std()), 1e-3)
        features = np.array([self._features(state) for state in states])
        self._answer = np.zeros((features.shape[1], shapes.shape[1]))
        still = look(rest)
        if still is None:
            return
        at_rest = to_canonical(rest.pose, still) - rest.shape
        asked, differences = [], []
        for index in most_different(features, _REHEARSED):
            found = look(states[index])
            if found is not None:
                state = states[index]
                difference = to_canonical(state.pose, found) - state.shape - at_rest
                asked.append(features[index])
                differences.append(difference.ravel())
        if len(asked) > 1:
            self._answer = ridge(np.array(asked), np.array(differences), _RIDGE)

    def undo(self, state: HeadState) -> HeadState:
        """The state to draw so that `state` is seen."""
        difference = (self._features(state) @ self._answer).reshape(-1, 3)
        difference[:, 2] = 0.0
        return HeadState(state.pose, state.shape - np.clip(difference, -_REACH_CM, _REACH_CM))

    def _flatten(self, state: HeadState) -> NDArray[np.float64]:
        change = state.shape - self._rest.shape
        change[:, 2] *= _DEPTH_WEIGHT
        return change.ravel()

    def _features(self, state: HeadState) -> NDArray[np.float64]:
        turn = cv2.Rodrigues(state.pose.rotation @ self._rest.pose.rotation.T)[0].ravel()
        expression = self._axes @ self._flatten(state) / self._unit
        return np.concatenate([expression, turn / _TURN_UNIT])
