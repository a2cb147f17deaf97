"""The driver's face by MediaPipe landmarks: one face out of several, followed and steadied."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.track.one_euro import OneEuroFilter, OneEuroSettings
from realtime.types import RGB, Face, Frame

_MAX_FACES = 4
_CROP = 2.2
"A second look is taken at a square of this many face sizes round the last place."
_JUMP = 0.6
"A face that moved further than this share of its size is filtered as a new one."


@dataclass(frozen=True, slots=True)
class _Place:
    centre: "np.ndarray[tuple[int], np.dtype[np.float32]]"
    size: float


class FaceLandmarker:
    """Implements `realtime.track.Tracker`.

    Of several faces it stays with the one nearest to the last; at first it takes the largest.
    Where the whole frame shows no face but the last one did, the last place is looked at again,
    enlarged, since the detector overlooks faces that are small or half blurred by motion.
    """

    def __init__(self, model: Path, smoothing: OneEuroSettings | None = None) -> None:
        """Open `model` (a face_landmarker.task); `smoothing` None leaves landmarks as detected."""
        self._detector = LandmarkDetector(model, _MAX_FACES)
        self._filter = OneEuroFilter(smoothing) if smoothing else None
        self._last: _Place | None = None

    def track(self, frame: Frame) -> Face | None:
        """See `Tracker.track`."""
        faces = self._detector.detect(frame.pixels)
        if not faces and self._last is not None:
            faces = _look_closer(self._detector, frame.pixels, self._last)
        if not faces:
            return None
        face = _choose(faces, self._last)
        place = _place_of(face)
        jumped = (
            self._last is not None
            and float(np.linalg.norm(place.centre - self._last.centre)) > _JUMP * place.size
        )
        self._last = place
        if self._filter is None:
            return face
        if jumped:
            self._filter.reset()
        return replace(face, landmarks=self._filter(face.landmarks, frame.captured_ns))

    def close(self) -> None:
        """See `Tracker.close`."""
        self._detector.close()


def _choose(faces: list[Face], last: _Place | None) -> Face:
    if last is None:
        return max(faces, key=lambda face: _place_of(face).size)
    return min(
        faces, key=lambda face: float(np.linalg.norm(_place_of(face).centre - last.centre))
    )


def _place_of(face: Face) -> _Place:
    low, high = face.landmarks[:, :2].min(axis=0), face.landmarks[:, :2].max(axis=0)
    return _Place(centre=(low + high) / 2, size=float((high - low).max()))


def _look_closer(detector: LandmarkDetector, pixels: RGB, place: _Place) -> list[Face]:
    height, width = pixels.shape[:2]
    half = _CROP * place.size / 2
    left, top = (max(0, int(c - half)) for c in place.centre)
    right = min(width, int(place.centre[0] + half))
    bottom = min(height, int(place.centre[1] + half))
    if right - left < 16 or bottom - top < 16:
        return []
    crop = np.ascontiguousarray(pixels[top:bottom, left:right])
    offset = np.array([left, top, 0], np.float32)
    return [replace(face, landmarks=face.landmarks + offset) for face in detector.detect(crop)]
