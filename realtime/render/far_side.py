"""The far side of a face seen at a slant: mesh that lies behind the face's own outline."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.models.face_mesh import OVAL
from realtime.types import LANDMARK_COUNT

_OUTWARDS, _INWARDS = np.linspace(1.0, 1.6, 121), np.linspace(1.0, 0.7, 61)
"How far from the face's middle a vertex is looked for a place out of the outline, or within."
_EDGE = 0.05
"What the outline mixes, skin and what is beside it, lies within so much of it, in inter-ocular \
distances."


@dataclass(frozen=True, slots=True)
class FarSide:
    """Where the texture of a face has what its hidden side shows when it comes to light.

    The texture shows the face in front there. A head that turns its hidden side to the viewer would
    have a second edge of its cheek; so it has skin from within the outline, drawn out, and what
    lies beside the face begins beyond.
    """

    texture: NDArray[np.float32]
    "(n, 2) texture pixels: landmarks, then the head layer's vertices."
    hem: NDArray[np.float32]
    "(36, 2) texture pixels of the oval as the head layer's inner rim."
    is_hidden: NDArray[np.bool_]
    "(36,) which points of the oval lie behind the face."


def far_side(
    vertices: NDArray[np.float32],
    triangles: NDArray[np.int32],
    size: tuple[int, int],
    head_size: float,
) -> FarSide:
    """What is hidden of a face.

    Args:
        vertices: (n, 2) at rest, texture pixels: landmarks, then the head layer's.
        triangles: (t, 3) of the face's skin.
        size: width and height of the texture.
        head_size: inter-ocular distance, pixels.
    """
    is_front = _is_front(vertices, triangles)
    face = np.zeros(size[::-1], np.uint8)
    for corners in np.round(vertices[triangles[is_front]]).astype(np.int32):
        cv2.fillConvexPoly(face, corners, 1)
    around = np.ones((1 + 2 * max(1, round(_EDGE * head_size)),) * 2, np.uint8)
    oval = list(OVAL)
    middle = vertices[oval].mean(axis=0)
    hidden = _behind_oval(triangles, is_front)
    rim = np.zeros(LANDMARK_COUNT, bool)
    rim[triangles[hidden[triangles].any(axis=1)]] = True
    beyond = _first(vertices, middle, _OUTWARDS, cv2.dilate(face, around) == 0)
    within = _first(vertices, middle, _INWARDS, cv2.erode(face, around) == 1)
    texture = np.where((np.arange(len(vertices)) < LANDMARK_COUNT)[:, None], vertices, beyond)
    texture[:LANDMARK_COUNT][rim] = within[:LANDMARK_COUNT][rim]
    hem = np.where(hidden[oval, None], beyond[oval], vertices[oval])
    return FarSide(texture, hem, hidden[oval])


def _first(
    vertices: NDArray[np.float32],
    middle: NDArray[np.float32],
    steps: NDArray[np.float64],
    allowed: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """(n, 2) the first place allowed on each vertex's way, or its own."""
    ways = middle + steps[:, None, None] * (vertices - middle)
    last = np.array(allowed.shape[::-1]) - 1
    across, down = np.clip(np.round(ways).astype(int), 0, last).transpose(2, 0, 1)
    first = allowed[down, across].argmax(axis=0)
    return np.asarray(ways[first, np.arange(len(first))], np.float32)


def _is_front(vertices: NDArray[np.float32], triangles: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(t,) which triangles face the viewer, as most do."""
    a, b, c = vertices[triangles].transpose(1, 0, 2)
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    result: NDArray[np.bool_] = area * np.sign(area.sum()) > 0
    return result


def _behind_oval(triangles: NDArray[np.int32], is_front: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(478,) landmarks all of whose triangles turn their backs, as far as they reach the oval."""
    hidden = np.zeros(LANDMARK_COUNT, bool)
    hidden[triangles] = True
    hidden[triangles[is_front]] = False
    reached = np.zeros(LANDMARK_COUNT, bool)
    reached[list(OVAL)] = hidden[list(OVAL)]
    for _ in OVAL:
        near = np.zeros(LANDMARK_COUNT, bool)
        near[triangles[reached[triangles].any(axis=1)]] = True
        reached |= near & hidden
    return reached
