from pathlib import Path

import numpy as np

from realtime.benchmark.landmarker import time_landmarker
from realtime.runtime.clock import MonotonicClock
from realtime.runtime.histogram import Histogram
from realtime.types import RGB


def test_every_picture_is_timed(landmarker_path: Path, portrait: RGB) -> None:
    found = Histogram()
    time_landmarker(landmarker_path, [portrait, np.zeros_like(portrait)], MonotonicClock(), found)
    assert found.spread().count == 2
    assert found.spread().p50_ms > 0.1
