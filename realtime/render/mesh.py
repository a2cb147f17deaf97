"""The mesh renderer: a portrait bent by its face mesh, without any weights.

Back to front: the background plate; the head layer and the face's skin, one textured mesh with a
depth test, lit as the portrait is; eyeballs and mouth, painted into their openings. Plate and mesh
in bands, then eyes and mouth, are drawn by two threads, whichever is free: the landmarker's core
mostly is by then.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.kernels.outline import soften_outlines
from realtime.kernels.raster import clear_depth, draw_mesh
from realtime.models.face_mesh import EYES, OVAL, FaceMesh, inter_ocular
from realtime.render.brows import Brows
from realtime.render.crown import Crown, Cut, cut_off
from realtime.render.cut_out import crispen, extend, refine_matte, separate, within
from realtime.render.eyeball import Eyeball
from realtime.render.far_side import far_side
from realtime.render.head_layer import HeadLayer
from realtime.render.mouth import Mouth
from realtime.render.portrait import Portrait
from realtime.render.shading import Shading
from realtime.render.sockets import Sockets
from realtime.render.texture import Texture
from realtime.types import LANDMARK_COUNT, RGB, Floats, Landmarks, Motion, Presence, Similarity

_PAD = 1.0
"Texture beyond the portrait's edges, in inter-ocular distances, for a head that the edge cuts off."
_CHEEKS = (50, 280)
"What lies deeper than these landmarks is a side of the face."
_SIDES_SHARE = 0.6
"How much of that further depth a side of a far turned head loses."
_SIDES_FROM_DEG, _SIDES_OVER_DEG = 12.0, 18.0
"Turn from which sides begin to be held, and further turn until they are held wholly."
_STILL = np.array(OVAL)
"Landmarks that tell by how much the head is away from rest, whatever its face does."
_STILL_PX = 0.6
"A head nearer to rest than this is drawn from the portrait's own pixels, else from crisper ones."
_FAR_BEHIND = np.float32(1e4)
_HIDDEN = 0.1
"An outline is hidden behind what is nearer by this, in inter-ocular distances."
_BANDS = 8
"Of rows, with as much of the person in each; fewer share the work less evenly."
_COLUMN = 0.3
"Width in inter-ocular distances: a few triangles."
_SETTLED_PX = 1.5
"An outline that is this far from rest is drawn as any other."


class Band(NamedTuple):
    """Rows that are drawn at once."""

    rows: slice
    window: NDArray[np.int64]
    "(4,) left, top, right, bottom of what of them the mesh may cover."


class MeshRenderer:
    """Implements `realtime.render.Renderer`."""

    def __init__(self, portrait: Portrait, mesh: FaceMesh) -> None:
        """Do all work that is the same for every picture."""
        self._window = portrait.window
        left, top, right, bottom = portrait.window
        corner = np.array([left, top, 0], np.float32)
        landmarks = portrait.landmarks - corner
        picture = np.ascontiguousarray(portrait.canvas[top:bottom, left:right])
        head_size = inter_ocular(landmarks)
        inside = within(landmarks[list(OVAL), :2], picture.shape)
        matte = refine_matte(portrait.matte[top:bottom, left:right], picture, head_size)
        pad = max(4, int(_PAD * head_size))
        bounds = np.array(
            [2 - pad, 2 - pad, right - left + pad - 2, bottom - top + pad - 2], np.float32
        )
        self._layer = HeadLayer(portrait.landmarks, head_size, bounds + np.tile(corner[:2], 2))
        weight = self._layer.weight_map(portrait.canvas.shape[1], portrait.canvas.shape[0])
        person, plate = separate(picture, matte, inside, weight[top:bottom, left:right], head_size)
        self._plate = portrait.canvas.copy()
        self._plate[top:bottom, left:right] = plate
        self._crown = self._find_crown(portrait, person[..., 3], head_size)
        person = extend(person, pad, head_size)
        in_texture = landmarks + np.array([pad, pad, 0], np.float32)
        face = mesh.triangles[~mesh.in_openings]
        self._brows = Brows(portrait.canvas, portrait.landmarks, face, head_size)
        rest = np.column_stack([self._brows.at_rest() - corner[:2] + pad, landmarks[:, 2]])
        around = (self._layer.rest - corner[:2] + pad).astype(np.float32)
        side = self._far_side = far_side(rest, around, face, person, head_size)
        looks = [side.person]
        if side.person_in_light is not side.person:
            looks.append(side.person_in_light)
        self._texture = Texture(in_texture, head_size, *looks)
        self._crisp_texture = Texture(in_texture, head_size, *map(crispen, looks))
        self._in_light, self._source_vertices = 0.0, side.vertices
        hem = LANDMARK_COUNT + len(around)
        rings = _hemmed(on_mesh(self._layer.triangles), hem, side.is_hidden)
        skin = np.ascontiguousarray(np.concatenate([rings, side.triangles]))
        self._openings = np.ascontiguousarray(mesh.triangles[mesh.in_openings])
        self._skin = _column_by_column(
            _seen(skin, (side.vertices, side.vertices_in_light), side.person[..., 3]),
            side.vertices,
            _COLUMN * head_size,
        )
        self._again = np.concatenate([_STILL, side.again])
        # What is hidden has vertices of its own, but its outlines are shared.
        once = np.concatenate([np.arange(hem + len(OVAL)), side.again]).astype(np.int32)
        self._edges = _outlines(once[self._skin])
        self._hidden = _HIDDEN * head_size
        self._eyeballs = [Eyeball(portrait.canvas, portrait.landmarks, eye) for eye in EYES]
        self._mouth = Mouth(portrait.canvas, portrait.landmarks, head_size)
        self._hidden_depth = _hidden_depth(
            portrait.landmarks, self._layer.spokes, self._layer.weight, self._again
        )
        self._shading = Shading(portrait.canvas, portrait.landmarks, mesh.triangles, head_size)
        self._sockets = Sockets(portrait.landmarks, self._shading.room, head_size)
        self._vertices = np.empty_like(self._source_vertices)
        self._vertex_depth, self._far_depth, self._vertex_light = np.empty(
            (3, len(self._vertices)), np.float32
        )
        self._depth = np.empty(portrait.canvas.shape[:2], np.float32)
        self._rest = portrait.landmarks[:, :2].copy()
        drawn = (np.maximum(matte, inside) > 0.0) & (weight[top:bottom, left:right] > 0.0)
        self._bands = _bands(top + _equal_rows(drawn), self._window, len(self._plate))
        self._second_hand = ThreadPoolExecutor(1, "mimicam-draw")
        self._outline, self._left_over = self._left_at_rest(portrait)

    @property
    def size(self) -> tuple[int, int]:
        """See `Renderer.size`."""
        return self._plate.shape[1], self._plate.shape[0]

    def render(self, motion: Motion, out: RGB) -> None:
        """See `Renderer.render`."""
        offset_px = float(np.abs(motion.landmarks[_STILL, :2] - self._rest[_STILL]).max())
        self._compose(motion, offset_px >= _STILL_PX, out)
        self._settle(offset_px, out)

    def close(self) -> None:
        """See `Renderer.close`."""
        self._second_hand.shutdown()

    def _compose(self, motion: Motion, is_crisp: bool, out: RGB) -> None:
        """Draw plate, head, eyes and mouth."""
        texture = self._crisp_texture if is_crisp else self._texture
        self._place(motion)
        side = self._far_side
        in_light = side.in_light(self._vertices[:LANDMARK_COUNT], motion.head.scale)
        if in_light != self._in_light:
            self._in_light, self._source_vertices = in_light, side.in_texture(in_light)
        texels = texture.texels(motion.landmarks, motion.head.scale, in_light)
        self._draw_mesh(texels, is_crisp, out)
        self._paint_features(motion.head, out)

    def _place(self, motion: Motion) -> None:
        """Where each vertex is to be, how deep, and in how much light."""
        landmarks, head = motion.landmarks, motion.head
        rings, ring_depth = self._layer.move(landmarks, head)
        if self._crown is not None:
            self._crown.hold(rings)
        hem = LANDMARK_COUNT + len(rings)
        self._vertices[:LANDMARK_COUNT] = landmarks[:, :2]
        self._brows.place(landmarks, head, self._vertices)
        self._vertices[LANDMARK_COUNT:hem] = rings
        self._vertices[hem:] = self._vertices[self._again]
        self._hold_sides(head)
        self._vertex_depth[:LANDMARK_COUNT] = landmarks[:, 2]
        self._vertex_depth[LANDMARK_COUNT:hem] = ring_depth
        self._vertex_depth[hem:] = landmarks[self._again, 2]
        light = self._shading(head.rotation) * self._sockets(landmarks, head.scale)
        self._vertex_light[:LANDMARK_COUNT] = light
        self._vertex_light[LANDMARK_COUNT:hem] = self._layer.lit(light[_STILL])
        self._vertex_light[hem:] = light[self._again]

    def _find_crown(
        self, portrait: Portrait, alpha: NDArray[np.uint8], head_size: float
    ) -> Crown | None:
        left, top, _, _ = self._window
        oval = portrait.landmarks[list(OVAL), :2]
        cut = cut_off(alpha, float(oval[0, 0]) - left, head_size)
        if cut is None:
            return None
        in_canvas = Cut(cut.left + left, cut.right + left, cut.row + top)
        return Crown(self._layer.rest, oval, in_canvas, head_size)

    def _hold_sides(self, head: Similarity) -> None:
        """Keep the sides of a far turned head from being drawn out.

        A portrait shows them at a slant, in few pixels; turned towards the viewer those would be
        streaks. From some turn on they follow as if they lay less deep.
        """
        slant = head.rotation[:2, 2]
        tilt_deg = math.degrees(math.asin(min(1.0, math.hypot(*slant))))
        share = smoothstep((tilt_deg - _SIDES_FROM_DEG) / _SIDES_OVER_DEG)
        if share > 0.0:
            self._vertices -= self._hidden_depth[:, None] * (share * head.scale * slant)

    def _left_at_rest(
        self, portrait: Portrait
    ) -> tuple[tuple[NDArray[np.int64], ...], NDArray[np.float32]]:
        """Where, and by how much, the portrait differs from its drawing at rest."""
        still = Similarity(1.0, np.eye(3), np.zeros(3))
        motion = Motion(portrait.landmarks, still, Presence.TRACKING, 0, 0)
        drawn = np.empty_like(portrait.canvas)
        self._compose(motion, False, drawn)
        left_over = portrait.canvas.astype(np.float32) - drawn
        outline = np.nonzero(np.abs(left_over).max(axis=2) > 1)
        return outline, left_over[outline]

    def _settle(self, offset_px: float, out: RGB) -> None:
        """Give the portrait's own pixels back to an outline that comes to rest."""
        share = np.float32(max(0.0, 1.0 - offset_px / _SETTLED_PX))
        if share > 0.0:
            mixed = out[self._outline] + share * self._left_over
            out[self._outline] = np.clip(mixed + 0.5, 0.0, 255.0).astype(np.uint8)

    def _draw_mesh(self, texels: NDArray[np.uint64], is_crisp: bool, out: RGB) -> None:
        """Draw plate and mesh."""
        np.add(self._vertex_depth, _FAR_BEHIND, out=self._far_depth)
        self._share_out([partial(self._draw_band, band, texels, out) for band in self._bands])
        if is_crisp:
            window = np.array(self._window, np.int64)
            soften_outlines(
                self._vertices, self._vertex_depth, self._edges, window,
                self._depth, self._hidden, out,
            )  # fmt: skip

    def _draw_band(self, band: Band, texels: NDArray[np.uint64], out: RGB) -> None:
        """Draw plate and mesh in some rows, on any thread."""
        np.copyto(out[band.rows], self._plate[band.rows])
        clear_depth(self._depth[band.rows])
        # The openings' own triangles come first and from far behind: skin covers them, and they
        # cover the plate where a lid or lip is not painted over.
        for depth, triangles in (
            (self._far_depth, self._openings),
            (self._vertex_depth, self._skin),
        ):
            draw_mesh(
                self._vertices, depth, self._vertex_light, self._source_vertices, triangles,
                texels, self._plate, band.window, self._depth, out,
            )  # fmt: skip

    def _paint_features(self, head: Similarity, out: RGB) -> None:
        """Draw what is between the lids and the lips."""
        drawn, light = self._vertices[:LANDMARK_COUNT], self._vertex_light[:LANDMARK_COUNT]
        self._share_out([
            *(partial(eye.paint, out, drawn, light, self._window) for eye in self._eyeballs),
            partial(self._mouth.paint, out, drawn, light, head, self._window),
        ])  # fmt: skip

    def _share_out(self, jobs: Sequence[Callable[[], None]]) -> None:
        """Do all jobs, each by whichever of two threads is free."""
        left = iter(jobs)
        other = self._second_hand.submit(_work_off, left)
        try:
            _work_off(left)
        finally:
            # On a busy machine its turn may not have come: nothing is left for it then.
            if not other.cancel():
                other.result()


