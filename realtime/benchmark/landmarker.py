"""The yardstick: the landmark model by itself."""

import threading
from pathlib import Path

from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.runtime.clock import Clock
from realtime.runtime.histogram import Histogram
from realtime.types import RGB


def time_landmarker(
    model: Path, pictures: list[RGB], clock: Clock, into: Histogram, *, period_ns: int = 0
) -> int:
    """Count every detection by MediaPipe itself, with nothing else running in this process.

    One comes right after the other, or one each `period_ns`, as from a camera: between them the
    processor falls asleep and its caches are lost, so that these take longer.

    Returns:
        In how many pictures there is a face.
    """
    seen = 0
    never = threading.Event()
    with LandmarkDetector(model) as detector:
        due_ns = clock.now_ns()
        for picture in pictures:
            clock.wait_until(due_ns, never)
            due_ns += period_ns
            started_ns = clock.now_ns()
            result = detector.detect_as_objects(picture)
            into.add(clock.now_ns() - started_ns)
            seen += bool(result.face_landmarks)
    return seen
