"""Which face is followed (with a scripted detector), and that the real detector delivers it."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.track.face_landmarker import FaceLandmarker
from realtime.track.one_euro import OneEuroSettings
from realtime.types import LANDMARK_COUNT, RGB, Face, Frame, Landmarks

FRAME_NS = 33_333_333
PLAIN = np.zeros((480, 640, 3), np.uint8)


def face(x: float, y: float, size: float = 100.0) -> Face:
    """A face whose landmarks fill a square of `size` round (x, y)."""
    landmarks = np.random.default_rng(3).uniform(-0.5, 0.5, (LANDMARK_COUNT, 3))
    landmarks[0], landmarks[1] = -0.5, 0.5
    landmarks[33], landmarks[263] = (-0.3, 0, 0), (0.3, 0, 0)
    return Face(
        landmarks=(landmarks * size + np.array([x, y, 0])).astype(np.float32),
        blendshapes=np.zeros(52, np.float32),
        pose=np.eye(4, dtype=np.float32),
    )


def centre(found: Face | None) -> tuple[float, float]:
    assert found is not None
    low, high = found.landmarks[:, :2].min(axis=0), found.landmarks[:, :2].max(axis=0)
    x, y = (low + high) / 2
    return round(float(x)), round(float(y))


class ScriptedDetector:
    """Stands in for MediaPipe: answers whole frames and enlarged places from two scripts."""

    def __init__(self, model: Path, max_faces: int) -> None:
        self.whole: list[Face] = []
        self.enlarged: list[Face] = []
        self.looked_at: list[tuple[int, ...]] = []

    def detect(self, pixels: RGB) -> list[Face]:
        self.looked_at.append(pixels.shape[:2])
        return self.whole if pixels.shape == PLAIN.shape else self.enlarged

    def close(self) -> None:
        pass


class Scripted:
    """A tracker over a scripted detector, fed 30 frames a second."""

    def __init__(self, smoothing: OneEuroSettings | None = None) -> None:
        self.tracker = FaceLandmarker(Path("unused.task"), smoothing)
        detector = self.tracker._detector
        assert isinstance(detector, ScriptedDetector)
        self.detector: ScriptedDetector = detector
        self.t_ns = 0

    def see(
        self, *whole: Face, enlarged: tuple[Face, ...] = (), after_ns: int = FRAME_NS
    ) -> Face | None:
        self.t_ns += after_ns
        self.detector.whole, self.detector.enlarged = list(whole), list(enlarged)
        return self.tracker.track(Frame(PLAIN, 0, self.t_ns))


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> type[Scripted]:
    monkeypatch.setattr("realtime.track.face_landmarker.LandmarkDetector", ScriptedDetector)
    return Scripted


def test_at_first_the_largest_face_is_taken(scripted: type[Scripted]) -> None:
    found = scripted().see(face(100, 100, 80), face(400, 200, 120), face(250, 300, 90))
    assert centre(found) == (400, 200)


def test_then_the_nearest_to_the_last_is_followed(scripted: type[Scripted]) -> None:
    story = scripted()
    story.see(face(400, 200, 120))
    assert centre(story.see(face(100, 100, 300), face(420, 210, 110))) == (420, 210)
    assert centre(story.see(face(440, 220, 100), face(300, 100, 300))) == (440, 220)


def test_no_face_is_none(scripted: type[Scripted]) -> None:
    story = scripted()
    assert story.see() is None
    assert story.detector.looked_at == [(480, 640)]


def test_an_overlooked_face_is_sought_at_its_last_place(scripted: type[Scripted]) -> None:
    story = scripted()
    story.see(face(400, 200, 100))
    # The place looked at is 2.2 sizes wide: from (290, 90); there the face lies at (120, 115).
    found = story.see(enlarged=(face(120, 115, 100),))
    assert story.detector.looked_at[-1] == (220, 220)
    assert centre(found) == (410, 205)


def test_the_second_look_stays_inside_the_frame(scripted: type[Scripted]) -> None:
    story = scripted()
    story.see(face(620, 20, 100))
    assert story.see() is None
    assert story.detector.looked_at[-1] == (130, 130)


def test_a_bystander_does_not_take_over_for_one_overlooked_frame(scripted: type[Scripted]) -> None:
    story = scripted()
    story.see(face(400, 200, 100), face(100, 100, 80))
    found = story.see(face(100, 100, 80), enlarged=(face(110, 110, 100),))
    assert centre(found) == (400, 200)


def test_a_face_that_jumps_alone_is_followed(scripted: type[Scripted]) -> None:
    story = scripted()
    story.see(face(400, 200))
    assert centre(story.see(face(100, 300))) == (100, 300)


def test_after_a_long_absence_the_largest_is_taken_again(scripted: type[Scripted]) -> None:
    story = scripted()
    story.see(face(400, 200, 100))
    story.see()
    both = face(410, 200, 90), face(150, 200, 120)
    assert centre(story.see(*both, after_ns=1_000_000_000)) == (410, 200)
    assert centre(story.see(*both, after_ns=1_300_000_000)) == (150, 200)
    story.see(after_ns=1_300_000_000)
    assert story.detector.looked_at[-1] == (480, 640)


def test_a_slow_face_is_smoothed_and_a_jump_starts_anew(scripted: type[Scripted]) -> None:
    story = scripted(OneEuroSettings(min_cutoff_hz=1.0, beta=0.0))
    story.see(face(300, 200))
    near, far = face(310, 200), face(400, 200)
    smoothed = story.see(near)
    assert smoothed is not None
    assert smoothed.landmarks[0, 0] < near.landmarks[0, 0] - 5
    jumped = story.see(far)
    assert jumped is not None
    assert (jumped.landmarks == far.landmarks).all()


def test_pictures_of_another_size_start_anew(scripted: type[Scripted]) -> None:
    story = scripted(OneEuroSettings(min_cutoff_hz=1.0, beta=0.0))
    story.see(face(100, 100, 50))
    story.detector.enlarged = [face(110, 110, 70), face(60, 60, 40)]
    found = story.tracker.track(Frame(np.zeros((960, 1280, 3), np.uint8), 1, story.t_ns + FRAME_NS))
    assert centre(found) == (110, 110), "the largest, where it is, whatever was near before"


def test_without_smoothing_landmarks_are_as_detected(scripted: type[Scripted]) -> None:
    story = scripted()
    story.see(face(300, 200))
    found = story.see(face(302, 200))
    assert found is not None
    assert (found.landmarks == face(302, 200).landmarks).all()


@pytest.fixture(scope="module")
def real(landmarker_path: Path) -> Iterator[FaceLandmarker]:
    tracker = FaceLandmarker(landmarker_path)
    yield tracker
    tracker.close()


def test_the_larger_of_two_portraits_is_followed_until_it_is_small(
    real: FaceLandmarker, portrait: RGB
) -> None:
    def picture(left_scale: float, right_scale: float) -> RGB:
        canvas = np.full((600, 900, 3), 128, np.uint8)
        for scale, middle in ((left_scale, 240), (right_scale, 680)):
            small = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            height, width = small.shape[:2]
            left = middle - width // 2
            canvas[:height, left : left + width] = small
        return canvas

    first = real.track(Frame(picture(0.85, 0.6), 0, 0))
    assert first is not None
    assert _x(first.landmarks) < 450
    second = real.track(Frame(picture(0.6, 0.85), 1, FRAME_NS))
    assert second is not None
    assert _x(second.landmarks) < 450


def test_a_face_too_small_for_the_detector_is_found_again(
    real: FaceLandmarker, portrait: RGB
) -> None:
    nose = np.array([265.0, 250.0])

    def picture(scale: float) -> RGB:
        """The portrait's nose stays at (600, 350)."""
        matrix = np.column_stack([np.eye(2) * scale, [600, 350] - scale * nose])
        return np.asarray(cv2.warpAffine(portrait, matrix, (1280, 720)), np.uint8)

    start_ns = 100 * 10**9
    large = real.track(Frame(picture(0.9), 0, start_ns))
    small = real.track(Frame(picture(0.3), 1, start_ns + FRAME_NS))
    assert large is not None
    assert small is not None
    shrunk = (large.landmarks[:, :2] - [600, 350]) / 3 + [600, 350]
    assert np.linalg.norm(small.landmarks[:, :2] - shrunk, axis=1).mean() < 2
    newcomer = real.track(Frame(picture(0.3), 2, start_ns + 10**10))
    assert newcomer is None


def _x(landmarks: Landmarks) -> float:
    return float(landmarks[:, 0].mean())
