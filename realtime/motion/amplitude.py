"""As much expression seen as the driver shows: faces differ in how much of a motion reads.

The same landmarks' travel that is a broad smile on one face is a hint of one on another, a mouth
that opens may look like one that smiles, and turns of a drawn head read as a little more or less
than they are. Pictures of some states tell (`realtime.motion.seen`) how strongly each expression is
seen, what of the mouth's is seen for another, and by how much the head is seen turned amiss; states
are then exaggerated, freed of that, and turned against it. What is seen does not grow evenly with
what is drawn, so the exaggerated states are looked at once more: what is hardly seen even so may go
further. Each look counts for as many moments as it stands for: the rarest grimaces are no measure
of the rest. Lips that are asked to be shut stay shut.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep, soft_limit
from realtime.models.face_mesh import EYES
from realtime.motion.geometry import Shape, yaw_deg
from realtime.motion.head_state import HeadState
from realtime.motion.lips import brought_together, carried_by_edges, parted
from realtime.motion.regression import most_different, stood_for
from realtime.motion.retarget import SLANT_DEG
from realtime.motion.seen import BROWS, COUNT, JAW, MOUTH, SMILE, Seen, asked, scores_since
from realtime.motion.travel import brow_travel, mouth_travel
from realtime.types import LANDMARK_COUNT, Face, Floats, Similarity

Look = Callable[[HeadState], Face | None]
"""Draws the avatar in a state and says what it sees."""

_EYES = [*EYES[0].ring, *EYES[1].ring, *range(EYES[0].iris, LANDMARK_COUNT)]
_REHEARSED, _ROUNDS = 40, 2
_VARIES = 0.03
"Standard deviation of a score from which the driver can be said to make that expression."
_MOST_EXAGGERATED = np.array([1.0, 0.9, 0.9, 0.6, 0.6] + [1.4] * 5)
"More would be grimacing, and the avatar no longer itself; smiles end at the mouth's limits, brows \
are seen least of all, and the jaws of who talks and smiles at once hardly more."
_FURTHEST = np.array([1.0, 2.0, 2.0, 0.6, 1.2] + [3.0] * 5)
"Smiles, funnels and brows may be exaggerated so far where more of them is seen for it: a narrow \
mouth whose corners hang has far to go before it is seen to smile at all. Funnels beyond that \
become keyholes."
_HARDLY_VISIBLE, _VISIBLE = 0.05, 0.1
"If so much of what he does is seen more for as much again, they go no further, or all the way; \
and all the way where what is seen has kept pace with what is asked."
_PACE_FROM = np.repeat([0.0, 0.1], [5, 5])
"What is seen has kept pace only if it is more than this: brows that are not seen at all, however \
far they go, get no corners for it."
_ENOUGH = 0.8
"Of an expression that is seen as much as this, no more than the usual most is asked."
_MOST_JAW = 0.5
"A jaw's score counts up to here when it is exaggerated: speech is overdone by all of the gain, a \
mouth that is wide open by hardly more than half of it."
_MOST_BROW_CM = 0.45
"No brow goes further than this beyond what the driver's does."
_MOST_PARTED = 2.0
"Lips go no further apart than so many times what is asked: who smiles with shut lips shows no \
teeth."
_WIDEST_CM = 4.5
"Nor further apart than this, but where the driver's do: few jaws open more."
_FREED, _MOST_FREED, _LEAST_SEEN = 0.7, 0.15, 0.3
"Share of crosstalk that is taken back, for expressions may have come together by chance; the most \
of any score; and how strongly an expression is thought to be seen at least."
_SLANT_OVER_DEG = 12.0
"Over so much more than `SLANT_DEG` exaggeration ends: a face seen at a slant is warped by it."
_TURN_UNIT = 0.2
_MOST_TURN = 0.1
"Radians, about each axis."


@dataclass(frozen=True, slots=True)
class Turns:
    """By how much one driver's turns are seen amiss on one avatar."""

    reference: Face
    "The driver at rest."
    error: NDArray[np.float64]
    "(13, 3) rotation vectors, for a whole score and a radian."

    def correct(self, face: Face, state: HeadState) -> Similarity:
        """The pose to ask for so that `face`'s turn is seen."""
        turn = np.clip(-asked(self.reference, face) @ self.error, -_MOST_TURN, _MOST_TURN)
        return _turned(state, np.asarray(cv2.Rodrigues(turn)[0]))


