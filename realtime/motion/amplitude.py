"""As much expression seen as the driver shows: faces differ in how much of a motion reads.

The same landmarks' travel that is a broad smile on one face is a hint of one on another, and turns
of a drawn head read as a little more or less than they are. From pictures of some states, ridge
regression learns how strongly each expression is seen and by how much the head is seen turned
amiss; states are then exaggerated and turned against it. What is seen does not grow evenly with
what is drawn, so the exaggerated states are looked at once more, and each look counts for as many
moments as it stands for: the rarest grimaces are no measure of the rest.
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
from realtime.motion.regression import most_different, ridge, stood_for
from realtime.motion.retarget import soft_limit
from realtime.motion.travel import brow_travel, mouth_travel
from realtime.types import LANDMARK_COUNT, Face, Floats, Similarity

Look = Callable[[HeadState], Face | None]
"""Draws the avatar in a state and says what it sees."""

_MOUTH = ("jawOpen", "mouthSmileLeft", "mouthSmileRight", "mouthPucker", "mouthFunnel")
_BROWS = ("browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight")
_AT_BROWS = slice(len(_MOUTH), None)
_EXPRESSIONS = [NAMES.index(name) for name in (*_MOUTH, *_BROWS)]
_EYES = [*EYES[0].ring, *EYES[1].ring, *range(EYES[0].iris, LANDMARK_COUNT)]
_REHEARSED, _ROUNDS = 24, 2
_VARIES = 0.03
"Standard deviation of a score from which the driver can be said to make that expression."
_MOST_EXAGGERATED = np.array([0.6] * len(_MOUTH) + [1.4] * len(_BROWS))
"More would be grimacing, and the avatar no longer itself; brows are seen least of all."
_FURTHEST, _VISIBLE = 3.0, 0.1
"Brows that hardly move in the driver may be exaggerated so far, where at least a tenth of what he \
does is seen more for as much again: their limit in centimetres keeps them what they are."
_MOST_BROW_CM = 0.45
"No brow goes further than this beyond what the driver's does."
_TURN_UNIT = 0.2
_MOST_TURN = 0.1
"Radians, about each axis."
_TURN_RIDGE = 0.01


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
    room: NDArray[np.float64]
    "(2, 10) how far below and above rest each is overdone: lips to a score of nought, brows into \
a frown, and none beyond a score of 1: a portrait that smiles has not much to add."
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
        unerring = Turns(
            reference, np.where(made, unit, np.inf), np.zeros((len(_EXPRESSIONS) + 3, 3))
        )
        features = np.array([unerring.features(face) for face in faces])
        changes = np.array([state.shape - rest.shape for state in states])
        mouth, brows = np.split(scores * made, [len(_MOUTH)], axis=1)
        shapes = np.concatenate([
            mouth_travel(mouth, features[:, -3:], changes, rest.shape),
            brow_travel(brows, features[:, -3:], changes, rest.shape),
        ])  # fmt: skip
        # Eyes that happen to move along are no part of a smile or a frown.
        shapes[:, _EYES] = 0.0
        still = look(rest)
        learnt = cls(np.zeros(len(_EXPRESSIONS)), shapes, _room(still), unerring)
        if still is not None:
            rows = most_different(features, _REHEARSED)
            shown = [(faces[row], states[row]) for row in rows]
            weights = stood_for(features, rows)
            strength: NDArray[np.float64] | None = None
            for _ in range(_ROUNDS):
                looks = [look(learnt.exaggerated(*each, reference.blendshapes)) for each in shown]
                learnt, strength = _taught(
                    learnt, strength, unit, still, features[rows], weights, looks
                )
        return learnt if turns else replace(learnt, turns=None)

    def correct(self, face: Face, state: HeadState, at_rest: Floats) -> HeadState:
        """The state to ask for so that `face`'s expression and turn are seen.

        `at_rest`: (52,) blendshapes of the driver, who need not be the one learnt from.
        """
        pose = state.pose if self.turns is None else self.turns.correct(face, state)
        return HeadState(pose, self.exaggerated(face, state, at_rest).shape)

    def exaggerated(self, face: Face, state: HeadState, at_rest: Floats) -> HeadState:
        """The same, but for the turn."""
        scores = np.clip(_scores_since(at_rest, face), *self.room)
        each = (self.gain * scores)[:, None, None] * self.shapes
        mouth, brows = each[: len(_MOUTH)].sum(axis=0), each[len(_MOUTH) :].sum(axis=0)
        return HeadState(state.pose, state.shape + mouth + soft_limit(brows, _MOST_BROW_CM))


def _room(still: Face | None) -> NDArray[np.float64]:
    """See `Amplitude.room`; lips that are not pursed at rest cannot be seen to purse less."""
    room = np.array([-np.ones(len(_EXPRESSIONS)), np.ones(len(_EXPRESSIONS))])
    if still is not None:
        scores = still.blendshapes[_EXPRESSIONS].astype(np.float64)
        room[0, : len(_MOUTH)] = -scores[: len(_MOUTH)]
        room[1] -= scores
    return room


def _taught(
    learnt: Amplitude,
    before: NDArray[np.float64] | None,
    unit: float,
    still: Face,
    features: NDArray[np.float64],
    weights: NDArray[np.float64],
    looks: Sequence[Face | None],
) -> tuple[Amplitude, NDArray[np.float64] | None]:
    """What is known once these looks at what `learnt` exaggerates are understood.

    Args:
        learnt: what was known before.
        before: (10,) how strongly each expression was seen before `learnt` was; None at first.
        unit: of the scores among the features.
        still: the avatar at rest, seen.
        features: (n, 13) what was asked.
        weights: (n,) how much that counts.
        looks: what is seen of each; None where no face is.

    Returns:
        It, and how strongly each expression was seen in these looks: `before` of the next ones.
    """
    rows = zip(features, weights, looks, strict=True)
    found = [(asked, weight, seen) for asked, weight, seen in rows if seen]
    if len(found) < 2:
        return learnt, before
    asked = np.array([each for each, _, _ in found])
    weight = np.array([[each] for _, each, _ in found])
    turned = np.array([_turn_since(still, seen) for _, _, seen in found])
    amiss = turned - asked[:, -3:] * _TURN_UNIT
    error = ridge(asked * np.sqrt(weight), amiss * np.sqrt(weight), _TURN_RIDGE)
    shown = np.array([_scores_since(still.blendshapes, seen) for _, _, seen in found])
    scores = np.clip(asked[:, :-3] * unit, *learnt.room)
    # Slopes, not ratios: rests differ.
    around = scores - np.average(scores, axis=0, weights=weight[:, 0])
    power = (weight * around**2).mean(axis=0)
    strength = (weight * around * shown).mean(axis=0) / np.maximum(power, 1e-6)
    needed = (1.0 + learnt.gain) / np.maximum(strength, 0.1) - 1.0
    gain = np.clip(needed, 0.0, _MOST_EXAGGERATED)
    if before is not None:
        further = _further(learnt.gain, before, strength)
        gain[_AT_BROWS] = np.maximum(gain, further)[_AT_BROWS]
    turns = learnt.turns and replace(learnt.turns, error=error)
    return replace(learnt, gain=gain * (power > 0.0), turns=turns), strength


def _further(
    gain: NDArray[np.float64], before: NDArray[np.float64], strength: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(10,) the exaggeration to go on to from one that was all there may be, and was not enough.

    0 where that showed too little to go on; what it showed goes on evenly, we reckon.
    """
    grown = (strength - before) / np.maximum(gain, 1e-6)
    missing = (1.0 - strength) / np.maximum(grown, _VISIBLE)
    short = (gain >= _MOST_EXAGGERATED) & (grown >= _VISIBLE) & (missing > 0.0)
    return np.where(short, np.minimum(gain + missing, _FURTHEST), 0.0)


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
