"""Lips as one: where their edges go, they go, and so does the skin round them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from realtime.models.face_mesh import (
    ALL_MOUTH_CORNERS,
    INNER_LIP_LOWER,
    INNER_LIP_UPPER,
    LOWER_LIP,
    UPPER_LIP,
)
from realtime.motion.geometry import Shape

EDGES = sorted({*INNER_LIP_UPPER, *INNER_LIP_LOWER})
"Landmarks of the line at which the lips meet."
RING_COUNT = 4
RINGS = np.array([UPPER_LIP, LOWER_LIP]).reshape(2, RING_COUNT, -1)
"(2, 4, 9) landmarks, from the outer edge of each lip to its inner one, and from the right corner \
to the left one."
_UPPER, _LOWER = np.array(INNER_LIP_UPPER[1:-1]), np.array(INNER_LIP_LOWER[1:-1])
_TOGETHER = np.zeros((len(_UPPER), len(EDGES)))
_TOGETHER[range(len(_UPPER)), np.searchsorted(EDGES, _UPPER)] = 0.5
_TOGETHER[range(len(_LOWER)), np.searchsorted(EDGES, _LOWER)] = -0.5
"Down goes the upper edge, up the lower one, half of the way each."
_ROUNDS = 3
"Edges hold each other back, most of all the corners: once is not enough."
_REACH_CM = 1.5
"Skin moves along with a lip up to about this far from it; the chin does not."
_THICKNESS_CM = 0.5
"A lip goes with the part of its own edge that is about this near, lest it swell."


def carried_by_edges(shape: Shape) -> NDArray[np.float64]:
    """(478, 20) how much of the way of each of `EDGES`, of its own lip, each landmark goes."""
    lower = _squared_to(shape, LOWER_LIP).min(axis=1) < _squared_to(shape, UPPER_LIP).min(axis=1)
    # Where lips are shut, all of their edges are as near to either.
    lower[list(LOWER_LIP)], lower[list(UPPER_LIP)] = True, False
    squared = _squared_to(shape, EDGES)
    squared[np.ix_(lower, np.isin(EDGES, _UPPER))] = np.inf
    squared[np.ix_(~lower, np.isin(EDGES, _LOWER))] = np.inf
    nearest = squared.min(axis=1, keepdims=True)
    weights = np.exp((nearest - squared) / _THICKNESS_CM**2)
    share = np.exp(-nearest / _REACH_CM**2)
    carried: NDArray[np.float64] = share * weights / weights.sum(axis=1, keepdims=True)
    return carried


def carried_from_below(shape: Shape) -> NDArray[np.float64]:
    """(478, 9) how much of the way of each point of the lower lip's outer edge the skin goes.

    Only what is nearer to that lip than to the upper one; lips themselves do not.
    """
    edge = RINGS[1, 0]
    squared = _squared_to(shape, edge)
    nearest = squared.min(axis=1, keepdims=True)
    weights = np.exp((nearest - squared) / _THICKNESS_CM**2)
    share = np.exp(-nearest / _REACH_CM**2)
    share[_squared_to(shape, UPPER_LIP).min(axis=1) < nearest[:, 0]] = 0.0
    share[[*UPPER_LIP, *LOWER_LIP, *ALL_MOUTH_CORNERS]] = 0.0
    carried: NDArray[np.float64] = share * weights / weights.sum(axis=1, keepdims=True)
    return carried


def parted(shape: Shape) -> NDArray[np.float64]:
    """(9,) how far the lips are apart, from one corner to the other, in the shape's unit."""
    apart: NDArray[np.float64] = shape[_LOWER, 1] - shape[_UPPER, 1]
    return apart


def brought_together(
    shape: Shape, most: NDArray[np.float64], carried: NDArray[np.float64]
) -> Shape:
    """The shape itself, or one whose lips are hardly further apart than `most` (9,).

    `carried`: see `carried_by_edges`.
    """
    together = shape
    for _ in range(_ROUNDS):
        too_far = np.maximum(parted(together) - most, 0.0)
        if not too_far.any():
            break
        way = np.zeros_like(shape)
        way[:, 1] = carried @ (too_far @ _TOGETHER)
        together = together + way
    return together


def _squared_to(shape: Shape, landmarks: Sequence[int] | NDArray[np.intp]) -> NDArray[np.float64]:
    """(478, landmarks) squared distances, as a viewer sees them."""
    offsets = shape[:, None, :2] - shape[None, list(landmarks), :2]
    squared: NDArray[np.float64] = (offsets**2).sum(axis=2)
    return squared
