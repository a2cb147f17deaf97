"""Head pose: similarity transforms between canonical face space and image pixels."""

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
        self._weights = mesh.basis_weights / mesh.basis_weights.sum()
        self._canonical = mesh.vertices[mesh.basis] * _FLIP

    def fit(self, landmarks: Floats) -> tuple[Similarity, Shape]:
        """Pose (canonical, y down, to pixels) and shape: `to_image(pose, shape)` is `landmarks`."""
        points = landmarks.astype(np.float64)
        pose = fit_similarity(self._canonical, points[self._basis], self._weights)
        return pose, to_canonical(pose, points)


def to_image(pose: Similarity, shape: Shape) -> Shape:
    """Shape under a pose: (n, 3) pixels."""
    return pose.scale * shape @ pose.rotation.T + pose.translation


def to_canonical(pose: Similarity, points: Floats | Shape) -> Shape:
    """The shape that `to_image` makes `points` of: (n, 3)."""
    return (points.astype(np.float64) - pose.translation) @ pose.rotation / pose.scale


def fit_similarity(
    source: NDArray[np.float64], target: NDArray[np.float64], weights: NDArray[np.float64]
) -> Similarity:
    """The similarity that takes source to target, both (n, 3), with least weighted squares.

    `weights` sums to 1. Umeyama, "Least-squares estimation of transformation parameters between
    two point patterns", eq. 40-42.
    """
    source_mean, target_mean = weights @ source, weights @ target
    source_centred, target_centred = source - source_mean, target - target_mean
    u, s, vt = np.linalg.svd((target_centred * weights[:, None]).T @ source_centred)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * sign) @ vt
    scale = float((s * sign).sum() / (weights @ (source_centred**2).sum(axis=1)))
    return Similarity(scale, rotation, target_mean - scale * rotation @ source_mean)


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
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    cy, sy, cp, sp, cr, sr = (
        np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll),
    )  # fmt: skip
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


def rotation_angle_deg(rotation: Shape) -> float:
    """How far a rotation turns."""
    return float(np.degrees(np.arccos(np.clip((np.trace(rotation) - 1.0) / 2.0, -1.0, 1.0))))
