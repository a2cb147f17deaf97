"""What two rows of detected faces have in common: distances, shake, identity and head angles."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from realtime.models.face_mesh import INNER_LIP_LOWER, INNER_LIP_UPPER, inter_ocular
from realtime.types import Face, Floats

Array = NDArray[np.float64]

# The 68 points of the usual annotation (iBUG 300-W), as landmarks of the mesh.
POINTS_68 = (
    162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389,
    71, 63, 105, 66, 107, 336, 296, 334, 293, 301, 168, 197, 5, 4, 75, 97, 2, 326, 305,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87,
)  # fmt: skip
OUTER_LIPS = (
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409,
)  # fmt: skip
MOUTH = tuple(dict.fromkeys((*OUTER_LIPS, *INNER_LIP_LOWER, *INNER_LIP_UPPER)))
IRISES = tuple(range(468, 478))
# Those that expressions move little, and the lids' corners and nostrils: as the prototype's.
_RIGID = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 162, 127, 234, 93, 21, 54, 103, 67, 109,
    6, 197, 195, 5, 4, 1, 168, 33, 133, 362, 263, 50, 280, 116, 345, 151, 9, 8, 98, 327, 2,
)  # fmt: skip


def points_68(faces: Sequence[Face | None]) -> list[Array | None]:
    """(68, 2) pixels each; None where there is no face."""
    return [
        None if face is None else face.landmarks[list(POINTS_68), :2].astype(np.float64)
        for face in faces
    ]


def distances_px(truth: Face, output: Face) -> Floats:
    """(478,): how far each landmark of the output lies from the truth's."""
    offsets = truth.landmarks[:, :2] - output.landmarks[:, :2]
    distances: Floats = np.linalg.norm(offsets, axis=1)
    return distances


def in_eye_distances(tracks: Sequence[Floats | None]) -> list[Floats | None]:
    """(n, 2) each: landmarks in the picture plane, in distances between the eyes.

    One distance, the median, for all of them: frame by frame, its own tremble would be multiplied
    by how far from the picture's corner the face is.
    """
    known = [inter_ocular(track) for track in tracks if track is not None]
    unit_px = np.float32(np.median(known)) if known else np.float32(1.0)
    return [None if track is None else track[:, :2] / unit_px for track in tracks]


def shake(tracks: Sequence[Floats | None]) -> Array:
    """One value per three landmark sets in a row: mean norm of their second difference.

    A set is (n, 2 or more); None, where no face was found, leaves out the threes that touch it.
    """
    threes = zip(tracks, tracks[1:], tracks[2:], strict=False)
    return np.array([
        np.linalg.norm((a - 2.0 * b + c)[:, :2], axis=1).mean()
        for a, b, c in threes
        if a is not None and b is not None and c is not None
    ])  # fmt: skip


def shake_ratio(truth: Sequence[Floats | None], output: Sequence[Floats | None]) -> float | None:
    """Mean shake of the output over the truth's; None where either cannot be told."""
    both = [None if a is None or b is None else (a, b) for a, b in zip(truth, output, strict=True)]
    steady = shake([pair and pair[0] for pair in both])
    shaken = shake([pair and pair[1] for pair in both])
    if not len(steady) or not steady.mean():
        return None
    return float(shaken.mean() / steady.mean())


def identity_distance(face: Face, source: Face) -> float:
    """RMS distance of the faces' proportions: rigid landmarks, head pose and size removed."""
    offsets = _frontal(face) - _frontal(source)
    return float(np.sqrt((offsets**2).sum(axis=1).mean()))


def angles_deg(face: Face) -> tuple[float, float, float]:
    """Yaw, pitch and roll."""
    rotation = _rotation(face)
    yaw = np.arctan2(rotation[0, 2], rotation[2, 2])
    pitch = np.arcsin(np.clip(-rotation[1, 2], -1, 1))
    roll = np.arctan2(rotation[1, 0], rotation[1, 1])
    return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))


def _frontal(face: Face) -> Array:
    """(n, 2): rigid landmarks seen from the front, centred, spread of 1."""
    points = face.landmarks[list(_RIGID)].astype(np.float64) * (1, -1, -1)
    seen = ((points - points.mean(axis=0)) @ _rotation(face))[:, :2]
    unit: Array = seen / np.linalg.norm(seen.std(axis=0))
    return unit


def _rotation(face: Face) -> Array:
    rotation = face.pose[:3, :3].astype(np.float64)
    unit: Array = rotation / np.cbrt(np.linalg.det(rotation))
    return unit
