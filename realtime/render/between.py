"""A picture of a moving face, bent to where the face is by now."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.kernels.raster import clear_depth, draw_mesh, pack_texels
from realtime.models.face_mesh import (
    ALL_MOUTH_CORNERS,
    EYES,
    INNER_LIP_LOWER,
    INNER_LIP_UPPER,
    LOWER_LIP,
    MOUTH_CORNERS,
    UPPER_LIP,
    inter_ocular,
)
from realtime.render.head_layer import HeadLayer
from realtime.render.mesh import on_mesh
from realtime.types import LANDMARK_COUNT, RGB, Landmarks, Motion, Similarity

MOST_CHANGE = 0.12
"Widths of an eye or mouth by which it is opened or shut: beyond it, lips and lids show smeared."
_MOST_SHIFT = 0.09
"Sides of the picture by which the face is shifted: beyond it, hair is drawn out like dough."
_BORDER = 0.25
"Sides of the picture over which motion dies away towards the border, which stays in place."


@dataclass(frozen=True, slots=True)
class _Opening:
    corners: tuple[int, int]
    upper: tuple[int, ...]
    lower: tuple[int, ...]
    around: tuple[int, ...]
    reach: float
    "How far its motion is felt, in inter-ocular distances."

    def heights(self, landmarks: Landmarks | NDArray[np.float64]) -> NDArray[np.float64]:
        between = landmarks[list(self.lower), :2] - landmarks[list(self.upper), :2]
        heights: NDArray[np.float64] = np.linalg.norm(between, axis=1)
        return heights

    def nearness(self, landmarks: Landmarks) -> NDArray[np.float64]:
        """(478, 1), 1 on the opening itself, 0 far away."""
        offsets = landmarks[:, None, :2] - landmarks[None, list(self.around), :2]
        nearest = (offsets**2).sum(axis=2).min(axis=1)
        reach_px = self.reach * inter_ocular(landmarks)
        near: NDArray[np.float64] = np.exp(-nearest / reach_px**2)[:, None]
        return near


_OPENINGS = (
    _Opening(
        MOUTH_CORNERS,
        INNER_LIP_UPPER,
        INNER_LIP_LOWER,
        (*UPPER_LIP, *LOWER_LIP, *ALL_MOUTH_CORNERS),
        reach=0.4,
    ),
    *(_Opening(eye.corners, eye.upper, eye.lower, eye.ring, reach=0.16) for eye in EYES),
)


class Still:
    """What a picture of the avatar looks like under another motion than its own.

    The head is followed as far as its hair allows. Eyes and mouth open and shut a little only: what
    would come to light is not in the picture.
    """

    def __init__(
        self,
        picture: RGB,
        corner: tuple[int, int],
        motion: Motion,
        triangles: NDArray[np.int32],
        most_change: float = MOST_CHANGE,
    ) -> None:
        """Keep `picture`, which is the caller's no more.

        Args:
            picture: a cut out of the canvas, drawn under `motion`.
            corner: its left and top on the canvas, pixels.
            motion: what it was drawn under.
            triangles: (t, 3) of the face mesh.
            most_change: see `MOST_CHANGE`.
        """
        height, width = picture.shape[:2]
        self._picture = picture
        self._offset = np.array([*corner, 0], np.float32)
        self._landmarks = motion.landmarks - self._offset
        self._head = motion.head
        self._most_change = most_change
        bounds = np.array([0, 0, width, height], np.float32)
        self._layer = HeadLayer(self._landmarks, inter_ocular(self._landmarks), bounds)
        room = np.minimum(self._layer.rest, bounds[2:] - self._layer.rest).min(axis=1)
        self._freedom = smoothstep(room / (_BORDER * min(width, height)))[:, None]
        self._nearness = [opening.nearness(self._landmarks) for opening in _OPENINGS]
        self._triangles = np.concatenate([on_mesh(self._layer.triangles), triangles])
        rest = np.vstack([self._landmarks[:, :2], self._layer.rest])
        # A pixel more on every side, since what reaches out of the texture is not drawn.
        self._source_vertices = (rest + 1).astype(np.float32)
        padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="edge")
        opaque = np.full(padded.shape[:2], 255, np.uint8)
        self._even_light = np.ones(len(rest), np.float32)
        self._texels = pack_texels(np.dstack([padded, opaque]))
        self._window = np.array([0, 0, width, height], np.int64)
        self._depth = np.empty((height, width), np.float32)
        self._most_shift = _MOST_SHIFT * min(width, height)

    def draw(self, motion: Motion, out: RGB) -> None:
        """Draw the picture as `motion` would have it into `out`, of the picture's own size."""
        head = self._head_since(motion.head)
        turned = head.scale * self._landmarks @ head.rotation.T + head.translation
        landmarks = self._calm(turned, motion.landmarks - self._offset)
        landmarks, head = self._limit(landmarks, head)
        rings, ring_depth = self._layer.move(landmarks, head)
        rings = self._layer.rest + self._freedom * (rings - self._layer.rest)
        vertices = np.vstack([landmarks[:, :2], rings]).astype(np.float32)
        depth = np.concatenate([landmarks[:, 2], ring_depth])
        np.copyto(out, self._picture)
        clear_depth(self._depth)
        draw_mesh(
            vertices, depth, self._even_light, self._source_vertices, self._triangles,
            self._texels, self._picture, self._window, self._depth, out,
        )  # fmt: skip

    def _limit(self, landmarks: Landmarks, head: Similarity) -> tuple[Landmarks, Similarity]:
        """As far on the way to `landmarks` and `head` as the picture can be bent."""
        way = landmarks - self._landmarks
        far = float(np.linalg.norm(way[:, :2], axis=1).mean())
        share = self._most_shift / max(far, self._most_shift)
        # Not a rotation any more: every point goes straight on its way.
        straight = np.eye(3) + share * (head.scale * head.rotation - np.eye(3))
        limited = (self._landmarks + share * way).astype(np.float32)
        return limited, Similarity(1.0, straight, share * head.translation)

    def _head_since(self, head: Similarity) -> Similarity:
        """From the picture's own pose to `head`'s, in the picture's pixels."""
        scale = head.scale / self._head.scale
        rotation = head.rotation @ self._head.rotation.T
        # Both are given for the canvas, whose origin is not the picture's.
        start = self._head.translation - self._offset
        end = head.translation - self._offset
        return Similarity(scale, rotation, end - scale * rotation @ start)

    def _calm(self, turned: NDArray[np.float64], landmarks: Landmarks) -> Landmarks:
        """`landmarks`, or near an opening that changes too much something nearer to `turned`."""
        share = np.ones((LANDMARK_COUNT, 1))
        for opening, near in zip(_OPENINGS, self._nearness, strict=True):
            first, last = turned[list(opening.corners), :2]
            change = np.abs(opening.heights(landmarks) - opening.heights(turned)).max()
            most = self._most_change * float(np.linalg.norm(last - first))
            if change > most:
                share *= 1.0 - (1.0 - most / change) * near
        return (turned + share * (landmarks - turned)).astype(np.float32)
