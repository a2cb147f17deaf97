import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from realtime.errors import ModelError
from realtime.models.blendshapes import score
from realtime.models.mediapipe_tasks import LandmarkDetector, person_segmenter
from realtime.types import RGB

NOSE_TIP, CHIN, RIGHT_EYE, LEFT_EYE = 1, 152, 33, 263


@pytest.fixture(scope="module")
def detector(landmarker_path: Path) -> Iterator[LandmarkDetector]:
    with LandmarkDetector(landmarker_path, max_faces=2) as opened:
        yield opened


def test_a_portraits_face_is_found_in_its_pixels(detector: LandmarkDetector, portrait: RGB) -> None:
    faces = detector.detect(portrait)
    assert len(faces) == 1
    face = faces[0]
    assert face.landmarks.shape == (478, 3)
    assert face.landmarks.dtype == np.float32
    low, high = face.landmarks[:, :2].min(axis=0), face.landmarks[:, :2].max(axis=0)
    # Where the face is in the demo's portrait, 512 x 600.
    assert (low > [150, 110]).all()
    assert (high < [375, 355]).all()
    assert face.landmarks[RIGHT_EYE, 0] < face.landmarks[LEFT_EYE, 0]
    assert face.landmarks[CHIN, 1] > face.landmarks[NOSE_TIP, 1]
    assert face.landmarks[NOSE_TIP, 2] < face.landmarks[CHIN, 2]


def test_blendshapes_and_pose_come_along(detector: LandmarkDetector, portrait: RGB) -> None:
    face = detector.detect(portrait)[0]
    assert face.blendshapes.shape == (52,)
    # Eyes open, mouth shut.
    assert score(face.blendshapes, "eyeBlinkLeft") < 0.3
    assert score(face.blendshapes, "jawOpen") < 0.1
    assert face.pose.shape == (4, 4)
    assert face.pose[3].tolist() == [0, 0, 0, 1]
    assert face.pose[2, 3] < -10  # in front of a camera that looks along -z, centimetres


def test_depth_is_in_pixels_like_the_rest(detector: LandmarkDetector, portrait: RGB) -> None:
    wide = np.pad(portrait, ((0, 0), (0, 300), (0, 0)))
    narrow_face, wide_face = (detector.detect(p)[0].landmarks for p in (portrait, wide))
    assert np.ptp(wide_face, axis=0) == pytest.approx(np.ptp(narrow_face, axis=0), rel=0.05)


def test_each_picture_stands_alone(detector: LandmarkDetector, portrait: RGB) -> None:
    shifted = np.roll(portrait, 25, axis=1)
    before = detector.detect(portrait)[0].landmarks
    moved = detector.detect(shifted)[0].landmarks
    again = detector.detect(portrait)[0].landmarks
    assert (before == again).all()
    assert (moved - before)[:, 0].mean() == pytest.approx(25, abs=1.0)


def test_no_face_is_an_empty_list(detector: LandmarkDetector) -> None:
    assert detector.detect(np.full((120, 160, 3), 90, np.uint8)) == []


def test_two_faces_are_two(detector: LandmarkDetector, portrait: RGB) -> None:
    both = np.ascontiguousarray(np.hstack([portrait, portrait]))
    xs = sorted(float(face.landmarks[NOSE_TIP, 0]) for face in detector.detect(both))
    assert len(xs) == 2
    assert xs[1] - xs[0] == pytest.approx(portrait.shape[1], abs=5)


def test_the_matte_is_the_person(segmenter_path: Path, portrait: RGB) -> None:
    with person_segmenter(segmenter_path) as segment:
        matte = segment(portrait)
    assert matte.shape == portrait.shape[:2]
    assert matte.dtype == np.float32
    assert 0 <= matte.min() <= matte.max() <= 1
    assert matte[180:290, 210:330].min() > 0.9  # the face
    assert matte[450:, 100:400].min() > 0.9  # the chest
    assert matte[:200, :100].max() < 0.1  # the flag
    assert matte[:200, 420:].max() < 0.1  # the wall


@pytest.mark.parametrize("content", [None, b"", b"not a model"], ids=["missing", "empty", "noise"])
def test_a_file_that_is_no_model_is_one_clear_error(
    tmp_path: Path, content: bytes | None, portrait: RGB
) -> None:
    path = tmp_path / "broken.task"
    if content is not None:
        path.write_bytes(content)
    for use in (LandmarkDetector, person_segmenter):
        with (
            pytest.raises(ModelError, match=r"broken\.task cannot be opened as a model") as caught,
            use(path),
        ):
            pass
        assert "mimicam models verify" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_native_start_up_notes_are_kept_from_stderr(
    landmarker_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    LandmarkDetector(landmarker_path).close()
    assert capfd.readouterr().err == ""
    os.write(2, b"afterwards it works again")
    assert capfd.readouterr().err == "afterwards it works again"