def _work_off(jobs: Iterator[Callable[[], None]]) -> None:
    for job in jobs:
        job()


def _equal_rows(drawn: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(_BANDS - 1,) rows between which there are as many drawn pixels."""
    above = drawn.sum(axis=1).cumsum()
    rows: NDArray[np.int64] = np.searchsorted(above, above[-1] * np.arange(1, _BANDS) / _BANDS)
    return rows


def _column_by_column(
    triangles: NDArray[np.int32], vertices: Floats, width: float
) -> NDArray[np.int32]:
    """The triangles in an order in which each is drawn near the last one, in cached memory.

    `bench/kernels.py` prints what that buys over the canonical face's own order.

    Args:
        triangles: (t, 3) vertex numbers.
        vertices: (n, 2) pixels of the texture.
        width: of a column, pixels; each is drawn from top to bottom, then the next.
    """
    x, y = vertices[triangles].mean(axis=1).T
    order = np.lexsort((y, x // width))
    return np.ascontiguousarray(triangles[order])


def _bands(
    between: NDArray[np.int64], window: tuple[int, int, int, int], height: int
) -> list[Band]:
    """From top to bottom: of all `height` rows, cut `between`, and of the window."""
    left, top, right, bottom = window
    return [
        Band(
            slice(first, end),
            np.array([left, max(top, first), right, min(bottom, end)], np.int64),
        )
        for first, end in pairwise([0, *between.tolist(), height])
    ]


def _hidden_depth(
    landmarks: Landmarks,
    spokes: NDArray[np.int64],
    weight: NDArray[np.float64],
    again: NDArray[np.int64],
) -> NDArray[np.float64]:
    """(n,) how much less deep than it is each vertex may be taken to lie, pixels."""
    beyond = np.maximum(0.0, landmarks[:, 2] - landmarks[list(_CHEEKS), 2].mean())
    hidden = _SIDES_SHARE * beyond.astype(np.float64)
    return np.concatenate([hidden, hidden[_STILL][spokes] * weight, hidden[again]])


def on_mesh(rings: NDArray[np.int32]) -> NDArray[np.int32]:
    """The head layer's triangles, for vertices that are the landmarks and then its rings."""
    oval = np.array(OVAL, np.int32)
    return np.where(
        rings < len(OVAL),
        oval[np.minimum(rings, len(OVAL) - 1)],
        rings - len(OVAL) + LANDMARK_COUNT,
    ).astype(np.int32)


def _hemmed(
    rings: NDArray[np.int32], first: int, is_hidden: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """The head layer's triangles, ending at the hem, from vertex `first` on, where it is hidden."""
    replaced = np.arange(first, dtype=np.int32)
    oval = np.array(OVAL, np.int32)
    replaced[oval[is_hidden]] = first + np.flatnonzero(is_hidden)
    return replaced[rings]


def _outlines(triangles: NDArray[np.int32]) -> NDArray[np.int32]:
    """(e, 4) edges that may be outlines: their vertices, and the third ones of their triangles.

    Those are two; where the face ends at the hem, which has another texture, one, given twice.
    """
    found: dict[tuple[int, int], list[int]] = {}
    for a, b, c in triangles.tolist():
        for i, j, third in ((a, b, c), (b, c, a), (c, a, b)):
            found.setdefault((min(i, j), max(i, j)), []).append(third)
    edges = [(*edge, *thirds) for edge, thirds in found.items() if len(thirds) == 2]
    edges += [
        (*edge, *thirds, *thirds)
        for edge, thirds in found.items()
        if len(thirds) == 1 and set(OVAL).issuperset(edge)
    ]
    return np.array(edges, np.int32)


def _seen(
    triangles: NDArray[np.int32], in_texture: Iterable[Floats], alpha: NDArray[np.uint8]
) -> NDArray[np.int32]:
    """The triangles whose bounding box in the texture ever holds anything but transparency.

    The others would draw the plate over itself, which is work all the same.
    """
    total = np.pad((alpha > 0).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    corners = np.concatenate([vertices[triangles] for vertices in in_texture], axis=1)
    size = alpha.shape[::-1]
    left, top = np.clip(np.floor(corners.min(axis=1) - 0.5).astype(int), 0, size).T
    right, bottom = np.clip(np.ceil(corners.max(axis=1) + 0.5).astype(int) + 1, 0, size).T
    count = total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]
    return np.ascontiguousarray(triangles[count > 0])
