"""The live engine against the clock: rate, latency and memory.

    python -m bench.latency [--seconds 120] [--json FILE]

A 640x480 film of the actor at 30 fps is played as if it were a camera, drives the demo portrait
at 1280x720, and goes to the null output. The bare landmarker is measured in the same run, before
and after, on the same frames. Memory is this process's, compared from the first minute's end.
"""

import argparse
import json
import os
import tempfile
import threading
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import psutil

from realtime.app import Live
from realtime.avatar import open_actor
from realtime.capture.paced import Paced
from realtime.capture.picture import read_picture
from realtime.capture.video import VideoFile
from realtime.cli.report import print_report
from realtime.config import Config, OutputConfig
from realtime.demo_portrait import demo_portrait
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import LANDMARKER, Store
from realtime.output.video_writer import VideoWriter
from realtime.types import RGB

WARM_S = 60.0
BARE_FRAMES = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    store = Store()
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "actor.mp4"
        pictures = film_actor(film, store)
        before = bare_landmarker(pictures, store)
        live = Live(Config(output=OutputConfig(null=True)), store)
        memory = Memory(live.stop, arguments.seconds)
        memory.start()
        report = live.run(lambda: Paced(VideoFile(film, loop=True), live.clock))
        after = bare_landmarker(pictures, store)
    print_report(report)
    bare_p95_ms = float(np.percentile(before + after, 95))
    bound_ms = 2 * bare_p95_ms + 1e3 / 30
    summary = {
        "fps": report.fps,
        "missed ticks": report.missed_ticks,
        "repeats": report.repeats,
        "end to end p95 ms": report.age.p95_ms,
        "bare landmarker p95 ms": bare_p95_ms,
        "bound ms": bound_ms,
        "growth after the first minute MB": memory.growth_mb,
    }
    for name, value in summary.items():
        print(f"{name}: {value:.1f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(summary, indent=2))


def film_actor(path: Path, store: Store) -> list[RGB]:
    """Write the actor's film; some of its frames."""
    actor = open_actor(read_picture(demo_portrait()), store)
    pictures: list[RGB] = []
    with VideoWriter(path, actor.size, Fraction(30)) as writer:
        for sequence in range(actor.frame_count):
            picture = actor.picture(sequence)
            writer.write(picture)
            if len(pictures) < BARE_FRAMES and sequence % 3 == 0:
                pictures.append(picture)
    return pictures


def bare_landmarker(pictures: list[RGB], store: Store) -> list[float]:
    """Milliseconds of every detection, nothing else running in this process."""
    took_ms = []
    with LandmarkDetector(store.path(LANDMARKER)) as detector:
        for picture in pictures:
            started = time.perf_counter()
            detector.detect(picture)
            took_ms.append((time.perf_counter() - started) * 1e3)
    return took_ms


class Memory(threading.Thread):
    """Watches this process's memory, and ends the run when its time is over."""

    def __init__(self, stop: threading.Event, seconds: float) -> None:
        super().__init__(daemon=True)
        self._stop = stop
        self._seconds = seconds
        self.growth_mb = float("nan")

    def run(self) -> None:
        process = psutil.Process(os.getpid())
        self._stop.wait(min(WARM_S, self._seconds / 2))
        warm = process.memory_info().rss
        self._stop.wait(self._seconds - min(WARM_S, self._seconds / 2))
        self.growth_mb = (process.memory_info().rss - warm) / 1e6
        self._stop.set()


if __name__ == "__main__":
    main()
