"""What the renderer costs beside the landmarker, on one core, in turns."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from bench.quality.clips import Findings, pictures_of, sightings_of
from realtime.avatar import load_avatar
from realtime.capture.picture import read_picture
from realtime.models.store import LANDMARKER, Store
from realtime.offline import Transfer, perform
from realtime.track.face_landmarker import FaceLandmarker
from realtime.types import Frame

_SIZE = (512, 512)
_FRAMES = 60
_WARM_UP = 5


def measure(clip: Path, portraits: list[Path], findings: Findings) -> dict[str, float]:
    """Medians in milliseconds and their ratio: mover and renderer against the landmarker."""
    cv2.setNumThreads(1)
    with _on_one_core():
        return _measure(clip, portraits, findings)


@contextmanager
def _on_one_core() -> Iterator[None]:
    """All threads that are started meanwhile take turns, where the system allows."""
    if sys.platform != "linux":
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _measure(clip: Path, portraits: list[Path], findings: Findings) -> dict[str, float]:
    store = Store()
    sightings = sightings_of(clip, findings, store)[:_FRAMES]
    pictures = [picture for picture, _ in zip(pictures_of(clip), sightings, strict=False)]
    tracking_ms, rendering_ms = [], []
    for portrait in portraits:
        avatar = load_avatar(read_picture(portrait), portrait.name, _SIZE, store)
        outputs = perform(avatar, sightings, Transfer(), badge=False)
        tracker = FaceLandmarker(store.path(LANDMARKER))
        for index, picture in enumerate(pictures):
            started = time.perf_counter()
            tracker.track(Frame(picture, index, sightings[index].captured_ns))
            tracked = time.perf_counter()
            next(outputs)
            rendered = time.perf_counter()
            if index >= _WARM_UP:
                tracking_ms.append((tracked - started) * 1e3)
                rendering_ms.append((rendered - tracked) * 1e3)
        tracker.close()
    landmarker, renderer = float(np.median(tracking_ms)), float(np.median(rendering_ms))
    return {
        "landmarker_ms": landmarker,
        "renderer_ms": renderer,
        "renderer_over_landmarker": renderer / landmarker,
    }
