"""The head beyond the face mesh: hair, ears, neck and shoulders.

Rings of control points grow out of the face's oval. Points near the head move with it as one
rigid body, depth included; below the chin the motion fades out over neck and shoulders; a change
of the oval itself (a dropping jaw) dies away within a third of an inter-ocular distance.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.models.face_mesh import CHIN, OVAL
from realtime.types import Floats, Landmarks, Similarity

_RING_SCALES = (1.06, 1.13, 1.22, 1.34, 1.5, 1.72, 2.02, 2.42, 2.95, 3.65, 4.5, 5.6)
"The last ring lies beyond the end of every fade."
_HAIR_FADE = (2.6, 4.2)
"Above and beside the face: distances from the oval, in inter-ocular distances, from 1 to 0."
_NECK_FADE = (0.25, 2.2)
"Below the chin."
_BESIDE_FROM, _BESIDE_LOWER = 0.8, 0.5
"Farther from the oval than this, what lies beside the jaw is shoulder, not hair: it counts as \
lower by so much of the further distance."
_OVAL_DECAY = 0.35
_DEPTH_SLOPE = 0.3
"The head falls away from its outline by this much depth per pixel."
_BEHIND = 50.0
"Keeps the layer behind the face where the two overlap, pixels of depth."


class HeadLayer:
    """The ring mesh of one avatar.

    Vertices are the 36 points of the oval (shared with the face mesh), then the rings.
    """

    def __init__(self, landmarks: Landmarks, head_size: float, bounds: Floats) -> None:
        """Build the rings.

        Args:
            landmarks: (478, 3) the avatar at rest, pixels.
            head_size: inter-ocular distance, pixels.
            bounds: (4,) left, top, right, bottom that no point may leave, pixels.
        """
        oval = landmarks[list(OVAL)].astype(np.float64)
        self._head_size = head_size
        self.rest = _rings(oval[:, :2], bounds)
        spokes = np.tile(np.arange(len(OVAL)), len(_RING_SCALES))
        distance = np.linalg.norm(self.rest - oval[spokes, :2], axis=1)
        self._depth = oval[spokes, 2] + _DEPTH_SLOPE * distance
        self.spokes = spokes
        "Number in the oval of the point that each ring point grows out of."
        self._oval_share = np.exp(-distance / (_OVAL_DECAY * head_size))[:, None]
        self._oval = oval
        down = oval[OVAL.index(CHIN), :2] - oval[0, :2]
        self._down = down / np.linalg.norm(down)
        self._chin = oval[OVAL.index(CHIN), :2]
        self.weight = self._weigh(self.rest, distance)
        "(n,) how much each ring point follows the head, 0..1."
        triangles = _ring_triangles(len(OVAL), len(_RING_SCALES))
        # Where nothing moves the plate is the picture: no need to draw it once more.
        moves = np.concatenate([np.ones(len(OVAL), bool), self.weight > 0.0])
        self.triangles = triangles[moves[triangles].any(axis=1)]

    def move(self, landmarks: Landmarks, head: Similarity) -> tuple[Floats, Floats]:
        """Ring points under a motion.

        Args:
            landmarks: (478, 3) the avatar's landmarks under the motion.
            head: the head's rigid part of it.

        Returns:
            (n, 2) pixels and (n,) depths.
        """
        points = np.column_stack([self.rest, self._depth])
        rigid = head.scale * points @ head.rotation.T + head.translation
        oval_rigid = head.scale * self._oval @ head.rotation.T + head.translation
        oval_change = (landmarks[list(OVAL)] - oval_rigid)[self.spokes, :2]
        moved = (
            self.rest
            + self.weight[:, None] * (rigid[:, :2] - self.rest)
            + self._oval_share * oval_change
        )
        return moved.astype(np.float32), (rigid[:, 2] + _BEHIND).astype(np.float32)

    def weight_map(self, width: int, height: int) -> NDArray[np.float32]:
        """(height, width): how much each pixel follows the head, 0..1; 1 inside the face."""
        outside = np.full((height, width), 255, np.uint8)
        cv2.fillPoly(outside, [np.round(self._oval[:, :2]).astype(np.int32)], 0)
        distance = cv2.distanceTransform(outside, cv2.DIST_L2, 5)
        ys, xs = np.mgrid[0:height, 0:width]
        points = np.stack([xs, ys], axis=-1).reshape(-1, 2) + 0.5
        weight = self._weigh(points, distance.reshape(-1).astype(np.float64))
        return weight.reshape(height, width).astype(np.float32)

    def _weigh(
        self, points: NDArray[np.float64], distance: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        distance = distance / self._head_size
        below = (points - self._chin) @ self._down / self._head_size
        hair = 1.0 - _ramp(distance, *_HAIR_FADE)
        neck = 1.0 - _ramp(distance, *_NECK_FADE)
        beside = np.maximum(0.0, distance - _BESIDE_FROM)
        is_neck = _ramp(below + _BESIDE_LOWER * beside, -0.5, 0.2)
        result: NDArray[np.float64] = hair * (1.0 - is_neck) + neck * is_neck
        return result


def _ramp(x: NDArray[np.float64], start: float, end: float) -> NDArray[np.float64]:
    return smoothstep((x - start) / (end - start))


def _rings(oval: NDArray[np.float64], bounds: Floats) -> NDArray[np.float64]:
    """Ring points, ring after ring; a spoke that meets the bounds ends there."""
    centre = oval.mean(axis=0)
    arms = oval - centre
    room = np.where(arms > 0, bounds[2:] - centre, bounds[:2] - centre) / np.where(
        np.abs(arms) < 1e-6, 1e-6, arms
    )
    reach = np.maximum(room.min(axis=1), 1.0)
    rings = [centre + arms * np.minimum(scale, reach)[:, None] for scale in _RING_SCALES]
    return np.concatenate(rings)


def _ring_triangles(spokes: int, rings: int) -> NDArray[np.int32]:
    """Two triangles per cell; vertex numbers 0..spokes-1 are the oval."""
    triangles = []
    for ring in range(rings):
        for spoke in range(spokes):
            after = (spoke + 1) % spokes
            inner, inner_after = ring * spokes + spoke, ring * spokes + after
            outer, outer_after = inner + spokes, inner_after + spokes
            triangles += [(inner, outer, outer_after), (inner, outer_after, inner_after)]
    return np.array(triangles, np.int32)
