"""The driver's face by MediaPipe landmarks: one face out of several, followed and steadied."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.runtime.trouble import Trouble
from realtime.track.one_euro import OneEuroFilter, OneEuroSettings
from realtime.types import RGB, Face, Floats, Frame

_MAX_FACES = 4
_CROP = 2.2
"A second look is taken at a square of this many face sizes round the last place."
_JUMP = 0.6
"A face that moved further than this share of its size may be another one."
_FORGET_NS = 1_200_000_000
"Whoever comes after so long is a new driver."


@dataclass(frozen=True, slots=True)
class _Place:
    low: Floats
    high: Floats
    "(2,) the box's corners."

    @classmethod
    def of(cls, face: Face) -> "_Place":
        # By columns: over rows of two NumPy takes far longer.
        x_y = np.ascontiguousarray(face.landmarks[:, :2].T)
        return cls(x_y.min(axis=1), x_y.max(axis=1))

    @property
    def centre(self) -> Floats:
        """(2,) the middle of the box."""
        return (self.low + self.high) / np.float32(2)

    @property
    def size(self) -> float:
        return float((self.high - self.low).max())

    def distance(self, other: "_Place") -> float:
        return float(np.linalg.norm(self.centre - other.centre))

    def is_far(self, other: "_Place") -> bool:
        return self.distance(other) > _JUMP * other.size

    def is_in(self, pixels: RGB) -> bool:
        """Whether any of it is in the picture."""
        height, width = pixels.shape[:2]
        return bool((self.low < (width, height)).all() and (self.high > 0).all())


_Found = tuple[Face, _Place]


class FaceLandmarker:
    """Implements `realtime.track.Tracker`.

    Of several faces it stays with the one nearest to the last; at first, and after some time
    without any, it takes the largest. Where the frame shows no face near the last place, that
    place is looked at again, enlarged: the detector overlooks faces that are small or half
    blurred by motion, and a bystander must not take over for that.
    """

    def __init__(self, model: Path, smoothing: OneEuroSettings | None = None) -> None:
        """Open `model` (a face_landmarker.task); `smoothing` None leaves landmarks as detected."""
        self._detector = LandmarkDetector(model, _MAX_FACES)
        self._filter = OneEuroFilter(smoothing) if smoothing else None
        self._last: _Place | None = None
        self._shape: tuple[int, ...] | None = None
        self._seen_ns = 0
        self._trouble = Trouble(__name__)

    def track(self, frame: Frame) -> Face | None:
        """See `Tracker.track`."""
        shape, self._shape = self._shape, frame.pixels.shape
        if frame.captured_ns - self._seen_ns > _FORGET_NS or shape != self._shape:
            # Places in pictures of another size are other places.
            self._last = None
        last = self._last
        found = self._find(frame.pixels, last)
        if found is None:
            return None
        face, self._last = found
        self._seen_ns = frame.captured_ns
        if self._filter is None:
            return face
        if last is None or last.is_far(self._last):
            self._filter.reset()
        return replace(face, landmarks=self._filter(face.landmarks, frame.captured_ns))

    def close(self) -> None:
        """See `Tracker.close`."""
        self._detector.close()

    def _find(self, pixels: RGB, last: _Place | None) -> _Found | None:
        faces = self._detect(pixels)
        if last is None:
            return max(faces, key=lambda found: found[1].size, default=None)
        nearest = _nearest(faces, last)
        if nearest is None or last.is_far(nearest[1]):
            overlooked = _nearest(self._look_closer(pixels, last), last)
            return overlooked or nearest
        return nearest

    def _look_closer(self, pixels: RGB, place: _Place) -> list[_Found]:
        height, width = pixels.shape[:2]
        half = _CROP * place.size / 2
        left, top = (max(0, int(c - half)) for c in place.centre)
        right = min(width, int(place.centre[0] + half))
        bottom = min(height, int(place.centre[1] + half))
        if right - left < 16 or bottom - top < 16:
            return []
        crop = np.ascontiguousarray(pixels[top:bottom, left:right])
        offset = np.array([left, top, 0], np.float32)
        faces = [face for face, _ in self._detect(crop)]
        shifted = [replace(face, landmarks=face.landmarks + offset) for face in faces]
        return [(face, _Place.of(face)) for face in shifted]

    def _detect(self, pixels: RGB) -> list[_Found]:
        """The faces in a picture that can be: one NaN would stay in every filter for good."""
        faces = self._detector.detect(pixels)
        found = [(face, _Place.of(face)) for face in faces if _is_all_numbers(face)]
        credible = [each for each in found if each[1].is_in(pixels)]
        if len(credible) < len(faces):
            self._trouble.failed("the landmarker tells of a face that cannot be; it is left out")
        else:
            self._trouble.worked()
        return credible


def _nearest(faces: list[_Found], place: _Place) -> _Found | None:
    return min(faces, key=lambda found: place.distance(found[1]), default=None)


def _is_all_numbers(face: Face) -> bool:
    return all(np.isfinite(part).all() for part in (face.landmarks, face.blendshapes, face.pose))
