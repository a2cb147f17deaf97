"""The far side of a face seen at a slant: mesh that lies behind the face's own outline."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.models.face_mesh import CHIN, EYES, LEFT_BROW, OVAL, RIGHT_BROW
from realtime.types import LANDMARK_COUNT, RGB

_OUTWARDS, _INWARDS = np.linspace(1.0, 1.6, 121), np.linspace(1.0, 0.7, 61)
"How far from the face's middle a vertex is looked for a place out of the outline, or within."
_EDGE = 0.05
"What the outline mixes, skin and what is beside it, lies within so much of it, in inter-ocular \
distances."
_ASIDE = 0.5
"A landmark at the outline is on the hidden side, too, if it lies that way from the face's middle: \
the least cosine."
_IN_LIGHT_DEG = 8.0
"Turn towards the viewer until its own texture is all that is shown of the hidden side. Over twice \
as much, a second edge of the cheek is seen."
_OPAQUE = 255
_HAIRS, _BLEND = 0.08, 0.03
"Hairs reach so far beyond the landmarks of an eye or a brow, and skin begins so softly over them, \
in inter-ocular distances."


@dataclass(frozen=True, slots=True)
class FarSide:
    """Where the texture of a face has what its hidden side shows when it comes to light.

    The texture shows the face in front there. A head that turns its hidden side to the viewer would
    have a second edge of its cheek; so it gets skin from within the outline, drawn out, and what
    lies beside the face begins beyond.
    """

    way: NDArray[np.float64] | None
    "(2,) direction in the picture from the face's middle to what is hidden; None if nothing is."
    texture: NDArray[np.float32]
    "(n, 2) texture pixels: landmarks, then the head layer's vertices."
    hem: NDArray[np.float32]
    "(36, 2) texture pixels of the oval as the head layer's inner rim."
    is_hidden: NDArray[np.bool_]
    "(36,) which points of the oval lie behind the face."
    is_rim: NDArray[np.bool_]
    "(478,) which landmarks have, or border on, a texture that hidden skin is drawn from."

    def in_light(self, rotation: NDArray[np.float64]) -> float:
        """How much of the hidden side's own texture a head shows that has turned, 0..1.

        None at rest and further aside: there the portrait's own outline is.

        Args:
            rotation: (3, 3) since rest.
        """
        if self.way is None:
            return 0.0
        towards_viewer = math.asin(max(-1.0, min(1.0, float(rotation[:2, 2] @ self.way))))
        return smoothstep(math.degrees(towards_viewer) / _IN_LIGHT_DEG)


def far_side(
    vertices: NDArray[np.float32],
    triangles: NDArray[np.int32],
    alpha: NDArray[np.uint8],
    head_size: float,
) -> FarSide:
    """What is hidden of a face.

    Args:
        vertices: (n, 2) at rest, texture pixels: landmarks, then the head layer's.
        triangles: (t, 3) of the face's skin.
        alpha: (h, w) of the texture: 0 where the person is not.
        head_size: inter-ocular distance, pixels.
    """
    is_front = _is_front(vertices, triangles)
    face = _filled(vertices, triangles[is_front], alpha.shape)
    around = np.ones((1 + 2 * max(1, round(_EDGE * head_size)),) * 2, np.uint8)
    oval = list(OVAL)
    middle = vertices[oval].mean(axis=0)
    hidden = _behind_oval(triangles, is_front)
    inside = cv2.erode(face * (alpha == _OPAQUE), around) == 1
    beyond = _first(vertices, middle, _OUTWARDS, cv2.dilate(face, around) == 0)
    within = _first(vertices, middle, _INWARDS, inside)
    landmarks = vertices[:LANDMARK_COUNT]
    at_edge = _towards(landmarks - middle, hidden) & ~_at(landmarks, inside)
    rim = _grown(_beside(hidden, triangles), at_edge, triangles)
    texture = np.where((np.arange(len(vertices)) < LANDMARK_COUNT)[:, None], vertices, beyond)
    texture[:LANDMARK_COUNT][rim] = within[:LANDMARK_COUNT][rim]
    hem = np.where(hidden[oval, None], beyond[oval], vertices[oval])
    way = None
    if hidden[oval].any():
        arms = (vertices[oval] - middle)[hidden[oval]].sum(axis=0).astype(np.float64)
        way = arms / max(float(np.linalg.norm(arms)), 1e-3)
    return FarSide(way, texture, hem, hidden[oval], rim)


def without_brow_and_lashes(
    person: RGB, side: FarSide, triangles: NDArray[np.int32], head_size: float
) -> RGB:
    """The texture with skin for what of brow and lashes lies where hidden skin is drawn from.

    Few pixels there become a temple: hairs would be drawn out to dark bars.

    Args:
        person: (h, w, 4) RGB and alpha.
        side: what is hidden of it.
        triangles: (t, 3) of the face's skin.
        head_size: inter-ocular distance, pixels.
    """
    landmarks = side.texture[:LANDMARK_COUNT]
    alpha = person[..., 3]
    source = cv2.dilate(
        _filled_each(landmarks, triangles[side.is_rim[triangles].sum(axis=1) > 1], alpha.shape),
        np.ones((3, 3), np.uint8),
    )
    eyes = np.zeros(alpha.shape, np.uint8)
    for eye in EYES:
        cv2.fillPoly(eyes, [np.round(landmarks[list(eye.ring)]).astype(np.int32)], 1)
    eyes_and_brows = eyes.copy()
    for brow in (LEFT_BROW, RIGHT_BROW):
        hull = cv2.convexHull(np.round(landmarks[list(brow)]).astype(np.int32))
        cv2.fillConvexPoly(eyes_and_brows, hull, 1)
    reach = 1 + 2 * max(1, round(_HAIRS * head_size))
    hairs = cv2.dilate(eyes_and_brows, np.ones((reach, reach), np.uint8))
    bare = (source > 0) & (hairs == 0) & (alpha == _OPAQUE)
    painted = (source > 0) & (hairs > 0) & (eyes == 0)
    if not bare.any() or not painted.any():
        return person
    # Along the outline skin changes little: from what is above and below.
    down = landmarks[CHIN] - landmarks[OVAL[0]]
    down /= max(float(np.linalg.norm(down)), 1e-3)
    rows, columns = np.nonzero(bare | painted)
    levels = np.round(columns * down[0] + rows * down[1]).astype(int)
    found, is_bare = person[rows, columns, :3].astype(np.float64), bare[rows, columns]
    skin = person[..., :3].astype(np.float32)
    skin[rows, columns] = _between(levels[is_bare], found[is_bare], levels)
    share = cv2.GaussianBlur(painted.astype(np.float32), (0, 0), max(0.7, _BLEND * head_size))
    result = person.copy()
    result[..., :3] = np.round(person[..., :3] + share[..., None] * (skin - person[..., :3]))
    return result


def _between(
    levels: NDArray[np.int64], colours: NDArray[np.float64], wanted: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(n, 3) colours at levels `wanted` (n,), from those (m, 3) that are known at `levels` (m,)."""
    known, which = np.unique(levels, return_inverse=True)
    count = np.bincount(which)
    means = [np.bincount(which, channel) / count for channel in colours.T]
    return np.stack([np.interp(wanted, known, mean) for mean in means], axis=1)


