"""MediaPipe's landmarks as arrays.

`FaceLandmarker.detect` makes a Python object of each landmark, some 530 a face: a millisecond and
more of the twenty that a picture takes (`bench/tracking.py` prints it), in which nothing else of
Python's runs. Its library answers with plain arrays of structures, which NumPy can read as they
are. Of these insides, only names that MediaPipe itself uses are touched; where a version of it has
others, its objects are read.
"""

import ctypes
from collections.abc import Callable
from typing import Any

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
        AttributeError: it has not the insides that this knows.
    """
    library, handle = task._lib, task._handle
    detect, free = library.MpFaceLandmarkerDetectImage, library.MpFaceLandmarkerCloseResult

    def read(image: Any) -> list[Answer]:
        result = result_type()
        detect(handle, image._image_ptr, None, ctypes.byref(result))
        try:
            return [_answer(result, face) for face in range(result.face_landmarks_count)]
        finally:
            free(ctypes.byref(result))

    return read


def _answer(result: Any, face: int) -> Answer:
    points, categories = result.face_landmarks[face], result.face_blendshapes[face]
    matrix = result.facial_transformation_matrixes[face]
    landmarks = _columns(points.landmarks, points.landmarks_count, "x", 3)
    scores = _columns(categories.categories, categories.categories_count, "score", 1)
    return landmarks, scores[:, 0], np.array(matrix.to_numpy(), np.float32)


def _columns(entries: Any, count: int, first: str, columns: int) -> NDArray[np.float32]:
    """(count, columns) a copy of the floats from field `first` on of each structure."""
    structure = type(entries.contents)
    size = ctypes.sizeof(structure)
    start = ctypes.addressof(entries.contents)
    memory = memoryview((ctypes.c_char * (size * count)).from_address(start))
    offset = getattr(structure, first).offset
    return np.ndarray((count, columns), np.float32, memory, offset, (size, 4)).copy()
