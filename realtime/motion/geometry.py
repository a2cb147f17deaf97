"""Head pose: similarity transforms between canonical face space and image pixels."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.models.face_mesh import FaceMesh
from realtime.types import Floats, Similarity

Shape = NDArray[np.float64]
"""(478, 3): landmarks with the head pose taken out, canonical face space as in `to_image`."""

_FLIP = np.array([1.0, -1.0, -1.0])


class PoseFitter:
    """Separates head pose from face shape.

    The pose is the weighted least-squares similarity (Umeyama, PAMI 1991) from MediaPipe's basis
    landmarks of the canonical face to the detected ones. Driver and avatar go through this same
    estimate, so that the flatness of MediaPipe's depth cancels between them; mixing it with
    MediaPipe's own 4x4 matrix turns the avatar too little.
    """

    def __init__(self, mesh: FaceMesh) -> None:
        self._basis = mesh.basis
        weights = mesh.basis_weights / mesh.basis_weights.sum()
        self._fit = SimilarityFitter(mesh.vertices[mesh.basis] * _FLIP, weights)

    def fit(self, landmarks: Floats) -> tuple[Similarity, Shape]:
        """Pose (canonical, y down, to pixels) and shape: `to_image(pose, shape)` is `landmarks`."""
        points = landmarks.astype(np.float64)
        pose = self._fit(points[self._basis])
        return pose, to_canonical(pose, points)


def to_image(pose: Similarity, shape: Shape) -> Shape:
    """Shape under a pose: (n, 3) pixels."""
    return shape @ (pose.scale * pose.rotation.T) + pose.translation


def to_canonical(pose: Similarity, points: Floats | Shape) -> Shape:
    """The shape that `to_image` makes `points` of: (n, 3)."""
    return (points.astype(np.float64) - pose.translation) @ (pose.rotation / pose.scale)


class SimilarityFitter:
    """Fits the similarity that takes one set of points to another, with least weighted squares.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
    eq. 40-42.
    """

    def __init__(self, source: NDArray[np.float64], weights: NDArray[np.float64]) -> None:
        """`source`: (n, 3); `weights`: (n,), of sum 1."""
        self._weights = weights
        self._mean = weights @ source
        centred = source - self._mean
        # Their weighted sum is 0, so that the target need not be centred, too.
        self._weighted = centred * weights[:, None]
        self._variance = float((self._weighted * centred).sum())

    def __call__(self, target: NDArray[np.float64]) -> Similarity:
        """The similarity from the source to `target`, (n, 3)."""
        # For one so small NumPy's takes far longer.
        parts = cv2.SVDecomp(target.T @ self._weighted)
        singular, u, vt = (np.asarray(part, np.float64) for part in parts)
        rotation = u @ vt
        spread = singular.ravel().tolist()
        if _determinant(rotation) < 0.0:
            u[:, 2] *= -1.0
            rotation, spread[2] = u @ vt, -spread[2]
        scale = sum(spread) / self._variance
        translation = self._weights @ target - scale * rotation @ self._mean
        return Similarity(scale, rotation, translation)


def compose(outer: Similarity, inner: Similarity) -> Similarity:
    """Outer after inner."""
    return Similarity(
        outer.scale * inner.scale,
        outer.rotation @ inner.rotation,
        outer.scale * outer.rotation @ inner.translation + outer.translation,
    )


def inverse(pose: Similarity) -> Similarity:
    """The similarity that undoes `pose`."""
    rotation = pose.rotation.T
    return Similarity(1.0 / pose.scale, rotation, -rotation @ pose.translation / pose.scale)


def rotation_from_degrees(yaw_deg: float, pitch_deg: float, roll_deg: float) -> Shape:
    """(3, 3) in image axes: yaw turns the face to the picture's right, pitch up, roll clockwise."""
    (cy, sy), (cp, sp), (cr, sr) = (
        (math.cos(angle), math.sin(angle))
        for angle in map(math.radians, (yaw_deg, pitch_deg, roll_deg))
    )
    # z points away from the viewer, so a face that turns to the right turns its -z axis there.
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    result: Shape = about_z @ about_y @ about_x
    return result


def rotation_of(matrix: Floats) -> Shape:
    """(3, 3) the rotation in MediaPipe's facial transformation matrix, (4, 4), in image axes."""
    rotation = matrix[:3, :3].astype(np.float64)
    # Rotation times scale: any row's length is the scale.
    result: Shape = _FLIP[:, None] * (rotation / np.sqrt(rotation[0] @ rotation[0])) * _FLIP
    return result


def yaw_deg(rotation: Shape) -> float:
    """How far a rotation turns a face to the picture's right; see `rotation_from_degrees`."""
    return math.degrees(math.atan2(-rotation[0, 2], rotation[2, 2]))


def rotation_angle_deg(rotation: Shape) -> float:
    """How far a rotation turns."""
    cosine = (rotation[0, 0] + rotation[1, 1] + rotation[2, 2] - 1.0) / 2.0
    return math.degrees(math.acos(min(1.0, max(-1.0, cosine))))


def _determinant(matrix: Shape) -> float:
    """Of a (3, 3) matrix; NumPy takes ten times as long for one so small."""
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    result: float = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return result
