"""The far side of a face seen at a slant: mesh that lies behind the face's own outline.

A portrait does not show it. When the head turns it to the viewer, it has skin made up from what is
seen beside it; and so does the outline, which would else be a second edge of the cheek.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.models.face_mesh import (
    EYES,
    LEFT_BROW,
    LOWER_LIP,
    OVAL,
    RIGHT_BROW,
    UPPER_LIP,
    signed_areas,
)
from realtime.render.grain import grain
from realtime.render.texture import bounds
from realtime.types import LANDMARK_COUNT, RGB, Floats, Landmarks

_OUTWARDS = np.linspace(0.0, 2.0, 401)
"How far out of the oval the outline's outer edge is looked for, in inter-ocular distances."
_DRAWN_OUT = 3.0
"So many times as far as to there hair is drawn out, to begin at that edge."
_EDGE = 0.05
"What the outline mixes, skin and what is beside it, lies within so much of it, in inter-ocular \
distances."
_LITTLE = 0.02
"It is made skin a little further than the mesh goes, in inter-ocular distances: what is mixed in \
between pixels would be a line."
_WITHIN = 0.05
"So much further in is the skin that tells what the hidden side is like, in inter-ocular distances."
_ENDS_OVER, _DEEPEST = 0.3, 0.1
"Beyond the ends of the hidden side the outline is its own again over this, in radians, and made \
up to no more than the second, in inter-ocular distances."
_UNLIKE, _EVEN = 0.2, 0.08
"A moustache's end is not drawn on, nor a strand of hair: what is seen over less than so much of \
the outline has no say, and the rest changes no faster, in inter-ocular distances."
_SEEN_DEG = 35.0
"Turn in which the hidden side is laid out flat."
_JUTS = 0.015
"As soon as the hidden side juts out by so much, in inter-ocular distances, the outline is skin: \
it would be a line on the cheek. That takes some five degrees of turn."
_OPAQUE = 255
_BEYOND_FEATURES = 0.08
"Hairs and a lip's red reach so far beyond the landmarks, in inter-ocular distances."
_BLEND = 0.03
"Made-up skin begins so softly on what is seen, in inter-ocular distances."
_FINE = 0.3
"What is coarser on a face than this share of what is grain on a wall belongs to its place there."
_FORESHORTENED = 4.0
"A face's outline shows skin about so much narrower than it is; its grain must be as fine."
_MARGIN = 2
"Pixels round what is laid out flat."


@dataclass(frozen=True, slots=True)
class FarSide:
    """A face's mesh and texture, with what its hidden side shows when it comes to light.

    Vertices are the landmarks, the head layer's, the oval once more (the hem that the head layer
    begins at), and once more the landmarks of what is hidden.
    """

    person: RGB
    "(h, w, 4) the texture, with hidden skin laid out beside it."
    person_in_light: RGB
    "The same once the hidden side has come to light."
    vertices: NDArray[np.float32]
    "(n, 2) pixels of the texture."
    vertices_in_light: NDArray[np.float32]
    "(n, 2) what lies beside the face begins beyond the outline then."
    is_hidden: NDArray[np.bool_]
    "(36,) which points of the oval lie behind the face."
    behind: NDArray[np.int64]
    "(b,) landmarks that lie behind what is seen."
    contour: NDArray[np.int64]
    "(c,) landmarks that what is seen ends at."
    triangles: NDArray[np.int32]
    "(t, 3) of the face's skin."
    head_size: float
    "Inter-ocular distance at rest, pixels."

    @property
    def again(self) -> NDArray[np.int64]:
        """(b + c,) landmarks that the last vertices are."""
        return np.concatenate([self.behind, self.contour])

    def in_texture(self, in_light: float) -> NDArray[np.float32]:
        """(n, 2) where vertices are in the texture, when so much has come to light, 0..1."""
        change = self.vertices_in_light - self.vertices
        return self.vertices + np.float32(in_light) * change

    def in_light(self, landmarks: Floats, scale: float) -> float:
        """How much of the hidden side has come to light, 0..1: by how far it juts out.

        Args:
            landmarks: (478, 2 or 3) where those of the face are drawn then, pixels.
            scale: how many times as large as at rest the head is.
        """
        if not self.contour.size:
            return 0.0
        points = landmarks[:, :2].astype(np.float64)
        oval = points[list(OVAL)]
        way = oval[self.is_hidden].mean(axis=0) - oval.mean(axis=0)
        way /= max(float(np.linalg.norm(way)), 1e-3)
        out, along = points @ way, points @ [-way[1], way[0]]
        contour = self.contour[np.argsort(along[self.contour])]
        seen = np.interp(along[self.behind], along[contour], out[contour])
        juts = float((out[self.behind] - seen).max(initial=0.0))
        return smoothstep(juts / (_JUTS * self.head_size * scale))


def far_side(
    landmarks: Landmarks,
    rings: NDArray[np.float32],
    triangles: NDArray[np.int32],
    person: RGB,
    head_size: float,
) -> FarSide:
    """What is hidden of a face.

    Args:
        landmarks: (478, 3) at rest, texture pixels.
        rings: (n, 2) the head layer's vertices, 36 by 36, each out of one of the oval's.
        triangles: (t, 3) of the face's skin.
        person: (h, w, 4) the texture, RGB and alpha.
        head_size: inter-ocular distance, pixels.
    """
    oval = list(OVAL)
    points = np.ascontiguousarray(landmarks[:, :2], np.float32)
    vertices = np.vstack([points, rings, points[oval]]).astype(np.float32)
    is_front = _is_front(points, triangles)
    hidden = _behind_oval(triangles, is_front)
    middle = points[oval].mean(axis=0)
    arms = (points[oval] - middle)[hidden[oval]].sum(axis=0).astype(np.float64)
    way = arms / max(float(np.linalg.norm(arms)), 1e-3)
    # A narrow face may hide a little of its other side, too.
    hidden &= (points - middle) @ way > 0.0
    if not hidden[oval].any():
        return _nothing_hidden(person, vertices, triangles)
    around, little = (
        np.ones((1 + 2 * max(1, round(reach * head_size)),) * 2, np.uint8)
        for reach in (_EDGE, _LITTLE)
    )
    face = _filled(points, triangles[is_front], person.shape[:2])
    inside = cv2.erode(face * (person[..., 3] == _OPAQUE), around) == 1
    aside = _aside(person.shape[:2], middle, points[oval][hidden[oval]], way)
    eyes, features = _features(points, person.shape[:2], head_size)
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    beside = inside & (depth < _WITHIN * head_size) & (aside > 0.0) & ~features
    if not beside.any():
        return _nothing_hidden(person, vertices, triangles)
    skin = _Skin(person, beside, inside & ~features, way, head_size)
    near = cv2.dilate(face, around) == 1
    room = (cv2.dilate(face, little) == 1) & ~eyes
    outline = _tapered(room & ~inside, inside, aside, _DEEPEST * head_size)
    in_light = skin.painted_over(person, outline, room, max(0.7, _BLEND * head_size))
    is_behind = np.asarray(hidden[triangles].any(axis=1))
    contour = np.intersect1d(triangles[is_behind], triangles[~is_behind]).astype(np.int64)
    behind = np.setdiff1d(triangles[is_behind], contour).astype(np.int64)
    again = np.concatenate([behind, contour])
    sheet, flat = skin.laid_out(landmarks[again])
    flat[:, 0] += person.shape[1]
    beyond = vertices.copy()
    beyond[LANDMARK_COUNT:] = _drawn_out(
        vertices[LANDMARK_COUNT:], points[oval], hidden[oval], ~near, head_size
    )
    number = np.arange(LANDMARK_COUNT, dtype=np.int32)
    number[again] = len(vertices) + np.arange(len(again))
    return FarSide(
        person=_side_by_side(person, sheet),
        person_in_light=_side_by_side(in_light, sheet),
        vertices=np.vstack([vertices, flat]),
        vertices_in_light=np.vstack([beyond, flat]),
        is_hidden=hidden[oval],
        behind=behind,
        contour=contour,
        triangles=np.where(is_behind[:, None], number[triangles], triangles),
        head_size=head_size,
    )


def _nothing_hidden(
    person: RGB, vertices: NDArray[np.float32], triangles: NDArray[np.int32]
) -> FarSide:
    none = np.empty(0, np.int64)
    return FarSide(
        person=person,
        person_in_light=person,
        vertices=vertices,
        vertices_in_light=vertices,
        is_hidden=np.zeros(len(OVAL), bool),
        behind=none,
        contour=none,
        triangles=triangles,
        head_size=1.0,
    )


class _Skin:
    """Skin as it is seen beside the outline, from one end of the face to the other."""

    def __init__(
        self,
        person: RGB,
        beside: NDArray[np.bool_],
        bare: NDArray[np.bool_],
        way: NDArray[np.float64],
        head_size: float,
    ) -> None:
        """Learn it.

        Args:
            person: (h, w, 4) the texture.
            beside: (h, w) where in it such skin is.
            bare: (h, w) where any of the face's is, which has the same grain.
            way: (2,) to the hidden side.
            head_size: inter-ocular distance, pixels.
        """
        self._way, self._across = way, np.array([-way[1], way[0]])
        rows, columns = np.nonzero(beside)
        levels = np.round(np.stack([columns, rows], axis=1) @ self._across).astype(int)
        self._first = int(levels.min())
        count = np.bincount(levels - self._first)
        known = np.flatnonzero(count)
        means = [
            np.bincount(levels - self._first, channel)[known] / count[known]
            for channel in person[beside][:, :3].T
        ]
        every = np.stack([np.interp(np.arange(len(count)), known, mean) for mean in means], axis=1)
        window = 1 + 2 * max(1, round(_UNLIKE * head_size))
        usual = cv2.medianBlur(np.round(every).astype(np.uint8)[:, None], window)
        sigma = max(0.5, _EVEN * head_size)
        self._colours = cv2.GaussianBlur(usual.astype(np.float32), (0, 0), sigma)[:, 0]
        face = bounds(bare)
        self._grain = grain(person[face][..., :3], bare[face], _FINE * head_size)

    def painted_over(
        self, person: RGB, share: NDArray[np.float32], room: NDArray[np.bool_], softness_px: float
    ) -> RGB:
        """The texture (h, w, 4) with skin over a `share` (h, w), 0..1; softly, within `room`."""
        box = bounds(room)
        soft = cv2.GaussianBlur(share[box], (0, 0), softness_px) * room[box]
        share = np.maximum(share[box], soft)[..., None]
        rows, columns = np.ogrid[box]
        forth, levels = (columns * x + rows * y for x, y in (self._way, self._across))
        skin = self._at(_FORESHORTENED * forth, levels)
        painted = person.copy()
        painted[box] = np.round(person[box] + share * (skin - person[box]))
        return painted

    def laid_out(self, landmarks: Landmarks) -> tuple[RGB, NDArray[np.float32]]:
        """A sheet of skin (h, w, 4), and where in it landmarks (m, 3) of the texture are."""
        turn = math.radians(_SEEN_DEG)
        points = landmarks.astype(np.float64)
        forth = points[:, :2] @ self._way * math.cos(turn) + points[:, 2] * math.sin(turn)
        flat = np.stack([forth, points[:, :2] @ self._across], axis=1)
        start = flat.min(axis=0) - _MARGIN
        width, height = np.ceil(flat.max(axis=0) - start).astype(int) + _MARGIN
        sheet = self._at(np.arange(width)[None], start[1] + np.arange(height)[:, None])
        return np.round(sheet).astype(np.uint8), (flat - start).astype(np.float32)

    def _at(self, forth: NDArray[np.floating], levels: NDArray[np.floating]) -> NDArray[np.float32]:
        """(h, w, 4) skin at places that are told by (h or 1, w or 1) pixels both ways.

        Args:
            forth: towards what is hidden; only the grain changes that way.
            levels: across it.
        """
        index = np.clip(np.round(levels).astype(int) - self._first, 0, len(self._colours) - 1)
        height, width = self._grain.shape[:2]
        grained = self._grain[levels.astype(int) % height, forth.astype(int) % width]
        skin = np.full((*grained.shape[:2], 4), _OPAQUE, np.float32)
        skin[..., :3] = np.clip(self._colours[index] + grained, 0.0, 255.0)
        return skin


def _side_by_side(person: RGB, sheet: RGB) -> RGB:
    """(h, w, 4) the texture, and the sheet to its right."""
    height = max(len(person), len(sheet))
    wide = np.zeros((height, person.shape[1] + sheet.shape[1], 4), np.uint8)
    wide[: len(person), : person.shape[1]] = person
    wide[: len(sheet), person.shape[1] :] = sheet
    return wide


def _aside(
    shape: tuple[int, ...],
    middle: NDArray[np.float32],
    hidden: NDArray[np.float32],
    way: NDArray[np.float64],
) -> NDArray[np.float32]:
    """(h, w) 0..1: whether a pixel lies the same way from the middle as a `hidden` point (n, 2)."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    angles = _angle(columns + 0.5 - middle[0], rows + 0.5 - middle[1], way)
    bounds = _angle(hidden[:, 0] - middle[0], hidden[:, 1] - middle[1], way)
    beyond = np.maximum(bounds.min() - angles, angles - bounds.max())
    share: NDArray[np.float32] = smoothstep(1.0 - beyond / _ENDS_OVER).astype(np.float32)
    return share


