"""The yardstick: the landmark model by itself."""

from pathlib import Path

from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.runtime.clock import Clock
from realtime.runtime.histogram import Histogram
from realtime.types import RGB


def time_landmarker(model: Path, pictures: list[RGB], clock: Clock, into: Histogram) -> None:
    """Count every detection, one after the other, with nothing else running in this process."""
    with LandmarkDetector(model) as detector:
        for picture in pictures:
            started_ns = clock.now_ns()
            detector.detect(picture)
            into.add(clock.now_ns() - started_ns)
