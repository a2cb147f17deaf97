import ctypes
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from realtime.models.landmark_result import array_reader, read_objects
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.types import RGB, Face

Fields = list[tuple[str, Any]]


@pytest.fixture(scope="module")
def detector(landmarker_path: Path) -> Iterator[LandmarkDetector]:
    with LandmarkDetector(landmarker_path, max_faces=2) as opened:
        yield opened


@pytest.fixture
def pictures(portrait: RGB) -> list[RGB]:
    """One face, two, and none."""
    two = np.ascontiguousarray(np.hstack([portrait, portrait[:, ::-1]]))
    return [portrait, two, np.full((120, 160, 3), 90, np.uint8)]


def assert_same(found: list[Face], expected: list[Face]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        for name in ("landmarks", "blendshapes", "pose"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
            assert getattr(one, name).dtype == np.float32


def from_objects(detector: LandmarkDetector, picture: RGB) -> list[Face]:
    height, width = picture.shape[:2]
    scale = np.array([width, height, width], np.float32)
    answers = read_objects(detector.detect_as_objects(picture))
    return [Face(landmarks * scale, scores, pose) for landmarks, scores, pose in answers]


def test_arrays_hold_what_the_objects_do(detector: LandmarkDetector, pictures: list[RGB]) -> None:
    counts = []
    for picture in pictures:
        found = detector.detect(picture)
        assert_same(found, from_objects(detector, picture))
        counts.append(len(found))
    assert counts == [1, 2, 0]


def test_a_face_outlives_the_answer_that_it_was_read_from(
    detector: LandmarkDetector, pictures: list[RGB]
) -> None:
    first = detector.detect(pictures[0])
    kept = [Face(face.landmarks.copy(), face.blendshapes.copy(), face.pose) for face in first]
    for _ in range(5):
        detector.detect(pictures[1])
    assert_same(first, kept)


def test_this_mediapipe_is_read_as_arrays(
    detector: LandmarkDetector, portrait: RGB, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails once MediaPipe's insides change: then this has to follow, or a millisecond is lost."""
    monkeypatch.setattr(type(detector._task), "detect", None)
    assert len(detector.detect(portrait)) == 1


def test_another_mediapipe_is_read_as_objects(
    landmarker_path: Path,
    portrait: RGB,
    detector: LandmarkDetector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_such_insides(*_: object) -> None:
        raise AttributeError

    monkeypatch.setattr("realtime.models.mediapipe_tasks.array_reader", no_such_insides)
    with LandmarkDetector(landmarker_path) as other:
        assert_same(other.detect(portrait), detector.detect(portrait))


def structure(fields: list[tuple[str, Any]]) -> type[ctypes.Structure]:
    return type("Structure", (ctypes.Structure,), {"_fields_": fields})


def result_like(place: Fields, category: Fields, counts: str = "count") -> type[ctypes.Structure]:
    """A result's structure whose landmarks and blendshapes have these fields."""
    matrix = structure([("rows", ctypes.c_uint32)])
    cast("Any", matrix).to_numpy = np.zeros
    held = {
        "face_landmarks": ("landmarks", place),
        "face_blendshapes": ("categories", category),
    }
    fields: list[tuple[str, Any]] = [
        ("facial_transformation_matrixes", ctypes.POINTER(matrix)),
        (f"face_landmarks_{counts}", ctypes.c_uint32),
    ]
    for name, (array, entry) in held.items():
        pointer = ctypes.POINTER(structure(entry))
        holder = structure([(array, pointer), (f"{array}_{counts}", ctypes.c_uint32)])
        fields.append((name, ctypes.POINTER(holder)))
    return structure(fields)


FLOAT, DOUBLE = ctypes.c_float, ctypes.c_double
PLACE: Fields = [("name", ctypes.c_char_p), ("x", FLOAT), ("y", FLOAT), ("z", FLOAT)]
CATEGORY: Fields = [("index", ctypes.c_int), ("score", FLOAT)]


def task() -> SimpleNamespace:
    library = SimpleNamespace(MpFaceLandmarkerDetectImage=None, MpFaceLandmarkerCloseResult=None)
    return SimpleNamespace(_lib=library, _handle=None)


def test_insides_may_have_more_than_is_read() -> None:
    assert callable(array_reader(task(), result_like(PLACE, CATEGORY)))


@pytest.mark.parametrize(
    "result_type",
    [
        structure([]),
        result_like(PLACE, CATEGORY, counts="size"),
        result_like([("x", FLOAT), ("y", FLOAT)], CATEGORY),
        result_like([("x", FLOAT), ("z", FLOAT), ("y", FLOAT)], CATEGORY),
        result_like([("x", FLOAT), ("y", FLOAT), ("has_z", FLOAT), ("z", FLOAT)], CATEGORY),
        result_like([("x", DOUBLE), ("y", DOUBLE), ("z", DOUBLE)], CATEGORY),
        result_like(PLACE, [("score", ctypes.c_int)]),
        result_like(PLACE, [("value", FLOAT)]),
    ],
)
def test_other_fields_are_told_of_before_a_picture_is_read(
    result_type: type[ctypes.Structure],
) -> None:
    with pytest.raises(AttributeError):
        array_reader(task(), result_type)


def test_a_task_without_its_library_is_told_of() -> None:
    with pytest.raises(AttributeError):
        array_reader(SimpleNamespace(detect=None), result_like(PLACE, CATEGORY))