@dataclass(frozen=True, slots=True)
class Amplitude:
    """What one avatar has to overdo, and what to leave out."""

    gain: NDArray[np.float64]
    "(10,) how much more of each expression, 0 for no more."
    crosstalk: NDArray[np.float64]
    "(10, 10) how much less of each expression (columns) for a whole score of another."
    shapes: NDArray[np.float64]
    "(10, 478, 3) centimetres of travel that a whole score is."
    room: NDArray[np.float64]
    "(2, 10) how far below and above rest each is changed: lips to a score of nought, brows into \
a frown, and none beyond a score of 1: a portrait that smiles has not much to add."
    carried: NDArray[np.float64]
    "(478, 20) what goes with the lips' edges; see `carried_by_edges`."
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
        done = np.array([asked(reference, face) for face in faces])
        spread = done[:, :COUNT].std(axis=0)
        done[:, :COUNT] *= spread > _VARIES
        units = np.repeat([max(float(spread.max()), _VARIES), _TURN_UNIT], [COUNT, 3])
        counted = done / units
        changes = np.array([state.shape - rest.shape for state in states])
        shapes = np.concatenate([
            mouth_travel(done[:, MOUTH], counted[:, COUNT:], changes, rest.shape),
            brow_travel(done[:, BROWS], counted[:, COUNT:], changes, rest.shape),
        ])  # fmt: skip
        # Eyes that happen to move along are no part of a smile or a frown.
        shapes[:, _EYES] = 0.0
        still = look(rest)
        learnt = cls(
            np.zeros(COUNT),
            np.zeros((COUNT, COUNT)),
            shapes,
            _room(still),
            carried_by_edges(rest.shape),
            Turns(reference, np.zeros((COUNT + 3, 3))) if turns else None,
        )
        if still is None:
            return learnt
        share = _unsmiling(still) * _unslanted(rest.pose)
        rows = most_different(counted, _REHEARSED)
        weights = stood_for(counted, rows)
        before: Seen | None = None
        for _ in range(_ROUNDS):
            looks = [
                look(learnt.exaggerated(faces[row], states[row], reference.blendshapes))
                for row in rows
            ]
            found = [number for number, face in enumerate(looks) if face]
            if len(found) > 1:
                seen = Seen.of(
                    still,
                    done[rows][found],
                    units,
                    weights[found],
                    [face for face in looks if face],
                    learnt.room,
                )
                learnt, before = _taught(learnt, seen, before, share), seen
        return learnt

    def correct(self, face: Face, state: HeadState, at_rest: Floats) -> HeadState:
        """The state to ask for so that `face`'s expression and turn are seen.

        `at_rest`: (52,) blendshapes of the driver, who need not be the one learnt from.
        """
        pose = state.pose if self.turns is None else self.turns.correct(face, state)
        return HeadState(pose, self.exaggerated(face, state, at_rest).shape)

    def exaggerated(self, face: Face, state: HeadState, at_rest: Floats) -> HeadState:
        """The same, but for the turn."""
        scores = np.clip(scores_since(at_rest, face), *self.room)
        less = np.clip(scores @ self.crosstalk, 0.0, _MOST_FREED)
        overdone = scores.copy()
        overdone[JAW] = soft_limit(scores[JAW], _MOST_JAW)
        more = self.gain * overdone + np.clip(scores - less, *self.room) - scores
        mouth, brows = (
            np.einsum("e,eij->ij", more[part], self.shapes[part]) for part in (MOUTH, BROWS)
        )
        apart = parted(state.shape)
        most = np.maximum(np.minimum(_MOST_PARTED * apart, _WIDEST_CM), apart)
        smiling = brought_together(state.shape + mouth, most, self.carried)
        return HeadState(state.pose, smiling + soft_limit(brows, _MOST_BROW_CM))


