"""The head beyond the face mesh: hair, ears, neck and shoulders.

Rings of control points grow out of the face's oval. Points near the head move with it as one
rigid body, depth included; below the chin the motion fades out over neck and shoulders, which
follow farther down when the whole person moves; a change of the oval itself (a dropping jaw) dies
away within a third of an inter-ocular distance.
"""

import math

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
_NECK_FADE = (-0.2, 1.0)
"Below the chin, while the head turns and nods."
_BODY_FADE = (0.6, 3.0)
"Below the chin, when the person moves: a neck bends, but it is not drawn out."
_NECK_ALONE, _BODY_TOO = 0.2, 1.2
"So far the head is shifted by its neck alone, and from there on with the body, in inter-ocular \
distances."
_BESIDE_FROM, _BESIDE_LOWER = 0.8, 0.5
"Farther from the oval than this, what lies beside the jaw is shoulder, not hair: it counts as \
lower by so much of the further distance."
_OVAL_DECAY = 0.35
_DEPTH_SLOPES = (0.3, 1.0, 1.2)
"The head falls away from the oval by this much depth per pixel: below it, beside it, above it. \
Hair's outline lies as deep as the middle of the head: a nod brings the crown to sight."
_DEEPEST = 1.0
"It does no more where this far from the oval, in inter-ocular distances."
_FIRM = np.array([168, 6, 197, 33, 133, 362, 263, 127, 356, 162, 389])
"Landmarks of nose, eyes' corners and temples. What the skull does they tell best: a smile is no \
part of it, though the head's fit takes some for a larger head that is farther up."
_PIVOT_DEPTH = 0.3
"The neck's, below the skull, beyond the deepest point of the oval, in inter-ocular distances."
_BEHIND = 50.0
"Keeps the layer behind the face where the two overlap, pixels of depth."
_OVAL = np.array(OVAL)
_AS_COMPLEX = np.array([1.0, 1.0j])


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
        self.spokes = spokes
        "Number in the oval of the point that each ring point grows out of."
        self._oval_share = np.exp(-distance / (_OVAL_DECAY * head_size))[:, None]
        self._oval = oval
        firm = landmarks[_FIRM].astype(np.float64)
        self._firm_middle = firm.mean(axis=0)
        self._firm = firm - self._firm_middle
        down = oval[OVAL.index(CHIN), :2] - oval[0, :2]
        self._down = down / np.linalg.norm(down)
        self._chin = oval[OVAL.index(CHIN), :2]
        self.weight = self._weigh(self.rest, distance, _BODY_FADE)
        "(n,) how much each ring point follows the head at most, 0..1."
        self.turn_weight = self._weigh(self.rest, distance, _NECK_FADE)
        "(n,) how much it follows a head that only turns."
        pivot = [*self._chin, oval[:, 2].max() + _PIVOT_DEPTH * head_size]
        rings = np.column_stack([self.rest, oval[spokes, 2] + self._fall(distance)])
        self._points = np.vstack([rings, oval, pivot])
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
        matrix, translation = self._skull(landmarks, head)
        skull = self._points @ matrix.T + translation
        count = len(self.rest)
        rings, oval, pivot = skull[:count], skull[count:-1], skull[-1]
        shift = math.dist(pivot[:2], self._points[-1, :2]) / self._head_size
        body = smoothstep((shift - _NECK_ALONE) / (_BODY_TOO - _NECK_ALONE))
        weight = self.turn_weight + body * (self.weight - self.turn_weight)
        moved = self.rest + weight[:, None] * (rings[:, :2] - self.rest)
        # Ring after ring, each as the oval has it.
        change = self._oval_share.reshape(-1, len(OVAL), 1) * (landmarks[_OVAL, :2] - oval[:, :2])
        moved += change.reshape(-1, 2)
        return moved.astype(np.float32), (rings[:, 2] + _BEHIND).astype(np.float32)

    def lit(self, oval: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) how many times as bright the ring points are where the oval's are `oval` (36,)."""
        result: NDArray[np.float64] = 1.0 + self.turn_weight * (oval[self.spokes] - 1.0)
        return result

    def _skull(
        self, landmarks: Landmarks, head: Similarity
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(3, 3) and (3,) the head's motion, brought to the firm landmarks in the picture plane."""
        matrix, translation = head.scale * head.rotation, head.translation.copy()
        real = landmarks[_FIRM, :2].astype(np.float64)
        middle = real.mean(axis=0)
        told = self._firm @ matrix[:2].T @ _AS_COMPLEX
        turn = np.vdot(told, (real - middle) @ _AS_COMPLEX) / np.vdot(told, told)
        matrix[:2] = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]]) @ matrix[:2]
        translation[:2] = middle - matrix[:2] @ self._firm_middle
        return matrix, translation

    def weight_map(self, width: int, height: int) -> NDArray[np.float32]:
        """(height, width): how much each pixel follows the head at most; 1 inside the face."""
        outside = np.full((height, width), 255, np.uint8)
        cv2.fillPoly(outside, [np.round(self._oval[:, :2]).astype(np.int32)], 0)
        distance = cv2.distanceTransform(outside, cv2.DIST_L2, 5)
        ys, xs = np.mgrid[0:height, 0:width]
        points = np.stack([xs, ys], axis=-1).reshape(-1, 2) + 0.5
        weight = self._weigh(points, distance.reshape(-1).astype(np.float64), _BODY_FADE)
        return weight.reshape(height, width).astype(np.float32)

    def _fall(self, distance: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) depth of each ring point behind the oval."""
        arms = self.rest - self._oval[:, :2].mean(axis=0)
        upwards = -(arms @ self._down) / np.linalg.norm(arms, axis=1)
        slope = np.interp(upwards, (-1.0, 0.0, 1.0), _DEPTH_SLOPES)
        result: NDArray[np.float64] = slope * np.minimum(distance, _DEEPEST * self._head_size)
        return result

    def _weigh(
        self,
        points: NDArray[np.float64],
        distance: NDArray[np.float64],
        below_chin: tuple[float, float],
    ) -> NDArray[np.float64]:
        distance = distance / self._head_size
        below = (points - self._chin) @ self._down / self._head_size
        hair = 1.0 - _ramp(distance, *_HAIR_FADE)
        neck = 1.0 - _ramp(distance, *below_chin)
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
