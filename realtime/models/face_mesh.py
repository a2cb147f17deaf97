"""MediaPipe's canonical face mesh, and names for the landmarks that the engine speaks of.

The geometry is read from the landmarker's own bundle: a zip archive, whose geometry metadata is a
protocol buffer that holds the canonical vertices (centimetres, y up, z towards the viewer), the
triangles and the weighted landmarks that the pose is fitted to. Reading the few fields directly
spares a copy of the data in this project.

Left and right are the subject's own, as in MediaPipe: RIGHT_EYE is on the picture's left.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from realtime.errors import ModelError

GEOMETRY_MEMBER = "geometry_pipeline_metadata_landmarks.binarypb"

OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""The face's outline, clockwise in the picture from the forehead."""

INNER_LIP_UPPER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
"""From the right corner to the left one, both corners included; so is the lower."""
INNER_LIP_LOWER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
MOUTH_CORNERS = (61, 291)
UPPER_LIP = (
    185, 40, 39, 37, 0, 267, 269, 270, 409, 184, 74, 73, 72, 11, 302, 303, 304, 408,
    183, 42, 41, 38, 12, 268, 271, 272, 407, 191, 80, 81, 82, 13, 312, 311, 310, 415,
)  # fmt: skip
"""All rings of the lip, from its outer edge to its inner one, without the corners."""
LOWER_LIP = (
    146, 91, 181, 84, 17, 314, 405, 321, 375, 77, 90, 180, 85, 16, 315, 404, 320, 307,
    96, 89, 179, 86, 15, 316, 403, 319, 325, 95, 88, 178, 87, 14, 317, 402, 318, 324,
)  # fmt: skip
ALL_MOUTH_CORNERS = (61, 76, 62, 78, 291, 306, 292, 308)
CHIN = 152


SHUT = 0.10
"""Below this opening over its width an eye counts as shut: what is behind its lids is unknown."""


@dataclass(frozen=True, slots=True)
class EyeLandmarks:
    """One eye's landmark numbers, in picture order from left to right."""

    corners: tuple[int, int]
    upper: tuple[int, ...]
    "Upper lid margin without the corners; `lower[i]` lies below `upper[i]`."
    lower: tuple[int, ...]
    fold: int
    "On the upper lid's fold, above its middle."
    iris: int
    "Centre of the iris; the four after it lie on its rim."

    @property
    def ring(self) -> tuple[int, ...]:
        """The lid margin as a closed polygon."""
        return (self.corners[0], *self.upper, self.corners[1], *reversed(self.lower))


RIGHT_EYE = EyeLandmarks(
    corners=(33, 133),
    upper=(246, 161, 160, 159, 158, 157, 173),
    lower=(7, 163, 144, 145, 153, 154, 155),
    fold=27,
    iris=468,
)
LEFT_EYE = EyeLandmarks(
    corners=(362, 263),
    upper=(398, 384, 385, 386, 387, 388, 466),
    lower=(382, 381, 380, 374, 373, 390, 249),
    fold=257,
    iris=473,
)
EYES = (RIGHT_EYE, LEFT_EYE)

RIGHT_BROW = (46, 53, 52, 65, 55, 70, 63, 105, 66, 107)
LEFT_BROW = (276, 283, 282, 295, 285, 300, 293, 334, 296, 336)


@dataclass(frozen=True, slots=True)
class FaceMesh:
    """The canonical face."""

    vertices: NDArray[np.float64]
    "(468, 3), centimetres, x to the picture's right, y up, z towards the viewer."
    triangles: NDArray[np.int32]
    "(898, 3), landmark numbers."
    basis: NDArray[np.int32]
    "Landmark numbers that the head pose is fitted to: those that expressions move least."
    basis_weights: NDArray[np.float64]
    "One weight per entry of `basis`."

    @property
    def in_openings(self) -> NDArray[np.bool_]:
        """(898,) which triangles lie between the lips or between the lids of an eye."""
        inside = np.zeros(len(self.triangles), bool)
        for members in ((*INNER_LIP_UPPER, *INNER_LIP_LOWER), *(eye.ring for eye in EYES)):
            inside |= np.isin(self.triangles, list(members)).all(axis=1)
        return inside


def inter_ocular(landmarks: NDArray[np.floating]) -> float:
    """Distance between the eyes' middles, in the landmarks' unit, in the plane of x and y."""
    right, left = (landmarks[list(eye.corners), :2].mean(axis=0) for eye in EYES)
    return float(np.linalg.norm(right - left))


