"""As much expression seen as the driver shows: faces differ in how much of a motion reads.

The same landmarks' travel that is a broad smile on one face is a hint of one on another, and turns
of a drawn head read as a little more or less than they are. From pictures of some states, ridge
regression learns how strongly each expression is seen and by how much the head is seen turned
amiss; states are then exaggerated and turned against it. What is seen does not grow evenly with
what is drawn, so the exaggerated states are looked at once more.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.models.blendshapes import NAMES
from realtime.models.face_mesh import EYES
from realtime.motion.geometry import Shape, rotation_of
from realtime.motion.head_state import HeadState
from realtime.motion.regression import most_different, ridge
from realtime.motion.retarget import soft_limit
from realtime.motion.travel import brow_travel, mouth_travel
from realtime.types import LANDMARK_COUNT, Face, Floats, Similarity

Look = Callable[[HeadState], Face | None]
"""Draws the avatar in a state and says what it sees."""

_MOUTH = ("jawOpen", "mouthSmileLeft", "mouthSmileRight", "mouthPucker", "mouthFunnel")
_BROWS = ("browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight")
_EXPRESSIONS = [NAMES.index(name) for name in (*_MOUTH, *_BROWS)]
_EYES = [*EYES[0].ring, *EYES[1].ring, *range(EYES[0].iris, LANDMARK_COUNT)]
_REHEARSED, _ROUNDS = 24, 2
_VARIES = 0.03
"Standard deviation of a score from which the driver can be said to make that expression."
_MOST_EXAGGERATED = np.array([0.6] * len(_MOUTH) + [1.4] * len(_BROWS))
"More would be grimacing, and the avatar no longer itself; brows are seen least of all."
_MOST_BROW_CM = 0.45
"No brow goes further than this beyond what the driver's does."
_TURN_UNIT = 0.2
_MOST_TURN = 0.1
"Radians, about each axis."
_TURN_RIDGE = 0.01


class Amplitude:
    """What one avatar has to overdo."""

    def __init__(
        self,
        rest: HeadState,
        reference: Face,
        faces: Sequence[Face],
        states: Sequence[HeadState],
        look: Look,
        *,
        turns: bool = True,
    ) -> None:
        """Learn.

        Args:
            rest: the avatar's own state.
            reference: the driver at rest.
            faces: the driver, where he moves.
            states: what the avatar is asked to show for each of `faces`.
            look: see `Look`.
            turns: whether to turn heads back, too: how far a driver is seen to turn says nothing
                of another one.
        """
        self._reference = reference
        self._turns = turns
        scores = np.array([self._scores(face) for face in faces])
        self._made = scores.std(axis=0) > _VARIES
        self._unit = max(float(scores[:, self._made].std(axis=0).max(initial=0.0)), _VARIES)
        self._gain = np.zeros(len(_EXPRESSIONS))
        changes = np.array([state.shape - rest.shape for state in states])
        turned = np.array([self._features(face)[-3:] for face in faces])
        mouth, brows = np.split(scores * self._made, [len(_MOUTH)], axis=1)
        self._shapes = np.concatenate([
            mouth_travel(mouth, turned, changes, rest.shape),
            brow_travel(brows, turned, changes, rest.shape),
        ])  # fmt: skip
        # Eyes that happen to move along are no part of a smile or a frown.
        self._shapes[:, _EYES] = 0.0
        self._turn_error = np.zeros((len(_EXPRESSIONS) + 3, 3))
        still = look(rest)
        if still is not None:
            self._learn(still, faces, states, look)

    def correct(self, face: Face, state: HeadState, at_rest: Floats) -> HeadState:
        """The state to ask for so that `face`'s expression and turn are seen.

        `at_rest`: (52,) blendshapes of the driver, who need not be the one learnt from.
        """
        exaggerated = self._exaggerated(face, state, at_rest)
        if not self._turns:
            return exaggerated
        turn = np.clip(-self._features(face) @ self._turn_error, -_MOST_TURN, _MOST_TURN)
        pose = _turned(state, np.asarray(cv2.Rodrigues(turn)[0]))
        return HeadState(pose, exaggerated.shape)

    def _exaggerated(self, face: Face, state: HeadState, at_rest: Floats) -> HeadState:
        each = (self._gain * _scores_since(at_rest, face))[:, None, None] * self._shapes
        mouth, brows = each[: len(_MOUTH)].sum(axis=0), each[len(_MOUTH) :].sum(axis=0)
        return HeadState(state.pose, state.shape + mouth + soft_limit(brows, _MOST_BROW_CM))

    def _learn(
        self, still: Face, faces: Sequence[Face], states: Sequence[HeadState], look: Look
    ) -> None:
        features = np.array([self._features(face) for face in faces])
        rows = most_different(features, _REHEARSED)
        at_rest = self._reference.blendshapes
        for _ in range(_ROUNDS):
            looks = [look(self._exaggerated(faces[row], states[row], at_rest)) for row in rows]
            found = [(features[row], seen) for row, seen in zip(rows, looks, strict=True) if seen]
            if len(found) < 2:
                return
            asked = np.array([each for each, _ in found])
            turned = np.array([_turn_since(still, seen) for _, seen in found])
            self._turn_error = ridge(asked, turned - asked[:, -3:] * _TURN_UNIT, _TURN_RIDGE)
            shown = np.array([_scores_since(still.blendshapes, seen) for _, seen in found])
            self._gain = self._needed(asked[:, :-3] * self._unit, shown)

    def _needed(
        self, wanted: NDArray[np.float64], shown: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The gains with which as much would have been shown."""
        # Slopes, not ratios: a score that is nought at rest cannot fall, and rests differ.
        around = wanted - wanted.mean(axis=0)
        power = (around**2).sum(axis=0)
        strength = (around * shown).sum(axis=0) / np.maximum(power, 1e-6)
        needed = (1.0 + self._gain) / np.maximum(strength, 0.1) - 1.0
        gain: NDArray[np.float64] = np.clip(needed, 0.0, _MOST_EXAGGERATED) * (power > 0.0)
        return gain

    def _scores(self, face: Face) -> NDArray[np.float64]:
        return _scores_since(self._reference.blendshapes, face)

    def _features(self, face: Face) -> NDArray[np.float64]:
        turn = _turn_since(self._reference, face) / _TURN_UNIT
        return np.concatenate([self._scores(face) * self._made / self._unit, turn])


def _scores_since(at_rest: Floats, face: Face) -> NDArray[np.float64]:
    change: NDArray[np.float64] = (
        face.blendshapes[_EXPRESSIONS].astype(np.float64) - at_rest[_EXPRESSIONS]
    )
    return change


def _turn_since(rest: Face, face: Face) -> Shape:
    """(3,) rotation vector in image axes."""
    turn = rotation_of(face.pose) @ rotation_of(rest.pose).T
    return np.asarray(cv2.Rodrigues(turn)[0], np.float64).ravel()


def _turned(state: HeadState, rotation: Shape) -> Similarity:
    """The pose turned about the middle of the face."""
    pose = state.pose
    centre = state.shape.mean(axis=0)
    turned = rotation @ pose.rotation
    shift = pose.scale * (pose.rotation - turned) @ centre
    return Similarity(pose.scale, turned, pose.translation + shift)
