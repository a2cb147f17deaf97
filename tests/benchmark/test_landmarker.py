from pathlib import Path

import numpy as np

from realtime.benchmark.landmarker import time_landmarker
from realtime.runtime.clock import MonotonicClock
from realtime.runtime.histogram import Histogram
from realtime.types import RGB
from tests.fakes import ManualClock


def test_every_picture_is_timed(landmarker_path: Path, portrait: RGB) -> None:
    found = Histogram()
    pictures = [portrait, np.zeros_like(portrait)]
    assert time_landmarker(landmarker_path, pictures, MonotonicClock(), found) == 1
    assert found.spread().count == 2
    assert found.spread().p50_ms > 0.1


def test_pictures_come_at_the_rate_that_is_asked_for(landmarker_path: Path, portrait: RGB) -> None:
    clock, found = ManualClock(5_000), Histogram()
    time_landmarker(landmarker_path, [portrait] * 3, clock, found, period_ns=1_000)
    assert clock.now_ns() == 5_000 + 2 * 1_000
    assert found.spread().count == 3
