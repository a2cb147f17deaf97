"""The pipeline from a webcam to a virtual camera: `python -m tests.devices.show WEBCAM DEVICE`.

Source, threads and output are the real ones. Tracker and renderer are not: a face tracker is too
slow for an emulated processor, and a drawn frame number tells more than an avatar.
"""

import signal
import sys
import threading

import numpy as np

from realtime.capture.webcam import Webcam
from realtime.output.virtual_camera import VirtualCamera
from realtime.pipeline import Stages, run
from realtime.runtime.clock import MonotonicClock
from realtime.runtime.metrics import Metrics
from realtime.track.presence import PresenceFilter
from realtime.types import RGB, Motion, Picture
from tests.devices import marker
from tests.devices.programs import tell_ready
from tests.fakes import FakeMover, FakeTracker

SIZE = (640, 480)
FPS = 25.0
"""What vivid gives."""


class NumberRenderer:
    """Draws the number of the frame that it answers."""

    size = SIZE

    def render(self, motion: Motion, out: RGB) -> None:
        marker.draw(motion.sequence & 0xFFFF, out)

    def close(self) -> None:
        pass


class Announced:
    """A virtual camera that says when its first picture was sent."""

    def __init__(self, camera: VirtualCamera) -> None:
        self._camera = camera
        self._announced = False

    def send(self, picture: Picture) -> None:
        self._camera.send(picture)
        if not self._announced:
            tell_ready()
            self._announced = True

    def close(self) -> None:
        self._camera.close()


def show(webcam: str, device: str) -> None:
    """Run until SIGTERM."""
    clock, stop = MonotonicClock(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    run(
        lambda: Webcam(webcam, SIZE, FPS, clock),
        lambda: Stages(FakeTracker(), PresenceFilter(), FakeMover(), NumberRenderer()),
        Announced(VirtualCamera(SIZE, FPS, device=device)),
        np.full((SIZE[1], SIZE[0], 3), marker.CARD_LEVEL, np.uint8),
        FPS,
        clock=clock,
        metrics=Metrics(),
        stop=stop,
    )


if __name__ == "__main__":
    show(*sys.argv[1:])
