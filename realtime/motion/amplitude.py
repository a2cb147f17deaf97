"""As much expression seen as the driver shows: faces differ in how much of a motion reads.

The same landmarks' travel that is a broad smile on one face is a hint of one on another, and turns
of a drawn head read as a little more or less than they are. From pictures of some states, ridge
regression learns how strongly each expression is seen and by how much the head is seen turned
amiss; states are then exaggerated and turned against it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.models.blendshapes import NAMES
from realtime.models.face_mesh import EYES
from realtime.motion.geometry import Shape, rotation_of
from realtime.motion.head_state import HeadState
from realtime.motion.regression import most_different, ridge
from realtime.types import LANDMARK_COUNT, Face, Floats, Similarity

Look = Callable[[HeadState], Face | None]
"""Draws the avatar in a state and says what it sees."""

_MOUTH = ("jawOpen", "mouthSmileLeft", "mouthSmileRight", "mouthPucker", "mouthFunnel")
_BROWS = ("browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight")
_EXPRESSIONS = [NAMES.index(name) for name in (*_MOUTH, *_BROWS)]
_EYES = [*EYES[0].ring, *EYES[1].ring, *range(EYES[0].iris, LANDMARK_COUNT)]
_REHEARSED = 24
_VARIES = 0.03
"Standard deviation of a score from which the driver can be said to make that expression."
_MOST_EXAGGERATED = np.array([0.6] * len(_MOUTH) + [1.4] * len(_BROWS))
"More would be grimacing, and the avatar no longer itself; brows are seen least of all."
_TURN_UNIT = 0.2
_MOST_TURN = 0.1
"Radians, about each axis."
_SHAPE_RIDGE, _TURN_RIDGE = 0.02, 0.01


@dataclass(frozen=True, slots=True)
class Turns:
    """By how much one driver's turns are seen amiss on one avatar."""

    reference: Face
    "The driver at rest."
    unit: NDArray[np.float64]
    "(10,) what a score is counted in, infinite for expressions that the driver does not make."
    error: NDArray[np.float64]
    "(13, 3) rotation vectors, by score and turn."

    def correct(self, face: Face, state: HeadState) -> Similarity:
        """The pose to ask for so that `face`'s turn is seen."""
        turn = np.clip(-self.features(face) @ self.error, -_MOST_TURN, _MOST_TURN)
        return _turned(state, np.asarray(cv2.Rodrigues(turn)[0]))

    def features(self, face: Face) -> NDArray[np.float64]:
        """(13,) the expressions that he makes, and his turn."""
        turn = _turn_since(self.reference, face) / _TURN_UNIT
        return np.concatenate([_scores_since(self.reference.blendshapes, face) / self.unit, turn])


@dataclass(frozen=True, slots=True)
class Amplitude:
    """What one avatar has to overdo."""

    gain: NDArray[np.float64]
    "(10,) how much more of each expression, 0 for no more."
    shapes: NDArray[np.float64]
    "(10, 478, 3) centimetres of travel that a whole score is."
    turns: Turns | None = None
    "None where they are left alone."

    @classmethod
    def learn(
        cls,
        rest: HeadState,
        reference: Face,
        faces: Sequence[Face],
        states: Sequence[HeadState],
        look: Look,
        *,
        turns: bool = True,
    ) -> "Amplitude":
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
        scores = np.array([_scores_since(reference.blendshapes, face) for face in faces])
        made = scores.std(axis=0) > _VARIES
        unit = max(float(scores[:, made].std(axis=0).max(initial=0.0)), _VARIES)
        changes = np.array([(state.shape - rest.shape).ravel() for state in states])
        shapes = ridge(scores * made, changes, _SHAPE_RIDGE).reshape(-1, *rest.shape.shape)
        # Eyes that happen to move along are no part of a smile or a frown.
        shapes[:, _EYES] = 0.0
        known = Turns(reference, np.where(made, unit, np.inf), np.zeros((len(made) + 3, 3)))
        gain = np.zeros(len(_EXPRESSIONS))
        asked, seen, turned = _looked_at(rest, faces, states, known, look)
        if len(asked) > 1:
            gain = _gain(asked[:, :-3] * unit, seen)
            known = replace(known, error=ridge(asked, turned, _TURN_RIDGE))
        return cls(gain, shapes, known if turns else None)

    def correct(self, face: Face, state: HeadState, at_rest: Floats) -> HeadState:
        """The state to ask for so that `face`'s expression and turn are seen.

        `at_rest`: (52,) blendshapes of the driver, who need not be the one learnt from.
        """
        scores = _scores_since(at_rest, face)
        shape = state.shape + np.tensordot(self.gain * scores, self.shapes, 1)
        pose = state.pose if self.turns is None else self.turns.correct(face, state)
        return HeadState(pose, shape)


def _looked_at(
    rest: HeadState,
    faces: Sequence[Face],
    states: Sequence[HeadState],
    turns: Turns,
    look: Look,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """A row for each state in which a face is found.

    What was asked, as `Turns.features`; what is seen, as scores; what turn is seen too much.
    """
    asked, seen, turned = [], [], []
    still = look(rest)
    if still is not None:
        features = np.array([turns.features(face) for face in faces])
        for index in most_different(features, _REHEARSED):
            found = look(states[index])
            if found is not None:
                asked.append(features[index])
                seen.append(_scores_since(still.blendshapes, found))
                turned.append(_turn_since(still, found) - features[index][-3:] * _TURN_UNIT)
    return np.array(asked), np.array(seen), np.array(turned)


def _gain(wanted: NDArray[np.float64], seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """(10,) how much more to ask for."""
    power = (wanted**2).sum(axis=0)
    strength = (wanted * seen).sum(axis=0) / np.maximum(power, 1e-6)
    needed = np.clip(1.0 / np.maximum(strength, 0.1) - 1.0, 0.0, _MOST_EXAGGERATED)
    return np.asarray(needed * (power > 0.0), np.float64)


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
