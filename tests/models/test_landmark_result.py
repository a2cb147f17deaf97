from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from realtime.models.landmark_result import array_reader, read_objects
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.types import RGB, Face


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


def test_insides_that_are_not_there_are_told_of() -> None:
    with pytest.raises(AttributeError):
        array_reader(SimpleNamespace(detect=None), SimpleNamespace)
