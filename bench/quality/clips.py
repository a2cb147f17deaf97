"""Driving clips, and what is found in them: kept in a folder, so that it is found only once."""

import hashlib
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

import cv2
import numpy as np

import bench.quality
import realtime.track
from realtime.capture import EndOfSource
from realtime.capture.files import open_file
from realtime.errors import InputError
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import LANDMARKER, Store
from realtime.offline import track
from realtime.track.one_euro import OneEuroFilter
from realtime.types import RGB, Face, Frame, Presence, Sighting

CROP_PX = 256
_CROP_FACES = 1.7

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Truth:
    """A clip cut to its face, as self re-enactment wants it."""

    pictures: list[RGB]
    "(256, 256, 3) each."
    faces: list[Face | None]
    "What the judge finds in each."
    sightings: list[Sighting]
    "What the engine tracks in them."


class Frames:
    """Frames in memory, as a source."""

    fps = 30.0

    def __init__(self, pictures: list[RGB]) -> None:
        self._frames = [Frame(p, i, round(i * 1e9 / self.fps)) for i, p in enumerate(pictures)]

    def read(self) -> Frame:
        if not self._frames:
            raise EndOfSource
        return self._frames.pop(0)

    def close(self) -> None:
        self._frames.clear()


class Findings:
    """A folder of results by what they were computed from: files, names, and this code."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, name: str, file: Path, compute: Callable[[], Found]) -> Found:
        """What `compute` gave for `name` and `file`'s content before, or gives now."""
        key = hashlib.sha256(name.encode() + file.read_bytes() + _code()).hexdigest()[:32]
        kept = self._folder / f"{key}.pickle"
        if kept.is_file():
            found: Found = pickle.loads(kept.read_bytes())
            return found
        found = compute()
        # A name of its own: another process may find the same meanwhile.
        with NamedTemporaryFile(dir=self._folder, suffix=".new", delete=False) as fresh:
            fresh.write(pickle.dumps(found))
        Path(fresh.name).replace(kept)
        return found


def truth_of(clip: Path, findings: Findings, store: Store) -> Truth:
    """The clip as its first frame's face crop sees it."""
    return findings.get("truth", clip, lambda: _find_truth(clip, store))


def sightings_of(clip: Path, findings: Findings, store: Store) -> list[Sighting]:
    """What the engine tracks in the whole pictures of a clip."""
    return findings.get("sightings", clip, lambda: track(open_file(clip), store, clip.name))


def pictures_of(clip: Path) -> Iterator[RGB]:
    source = open_file(clip)
    try:
        while True:
            frame = source.read()
            if frame is not None:
                yield frame.pixels
    except EndOfSource:
        source.close()


def moments(count: int, shown: int = 8) -> list[int]:
    """Frame numbers, evenly spread, for a contact sheet."""
    return sorted(set(np.linspace(0, count - 1, shown).astype(int).tolist()))


def is_seen(sighting: Sighting) -> bool:
    """Whether the face is this frame's own, not one held from before."""
    return sighting.presence in {Presence.TRACKING, Presence.RETURNING}


def steadied(sightings: list[Sighting]) -> list[Sighting]:
    """The same through the live engine's filter."""
    smooth = OneEuroFilter()
    return [
        replace(
            sighting,
            face=replace(
                sighting.face, landmarks=smooth(sighting.face.landmarks, sighting.captured_ns)
            ),
        )
        if sighting.face is not None and is_seen(sighting)
        else sighting
        for sighting in sightings
    ]


def _find_truth(clip: Path, store: Store) -> Truth:
    pictures = list(pictures_of(clip))
    with LandmarkDetector(store.path(LANDMARKER)) as detector:
        first = detector.detect(pictures[0])
        if not first:
            raise InputError(f"no face in the first frame of {clip.name}; cut it to start with one")
        pictures = [_crop(picture, first[0]) for picture in pictures]
        faces = [next(iter(detector.detect(picture)), None) for picture in pictures]
    return Truth(pictures, faces, track(Frames(pictures), store, clip.name))


def _crop(picture: RGB, face: Face) -> RGB:
    low, high = face.landmarks[:, :2].min(axis=0), face.landmarks[:, :2].max(axis=0)
    half = float((high - low).max()) * _CROP_FACES / 2
    middle = (low + high) / 2
    left, top = np.maximum(0, middle - half).astype(int)
    right, bottom = np.minimum(picture.shape[1::-1], middle + half).astype(int)
    cut = cv2.resize(
        picture[top:bottom, left:right], (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA
    )
    return np.ascontiguousarray(cut, np.uint8)


def _code() -> bytes:
    folders = [Path(path) for room in (bench.quality, realtime.track) for path in room.__path__]
    return b"".join(file.read_bytes() for folder in folders for file in sorted(folder.glob("*.py")))