def _room(still: Face | None) -> NDArray[np.float64]:
    """See `Amplitude.room`; lips that are not pursed at rest cannot be seen to purse less."""
    room = np.array([-np.ones(COUNT), np.ones(COUNT)])
    if still is not None:
        scores = scores_since(np.zeros_like(still.blendshapes), still)
        room[0, MOUTH] = -scores[MOUTH]
        room[1] -= scores
    return room


def _unsmiling(still: Face) -> NDArray[np.float64]:
    """(10,) how much of the usual exaggeration becomes this portrait: none of a mouth that beams.

    A smile hides jaws and pursed lips from whoever looks for them, however far they go.
    """
    share = np.ones(COUNT)
    share[MOUTH] = 1.0 - scores_since(np.zeros_like(still.blendshapes), still)[SMILE].max()
    return share


def _unslanted(pose: Similarity) -> float:
    """How much of it becomes a portrait that looks aside: none, once half of it is guessed."""
    return 1.0 - smoothstep((abs(yaw_deg(pose.rotation)) - SLANT_DEG) / _SLANT_OVER_DEG)


def _taught(
    learnt: Amplitude, seen: Seen, before: Seen | None, share: NDArray[np.float64]
) -> Amplitude:
    """What is known once it is known what is seen of what `learnt` exaggerates.

    Args:
        learnt: up to now.
        seen: of that.
        before: what was seen before `learnt` was; None at first.
        share: (10,) how much of the usual exaggeration becomes the portrait.
    """
    needed = (1.0 + learnt.gain) / np.maximum(seen.strength, 0.1) - 1.0
    most = share * _MOST_EXAGGERATED
    gain = np.clip(needed, 0.0, most)
    crosstalk = learnt.crosstalk
    if before is None:
        crosstalk = _taken_back(seen)
    else:
        further = _further(learnt.gain, most, before.strength, seen.strength)
        gain = np.maximum(gain, share * further)
    return replace(
        learnt,
        gain=gain * seen.has_moved,
        crosstalk=crosstalk,
        turns=learnt.turns and replace(learnt.turns, error=seen.turned),
    )


def _taken_back(seen: Seen) -> NDArray[np.float64]:
    """See `Amplitude.crosstalk`.

    Nothing is added for another's sake. Smiles are often seen to lack some jaw: to give it to them
    would correlate better, and open mouths that smile with shut lips.
    """
    less = np.zeros((COUNT, COUNT))
    too_much = np.maximum(seen.crosstalk / np.maximum(seen.strength, _LEAST_SEEN), 0.0)
    less[MOUTH, MOUTH] = _FREED * too_much[MOUTH, MOUTH]
    return less


def _further(
    gain: NDArray[np.float64],
    most: NDArray[np.float64],
    before: NDArray[np.float64],
    strength: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(10,) the exaggeration to go on to from one that was the usual `most`, and was not enough.

    No more where that showed too little to go on; what it showed goes on evenly, we reckon.
    """
    grown = (strength - before) / np.maximum(gain, 1e-6)
    missing = (1.0 - strength) / np.maximum(grown, _VISIBLE)
    is_short = (gain >= most) & (strength < _ENOUGH)
    has_kept_pace = (strength > (1.0 + gain) * before) & (strength > _PACE_FROM)
    trusted = smoothstep((grown - _HARDLY_VISIBLE) / (_VISIBLE - _HARDLY_VISIBLE))
    more = np.maximum(np.minimum(gain + missing, _FURTHEST) - gain, 0.0)
    return np.where(is_short, gain + np.where(has_kept_pace, 1.0, trusted) * more, 0.0)


def _turned(state: HeadState, rotation: Shape) -> Similarity:
    """The pose turned about the middle of the face."""
    pose = state.pose
    centre = state.shape.mean(axis=0)
    turned = rotation @ pose.rotation
    shift = pose.scale * (pose.rotation - turned) @ centre
    return Similarity(pose.scale, turned, pose.translation + shift)
