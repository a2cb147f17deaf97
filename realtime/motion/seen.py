"""What is seen of expressions and turns in looks at an avatar, over what was asked of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.models.blendshapes import NAMES
from realtime.motion.geometry import Shape, rotation_of
from realtime.motion.regression import ridge
from realtime.types import Face, Floats

_OF_MOUTH = ("jawOpen", "mouthSmileLeft", "mouthSmileRight", "mouthPucker", "mouthFunnel")
_OF_BROWS = ("browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight")
_EXPRESSIONS = [NAMES.index(name) for name in (*_OF_MOUTH, *_OF_BROWS)]
COUNT = len(_EXPRESSIONS)
"The expressions that are looked at: five of the mouth, then five of the brows."
MOUTH, BROWS = slice(0, len(_OF_MOUTH)), slice(len(_OF_MOUTH), COUNT)
JAW = _OF_MOUTH.index("jawOpen")
SMILE = [_OF_MOUTH.index("mouthSmileLeft"), _OF_MOUTH.index("mouthSmileRight")]
_KINDS = [name.removesuffix("Left").removesuffix("Right") for name in (*_OF_MOUTH, *_OF_BROWS)]
_SAME_KIND = np.equal.outer(_KINDS, _KINDS)
"A smile's sides go together, and which of them is seen for the other cannot be told."
_SIDES = [list(np.flatnonzero(same)) for same in np.unique(_SAME_KIND, axis=0) if same.sum() > 1]
_TURN_RIDGE, _OTHERS_RIDGE = 0.01, 0.1


def asked(reference: Face, face: Face) -> NDArray[np.float64]:
    """(COUNT + 3,) what a driver does since his rest: scores, then his turn.

    The turn is a rotation vector in image axes, radians.
    """
    return np.concatenate([scores_since(reference.blendshapes, face), _turn_since(reference, face)])


def scores_since(at_rest: Floats, face: Face) -> NDArray[np.float64]:
    """(COUNT,) by how much the expressions' scores are more than in `at_rest` (52,)."""
    change: NDArray[np.float64] = (
        face.blendshapes[_EXPRESSIONS].astype(np.float64) - at_rest[_EXPRESSIONS]
    )
    return change


@dataclass(frozen=True, slots=True)
class Seen:
    """What some looks at one avatar say."""

    strength: NDArray[np.float64]
    "(COUNT,) how much is seen of each expression, for as much asked."
    crosstalk: NDArray[np.float64]
    "(COUNT, COUNT) how much is seen of each expression (columns) for as much asked of another, of \
other kind."
    turned: NDArray[np.float64]
    "(COUNT + 3, 3) rotation vectors that are seen too much, for what was asked."
    has_moved: NDArray[np.bool_]
    "(COUNT,) of which expressions anything was asked."

    @classmethod
    def of(
        cls,
        still: Face,
        done: NDArray[np.float64],
        units: NDArray[np.float64],
        weights: NDArray[np.float64],
        looks: Sequence[Face],
        room: NDArray[np.float64],
    ) -> "Seen":
        """Understand looks.

        Args:
            still: the avatar at rest, seen.
            done: (n, COUNT + 3) what the driver did; see `asked`.
            units: (COUNT + 3,) what each of that is counted in, lest what varies little is lost.
            weights: (n,) how much each look counts.
            looks: n, what was seen.
            room: (2, COUNT) beyond which scores cannot be seen.
        """
        root = np.sqrt(weights)[:, None]
        causes = done / units
        amiss = np.array([_turn_since(still, face) for face in looks]) - done[:, COUNT:]
        turned = ridge(causes * root, amiss * root, _TURN_RIDGE)

        # Slopes, not ratios: rests differ.
        causes, scores, shown = (
            (each - np.average(each, axis=0, weights=weights)) * root
            for each in (
                causes,
                np.clip(done[:, :COUNT], *room),
                np.array([scores_since(still.blendshapes, face) for face in looks]),
            )
        )
        strength = _slopes(scores, shown)
        others = ridge(causes, shown - strength * scores, _OTHERS_RIDGE)
        others[:COUNT][_SAME_KIND] = 0.0
        # Brows are seen to move as a head turns; that is not how strongly they are seen.
        strength[BROWS] = _slopes(scores, shown - causes @ others)[BROWS]
        has_moved = scores.any(axis=0)
        # A mouth that smiles more to one side than its driver does is awry, as are brows.
        for sides in _SIDES:
            moved = [index for index in sides if has_moved[index]]
            if moved:
                strength[sides] = strength[moved].mean()
        return cls(
            strength, others[:COUNT] / units[:COUNT, None], turned / units[:, None], has_moved
        )


def _slopes(causes: NDArray[np.float64], effects: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) of each column of effects by the same column of causes, both about 0."""
    power = (causes**2).mean(axis=0)
    slopes: NDArray[np.float64] = (causes * effects).mean(axis=0) / np.maximum(power, 1e-6)
    return slopes


def _turn_since(rest: Face, face: Face) -> Shape:
    """(3,) rotation vector in image axes."""
    turn = rotation_of(face.pose) @ rotation_of(rest.pose).T
    return np.asarray(cv2.Rodrigues(turn)[0], np.float64).ravel()
