"""MediaPipe's landmarks as arrays.

`FaceLandmarker.detect` makes a Python object of each landmark, some 530 a face: a millisecond and
more of the twenty that a picture takes (`bench/tracking.py` prints it), in which nothing else of
Python's runs. Its library answers with plain arrays of structures, which NumPy can read as they
are. Of these insides, only names that MediaPipe itself uses are touched; where a version of it has
others, its objects are read.
"""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from realtime.types import Floats

Answer = tuple[Floats, Floats, Floats]
"""(478, 3) landmarks, x and y in widths and heights of the picture, z in widths; (52,) blendshapes
and (4, 4) pose."""


def read_objects(result: Any) -> list[Answer]:
    """The faces of a `FaceLandmarkerResult`."""
    return [
        (
            np.array([(point.x, point.y, point.z) for point in points], np.float32),
            np.array([category.score for category in categories], np.float32),
            np.array(matrix, np.float32),
        )
        for points, categories, matrix in zip(
            result.face_landmarks,
            result.face_blendshapes,
            result.facial_transformation_matrixes,
            strict=True,
        )
    ]


def array_reader(task: Any, result_type: type[Any]) -> Callable[[Any], list[Answer]]:
    """Reads a `FaceLandmarker`'s answer to a picture without making objects of it.

    Args:
        task: a `FaceLandmarker` in IMAGE mode.
        result_type: the structure that its library fills.

    Raises:
        AttributeError: it has not the insides that this knows; nothing was asked of it yet.
    """
    library, handle = task._lib, task._handle
    detect, free = library.MpFaceLandmarkerDetectImage, library.MpFaceLandmarkerCloseResult
    empty = result_type()
    points = _Columns.of(_target(empty, "face_landmarks"), "landmarks", ("x", "y", "z"))
    scores = _Columns.of(_target(empty, "face_blendshapes"), "categories", ("score",))
    _ = empty.face_landmarks_count, _target(empty, "facial_transformation_matrixes").to_numpy

    def read(image: Any) -> list[Answer]:
        result = result_type()
        detect(handle, image._image_ptr, None, ctypes.byref(result))
        try:
            return [
                (
                    points.copied(result.face_landmarks[face]),
                    scores.copied(result.face_blendshapes[face])[:, 0],
                    np.array(result.facial_transformation_matrixes[face].to_numpy(), np.float32),
                )
                for face in range(result.face_landmarks_count)
            ]
        finally:
            free(ctypes.byref(result))

    return read


@dataclass(frozen=True, slots=True)
class _Columns:
    """Floats that lie side by side in each structure of an array."""

    array: str
    "The field that points at the array; how many it has is in the field of its name and _count."
    offset: int
    size: int
    "Of a structure, bytes; the offset is that of its first float."
    columns: int

    @classmethod
    def of(cls, holder: Any, array: str, names: Sequence[str]) -> Self:
        """Where the floats of these names are.

        Args:
            holder: a structure that holds such an array.
            array: see `_Columns.array`.
            names: fields of the array's structures.

        Raises:
            AttributeError: they are not there, not side by side, or no floats.
        """
        entry, _ = _target(holder, array), getattr(holder, f"{array}_count")
        fields = [getattr(type(entry), name) for name in names]
        offset = fields[0].offset
        are_beside = [field.offset for field in fields] == [
            offset + 4 * i for i in range(len(names))
        ]
        are_floats = all(field.size == 4 for field in fields) and all(
            isinstance(getattr(entry, name), float) for name in names
        )
        if not (are_beside and are_floats):
            raise AttributeError(f"{type(entry).__name__} has other fields")
        return cls(array, offset, ctypes.sizeof(entry), len(names))

    def copied(self, holder: Any) -> NDArray[np.float32]:
        """(count, columns) of the array."""
        count, start = getattr(holder, f"{self.array}_count"), getattr(holder, self.array)
        memory = memoryview(
            (ctypes.c_char * (self.size * count)).from_address(ctypes.addressof(start.contents))
        )
        shape, strides = (count, self.columns), (self.size, 4)
        return np.ndarray(shape, np.float32, memory, self.offset, strides).copy()


def _target(structure: Any, field: str) -> Any:
    """An empty one of what a structure's field points at."""
    return type(getattr(structure, field))._type_()