def _tapered(
    outline: NDArray[np.bool_],
    inside: NDArray[np.bool_],
    aside: NDArray[np.float32],
    deepest_px: float,
) -> NDArray[np.float32]:
    """(h, w) 0..1: of the outline what is near what lies inside, by as much as `aside` says.

    Fading it out there would leave a blurred notch between its outer edge and the face's own.
    """
    distance = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5)
    share = np.where(aside < 1.0, np.clip(aside * deepest_px - distance + 0.5, 0.0, 1.0), 1.0)
    return np.asarray(share * outline, np.float32)


def _angle(
    x: NDArray[np.floating], y: NDArray[np.floating], way: NDArray[np.float64]
) -> NDArray[np.float64]:
    """From the way to the hidden side, -pi..pi."""
    angle: NDArray[np.float64] = np.arctan2(y * way[0] - x * way[1], x * way[0] + y * way[1])
    return angle


def _features(
    landmarks: NDArray[np.float32], shape: tuple[int, ...], head_size: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(h, w) where eyes are, and where eyes, lashes, brows and lips are."""
    eyes = np.zeros(shape, np.uint8)
    for eye in EYES:
        cv2.fillPoly(eyes, [np.round(landmarks[list(eye.ring)]).astype(np.int32)], 1)
    features = eyes.copy()
    for outline in (LEFT_BROW, RIGHT_BROW, (*UPPER_LIP, *LOWER_LIP)):
        hull = cv2.convexHull(np.round(landmarks[list(outline)]).astype(np.int32))
        cv2.fillConvexPoly(features, hull, 1)
    reach = 1 + 2 * max(1, round(_BEYOND_FEATURES * head_size))
    return eyes > 0, cv2.dilate(features, np.ones((reach, reach), np.uint8)) > 0


def _filled(
    vertices: NDArray[np.float32], triangles: NDArray[np.int32], size: tuple[int, ...]
) -> NDArray[np.uint8]:
    """(h, w) 1 where triangles are and in what they enclose, as eyes and mouth."""
    face = np.zeros(size, np.uint8)
    for corners in np.round(vertices[triangles]).astype(np.int32):
        cv2.fillConvexPoly(face, corners, 1)
    outlines, _ = cv2.findContours(face, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(face, outlines, -1, 1, cv2.FILLED), np.uint8)


def _drawn_out(
    points: NDArray[np.float32],
    oval: NDArray[np.float32],
    hidden: NDArray[np.bool_],
    is_beyond: NDArray[np.bool_],
    head_size: float,
) -> NDArray[np.float32]:
    """(n, 2) where those points get their texture from that lie beyond the oval.

    It is to begin beyond the outline, not at hidden points, which lie within it; and evenly, since
    all of it from one place would be lines.

    Args:
        points: (n, 2) 36 by 36, each on the way out from one of the oval's.
        oval: (36, 2).
        hidden: (36,) which of them lie behind the face.
        is_beyond: (h, w) where neither the face nor its outline is.
        head_size: inter-ocular distance, pixels.
    """
    arms = oval - oval.mean(axis=0)
    ways = arms / np.maximum(np.linalg.norm(arms, axis=1), 1e-3)[:, None]
    steps = _OUTWARDS * head_size
    on_way = oval + steps[:, None, None] * ways
    to_edge = np.where(hidden, steps[_at(on_way, is_beyond).argmax(axis=0)], 0.0)
    spokes = np.arange(len(points)) % len(oval)
    far = np.linalg.norm(points - oval[spokes], axis=1)
    further = np.maximum(to_edge[spokes] - far / _DRAWN_OUT, 0.0)
    drawn_out: NDArray[np.float32] = points + further[:, None] * ways[spokes]
    return drawn_out.astype(np.float32)


def _at(points: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(...,) what the mask says at points (..., 2), or at its border beyond it."""
    last = np.array(mask.shape[::-1]) - 1
    across, down = np.moveaxis(np.clip(np.round(points).astype(int), 0, last), -1, 0)
    result: NDArray[np.bool_] = mask[down, across]
    return result


def _is_front(vertices: NDArray[np.float32], triangles: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(t,) which triangles face the viewer, as most do."""
    areas = signed_areas(vertices.astype(np.float64), triangles.astype(np.intp))
    result: NDArray[np.bool_] = areas * np.sign(areas.sum()) > 0
    return result


def _behind_oval(triangles: NDArray[np.int32], is_front: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(478,) landmarks all of whose triangles turn their backs, as far as they reach the oval."""
    back = np.zeros(LANDMARK_COUNT, bool)
    back[triangles] = True
    back[triangles[is_front]] = False
    hidden = np.zeros(LANDMARK_COUNT, bool)
    hidden[list(OVAL)] = back[list(OVAL)]
    for _ in OVAL:
        linked = np.zeros(LANDMARK_COUNT, bool)
        linked[triangles[hidden[triangles].any(axis=1)]] = True
        hidden |= linked & back
    return hidden
