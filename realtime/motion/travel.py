"""How far landmarks travel for each expression, learnt from what one driver does.

Expressions come together: who smiles squints, who frowns lowers both brows and his head. Told
apart by least squares alone, a smile would own half of the frown, and either brow's frown undo the
other's. So brows are learnt from the scores of brows, all other skin from those of the mouth, and
what goes with the head's turn from neither.
"""

import numpy as np
from numpy.typing import NDArray

from realtime.models.face_mesh import LEFT_BROW, RIGHT_BROW
from realtime.motion.geometry import Shape
from realtime.motion.regression import ridge

_BROWS = (*RIGHT_BROW, *LEFT_BROW)
_REACH_CM = 1.4
"Skin moves along with a brow up to about this far from it."
_THICKNESS_CM = 0.8
"A brow's upper and lower edges go together, lest it be drawn out into a smear."
_RIDGE = 0.02


def mouth_travel(
    scores: NDArray[np.float64], turns: NDArray[np.float64], changes: Shape, rest: Shape
) -> Shape:
    """(expressions, 478, 3): how far skin that no brow moves goes for a score of 1.

    Args:
        scores: (n, expressions), of the mouth, since rest.
        turns: (n, 3), of the head, since rest.
        changes: (n, 478, 3), of the shape, since rest.
        rest: (478, 3), the shape at rest.
    """
    return _travel(scores, turns, changes * (1.0 - carried_by_brows(rest)[0]))


def brow_travel(
    scores: NDArray[np.float64], turns: NDArray[np.float64], changes: Shape, rest: Shape
) -> Shape:
    """The same of brows, by their own scores; each carries the skin round it along."""
    share, carried = carried_by_brows(rest)
    travel = _travel(scores, turns, changes[:, list(_BROWS)])
    moved: Shape = share * (carried @ _unbent(travel, rest[list(_BROWS)]))
    return moved


def _travel(scores: NDArray[np.float64], turns: NDArray[np.float64], changes: Shape) -> Shape:
    causes = np.hstack([scores, turns])
    travel = ridge(causes, changes.reshape(len(changes), -1), _RIDGE)[: scores.shape[1]]
    return travel.reshape(-1, *changes.shape[1:])


def _unbent(travel: Shape, brows: Shape) -> Shape:
    """The travel of each brow as one piece, which shifts, tilts and spreads.

    Exaggerated, all else that landmarks seem to do would make corners in it.

    Args:
        travel: (expressions, 20, 3) of the right brow, then the left one.
        brows: (20, 3) where they are at rest.
    """
    result = np.empty_like(travel)
    for brow in (slice(0, len(RIGHT_BROW)), slice(len(RIGHT_BROW), None)):
        along = brows[brow, 0] - brows[brow, 0].mean()
        basis = np.stack([np.ones_like(along), along], axis=1)
        result[:, brow] = basis @ np.linalg.pinv(basis) @ travel[:, brow]
    return result


def carried_by_brows(rest: Shape) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(478, 1) how much each landmark moves with brows; (478, 20) with which parts of them."""
    offsets = rest[:, None, :2] - rest[None, list(_BROWS), :2]
    squared = (offsets**2).sum(axis=2)
    nearest = squared.min(axis=1, keepdims=True)
    # Distances beyond the nearest one, so that nothing far away divides nought by nought.
    weights = np.exp((nearest - squared) / _THICKNESS_CM**2)
    share: NDArray[np.float64] = np.exp(-nearest / _REACH_CM**2)
    carried: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return share, carried