def _filled_each(
    vertices: NDArray[np.float32], triangles: NDArray[np.int32], size: tuple[int, ...]
) -> NDArray[np.uint8]:
    """(h, w) 1 where triangles are."""
    covered = np.zeros(size, np.uint8)
    for corners in np.round(vertices[triangles]).astype(np.int32):
        cv2.fillConvexPoly(covered, corners, 1)
    return covered


def _filled(
    vertices: NDArray[np.float32], triangles: NDArray[np.int32], size: tuple[int, ...]
) -> NDArray[np.uint8]:
    """(h, w) 1 where triangles are and in what they enclose, as eyes and mouth."""
    face = _filled_each(vertices, triangles, size)
    outlines, _ = cv2.findContours(face, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(face, outlines, -1, 1, cv2.FILLED), np.uint8)


def _first(
    vertices: NDArray[np.float32],
    middle: NDArray[np.float32],
    steps: NDArray[np.float64],
    allowed: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """(n, 2) the first place allowed on each vertex's way, or its own."""
    ways = middle + steps[:, None, None] * (vertices - middle)
    first = _at(ways, allowed).argmax(axis=0)
    return np.asarray(ways[first, np.arange(len(first))], np.float32)


def _towards(from_middle: NDArray[np.float32], hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(478,) which landmarks lie on the side of the oval's hidden ones; see `_ASIDE`."""
    oval = list(OVAL)
    way = from_middle[oval][hidden[oval]].sum(axis=0)
    lengths = np.linalg.norm(from_middle, axis=1) * np.linalg.norm(way)
    result: NDArray[np.bool_] = from_middle @ way > _ASIDE * lengths
    return result


def _at(points: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(...,) what the mask says at points (..., 2), or at its border beyond it."""
    last = np.array(mask.shape[::-1]) - 1
    across, down = np.moveaxis(np.clip(np.round(points).astype(int), 0, last), -1, 0)
    result: NDArray[np.bool_] = mask[down, across]
    return result


def _beside(chosen: NDArray[np.bool_], triangles: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(478,) the chosen landmarks, and those that share a triangle with one."""
    beside = np.zeros(LANDMARK_COUNT, bool)
    beside[triangles[chosen[triangles].any(axis=1)]] = True
    return beside


def _grown(
    start: NDArray[np.bool_], room: NDArray[np.bool_], triangles: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """(478,) `start`, and the landmarks in `room` that are linked to it by others there."""
    grown = start.copy()
    for _ in OVAL:
        grown |= _beside(grown, triangles) & room
    return grown


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
    of_oval = np.zeros(LANDMARK_COUNT, bool)
    of_oval[list(OVAL)] = hidden[list(OVAL)]
    return _grown(of_oval, hidden, triangles)