def signed_areas(points: NDArray[np.float64], triangles: NDArray[np.intp]) -> NDArray[np.float64]:
    """(t,) areas of the triangles (t, 3) between points (n, 2 or more), in the plane of x and y.

    Those whose corners go round the other way are negative.
    """
    x, y = points[:, 0][triangles.T], points[:, 1][triangles.T]
    areas: NDArray[np.float64] = ((x[1] - x[0]) * (y[2] - y[0]) - (y[1] - y[0]) * (x[2] - x[0])) / 2
    return areas


_MOST_BYTES = 1_000_000
"The geometry's unpacked size; it has a thirtieth of that."

# The zip archive, its compression, the message in it and the numbers in that have no common error.
_DAMAGED = (
    OSError, EOFError, LookupError, ValueError, OverflowError, RuntimeError, struct.error,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def load_face_mesh(bundle: Path) -> FaceMesh:
    """The canonical mesh in a `face_landmarker.task` bundle.

    Raises:
        ModelError: the bundle does not hold a face mesh of 468 vertices.
    """
    try:
        with zipfile.ZipFile(bundle) as archive:
            told = archive.getinfo(GEOMETRY_MEMBER).file_size
            if told > _MOST_BYTES:
                raise ValueError(f"{told} bytes, at most {_MOST_BYTES} are expected")
            message = archive.read(GEOMETRY_MEMBER)
        return _parse_geometry(message)
    except _DAMAGED as error:
        message_text = (
            f"{bundle} holds no canonical face mesh ({error}); "
            "`mimicam models verify` checks it, `mimicam models pull` fetches it anew"
        )
        raise ModelError(message_text) from error


def _parse_geometry(message: bytes) -> FaceMesh:
    """Fields of GeometryPipelineMetadata: 2 = Mesh3d (3 vertices, 4 indices), 3 = basis entry."""
    vertices: list[float] = []
    indices: list[int] = []
    basis: list[tuple[int, float]] = []
    for _, value in _fields(message):
        if not isinstance(value, bytes):
            continue
        if len(value) > 1000:
            _parse_mesh(value, vertices, indices)
            continue
        entry = dict(_fields(value))
        landmark, weight = entry.get(1, 0), entry.get(2)
        if isinstance(landmark, int) and isinstance(weight, bytes) and len(weight) == 4:
            basis.append((landmark, struct.unpack("<f", weight)[0]))
    # A vertex is position and texture coordinate: x, y, z, u, v.
    table = np.array(vertices, np.float64).reshape(-1, 5)
    if table.shape[0] != 468 or not basis:
        raise ValueError(f"{table.shape[0]} vertices and {len(basis)} basis points")
    mesh = FaceMesh(
        vertices=np.ascontiguousarray(table[:, :3]),
        triangles=np.array(indices, np.int32).reshape(-1, 3),
        basis=np.array([landmark for landmark, _ in basis], np.int32),
        basis_weights=np.array([weight for _, weight in basis], np.float64),
    )
    _check(mesh)
    return mesh


def _check(mesh: FaceMesh) -> None:
    """Kernels trust these numbers: one beyond the mesh would read memory that is not its own."""
    for numbers in (mesh.triangles, mesh.basis):
        if numbers.size == 0 or numbers.min() < 0 or numbers.max() >= len(mesh.vertices):
            raise ValueError("landmark numbers beyond the mesh")
    if not (np.isfinite(mesh.vertices).all() and np.isfinite(mesh.basis_weights).all()):
        raise ValueError("coordinates that are no numbers")


def _parse_mesh(message: bytes, vertices: list[float], indices: list[int]) -> None:
    for number, value in _fields(message):
        if number == 3 and isinstance(value, bytes):
            vertices.extend(struct.unpack(f"<{len(value) // 4}f", value))
        elif number == 4:
            indices.extend(_packed(value))


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """(field number, value) of a protocol buffer message; fixed-size values stay bytes."""
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        wire = key & 7
        if wire == 0:
            value, position = _varint(message, position)
            yield key >> 3, value
            continue
        if wire == 2:
            size, position = _varint(message, position)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire}")
        yield key >> 3, message[position : position + size]
        position += size


def _packed(value: int | bytes) -> Iterator[int]:
    if isinstance(value, int):
        yield value
        return
    position = 0
    while position < len(value):
        number, position = _varint(value, position)
        yield number


def _varint(message: bytes, position: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = message[position]
        position += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, position
        shift += 7
