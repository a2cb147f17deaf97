"""Feeds a virtual camera until it is ended: `python -m tests.devices.feed DEVICE`."""

import itertools
import sys
import threading

import numpy as np

from realtime.output.virtual_camera import VirtualCamera
from realtime.types import Picture
from tests.devices import marker
from tests.devices.programs import tell_ready

SIZE = (640, 480)
FPS = 25.0


def feed(device: str) -> None:
    """Send numbers, one a picture, until the program is ended."""
    camera = VirtualCamera(SIZE, FPS, device=device)
    pixels = np.empty((SIZE[1], SIZE[0], 3), np.uint8)
    never = threading.Event()
    for number in itertools.count():
        marker.draw(number & 0xFFFF, pixels)
        camera.send(Picture(pixels, number, None))
        if number == 0:
            tell_ready()
        never.wait(1 / FPS)


if __name__ == "__main__":
    feed(sys.argv[1])
