"""A camera, a landmark model and a renderer that can be broken, and what they make of one face."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.types import RGB, Face, Motion, Presence, Similarity
from tests.fakes import MARKER
from tests.faults.world import World, ticks

CAMERA_SIZE = (64, 48)
CANVAS_SIZE = (96, 72)
CARD: RGB = np.full((CANVAS_SIZE[1], CANVAS_SIZE[0], 3), (5, 200, 90), np.uint8)

EARLY_NS = 2_000_000
"As `Alignment` wants it to be, so that ticks stay where tests count them."
_SHADES = {Presence.TRACKING: 40, Presence.HELD: 80, Presence.AWAY: 120, Presence.RETURNING: 160}
_PRESENCES = {shade: presence for presence, shade in _SHADES.items()}
_CARD_SHADE = 5


def film(size: tuple[int, int] = CAMERA_SIZE) -> NDArray[np.uint8]:
    """What the camera sees: nothing but the colour that must never leave; BGR or RGB alike."""
    return np.full((size[1], size[0], 3), MARKER, np.uint8)


class Camera:
    """The machine's one camera, and `cv2.VideoCapture` for it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.plugged = True
        self.hangs = False
        self.every = 1.0
        "Ticks from picture to picture."
        self.early_ns = EARLY_NS
        "How long before the tick that shows them pictures come."
        self.film: Callable[[], Any] = film
        self.whole = True
        self.pictures = 0
        self.opened = self.released = 0

    def __call__(self, device: int | str, backend: int) -> "Camera":
        self.opened += 1
        return self

    def isOpened(self) -> bool:
        return self.plugged

    def set(self, prop: int, value: float) -> bool:
        return True

    def get(self, prop: int) -> float:
        return 30.0 if prop == cv2.CAP_PROP_FPS else 0.0

    def grab(self) -> bool:
        if self.hangs:
            self._world.hang()
        if self.plugged:
            # Exactly as far before each tick: ticks follow a camera that drifts.
            now_ns = self._world.now_ns() + self.early_ns
            passed = now_ns // ticks(self.every)
            while ticks(passed * self.every) > now_ns:
                passed -= 1
            self._world.sleep_until(ticks((passed + 1) * self.every) - self.early_ns)
        self.pictures += 1
        return self.plugged

    def retrieve(self, image: NDArray[Any] | None) -> tuple[bool, Any]:
        return self.whole, self.film()

    def release(self) -> None:
        self.released += 1


class Detector:
    """Stands for `LandmarkDetector`: the avatar's own face, never quite still."""

    def __init__(self, face: Face, canvas: tuple[int, int]) -> None:
        self._face = face
        self._canvas = canvas
        self.looks = 0
        self.closes = 0
        self.on_look: Callable[[list[Face]], list[Face]] = lambda faces: faces

    def detect(self, pixels: RGB) -> list[Face]:
        assert (pixels == MARKER).all(), "the tracker is given what the camera saw"
        self.looks += 1
        return self.on_look([self._seen(pixels.shape[1], pixels.shape[0])])

    def close(self) -> None:
        self.closes += 1

    def _seen(self, width: int, height: int) -> Face:
        scale = np.array([width, height, width], np.float32) / np.array(
            [*self._canvas, self._canvas[0]], np.float32
        )
        sway = np.array([0.01 * width * np.sin(self.looks), 0, 0], np.float32)
        landmarks = np.asarray(self._face.landmarks * scale + sway, np.float32)
        return replace(self._face, landmarks=landmarks)


class Painter:
    """A renderer whose pictures tell the presence, and differ where motions do."""

    def __init__(self, size: tuple[int, int] = CANVAS_SIZE, tint: int = 0) -> None:
        self.size = size
        self._tint = tint
        self.closes = 0
        self.on_render: Callable[[], None] = lambda: None
        self.heads: list[Similarity] = []
        "How each picture's head was moved."

    def render(self, motion: Motion, out: RGB) -> None:
        self.heads.append(motion.head)
        self.on_render()
        told = zlib.crc32(motion.landmarks.tobytes())
        out[...] = (_SHADES[motion.presence], 100 + told % 100, 20 + (told >> 8) % 100 + self._tint)

    def close(self) -> None:
        self.closes += 1


def presence_in(pixels: RGB) -> Presence | None:
    """Whom the painter drew; None for a card."""
    shade = int(pixels[0, 0, 0])
    return None if shade == _CARD_SHADE else _PRESENCES[shade]
