"""Stand-ins for everything that has a device, a model or a clock behind it.

The `on_*` hooks run inside the call they are named after, on its thread: they block it, or raise
in it, as a test wants.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from realtime.capture import EndOfSource
from realtime.errors import OutputError
from realtime.types import (
    LANDMARK_COUNT,
    RGB,
    Face,
    Frame,
    Motion,
    Picture,
    Presence,
    Sighting,
    Similarity,
)

MARKER = (255, 0, 255)
"The colour of captured pixels; it must never leave."

PERIOD_NS = 33_333_333

GUARD_S = 20.0
"How long a test waits for what must happen before it fails."


def frame(
    sequence: int = 0,
    captured_ns: int | None = None,
    *,
    colour: tuple[int, int, int] = MARKER,
    size: tuple[int, int] = (16, 12),
) -> Frame:
    """A frame of one colour, width x height, captured at 30 fps unless said otherwise."""
    pixels = np.full((size[1], size[0], 3), colour, np.uint8)
    return Frame(pixels, sequence, sequence * PERIOD_NS if captured_ns is None else captured_ns)


def face() -> Face:
    """A face without shape or expression."""
    return Face(
        landmarks=np.zeros((LANDMARK_COUNT, 3), np.float32),
        blendshapes=np.zeros(52, np.float32),
        pose=np.eye(4, dtype=np.float32),
    )


def motion(
    sequence: int = 0, captured_ns: int = 0, presence: Presence = Presence.TRACKING
) -> Motion:
    """A motion that leaves the avatar where it is."""
    return Motion(
        landmarks=np.zeros((LANDMARK_COUNT, 3), np.float32),
        head=Similarity(1.0, np.eye(3), np.zeros(3)),
        presence=presence,
        sequence=sequence,
        captured_ns=captured_ns,
    )


class ManualClock:
    """Time that passes when a test says so, and at once when somebody waits for it."""

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> int:
        return self._now_ns

    def advance(self, ns: int) -> None:
        self._now_ns += ns

    def wait_until(self, t_ns: int, wake: threading.Event) -> bool:
        if wake.wait(1e-4):  # other threads get a turn
            return True
        self._now_ns = max(self._now_ns, t_ns)
        return False


class ScriptedSource:
    """Gives the script's items in order, then ends: frames and None are returned, errors raised.

    With a `gate`, every read waits until it is released once.
    """

    def __init__(
        self,
        script: Iterable[Frame | Exception | None],
        *,
        fps: float = 30.0,
        gate: threading.Semaphore | None = None,
    ) -> None:
        self._script = iter(script)
        self._fps = fps
        self._gate = gate
        self._closed = threading.Event()
        self.ended = threading.Event()
        "Set once the script is over and its end was asked for."
        self.closes = 0

    @property
    def fps(self) -> float:
        return self._fps

    def read(self) -> Frame | None:
        if self._gate is not None:
            self._gate.acquire()
        if self._closed.is_set():
            return None
        item = next(self._script, EndOfSource())
        if isinstance(item, EndOfSource):
            self.ended.set()
        if isinstance(item, Exception):
            raise item
        return item

    def close(self) -> None:
        self.closes += 1
        self._closed.set()
        if self._gate is not None:
            self._gate.release()


class FakeTracker:
    """Finds what the script says, its last item for ever; errors in it are raised."""

    def __init__(
        self,
        script: Iterable[Face | Exception | None] | None = None,
        *,
        on_track: Callable[[Frame], None] | None = None,
    ) -> None:
        self._script = [face()] if script is None else list(script)
        self._on_track = on_track
        self.tracked: list[int] = []
        "Sequence numbers of the frames it was given."
        self.closes = 0

    def track(self, frame: Frame) -> Face | None:
        self.tracked.append(frame.sequence)
        if self._on_track is not None:
            self._on_track(frame)
        item = self._script[min(len(self.tracked), len(self._script)) - 1]
        if isinstance(item, Exception):
            raise item
        return item

    def close(self) -> None:
        self.closes += 1


class FakeMover:
    """Passes on what was sighted."""

    def __init__(self, *, on_move: Callable[[Sighting], None] | None = None) -> None:
        self._on_move = on_move
        self.sightings: list[Sighting] = []
        self.recalibrations = 0

    def move(self, sighting: Sighting) -> Motion:
        self.sightings.append(sighting)
        if self._on_move is not None:
            self._on_move(sighting)
        return motion(sighting.sequence, sighting.captured_ns, sighting.presence)

    def recalibrate(self) -> None:
        self.recalibrations += 1


_PRESENCES = list(Presence)


class FakeRenderer:
    """Fills the picture with a colour that tells the motion's sequence number and presence."""

    def __init__(
        self,
        size: tuple[int, int] = (8, 6),
        *,
        on_render: Callable[[Motion], None] | None = None,
    ) -> None:
        self._size = size
        self._on_render = on_render
        self.closes = 0

    @property
    def size(self) -> tuple[int, int]:
        return self._size

    def render(self, motion: Motion, out: RGB) -> None:
        if self._on_render is not None:
            self._on_render(motion)
        low, high = motion.sequence & 0xFF, motion.sequence >> 8 & 0xFF
        out[...] = (low, high, _PRESENCES.index(motion.presence))

    def close(self) -> None:
        self.closes += 1


def drawn_sequence(pixels: RGB) -> int:
    """Sequence number (below 65536) of the motion that `FakeRenderer` drew."""
    return int(pixels[0, 0, 0]) | int(pixels[0, 0, 1]) << 8


def drawn_presence(pixels: RGB) -> Presence:
    """Presence of the motion that `FakeRenderer` drew."""
    return _PRESENCES[int(pixels[0, 0, 2])]


class RecordingOutput:
    """Keeps a copy of every picture; `fail_at` is the index of the send that fails."""

    def __init__(
        self,
        *,
        fail_at: int | None = None,
        on_send: Callable[[Picture], None] | None = None,
    ) -> None:
        self._fail_at = fail_at
        self._on_send = on_send
        self.pictures: list[Picture] = []
        self.closes = 0

    def send(self, picture: Picture) -> None:
        if len(self.pictures) == self._fail_at:
            raise OutputError(f"picture {self._fail_at} cannot be delivered")
        self.pictures.append(replace(picture, pixels=picture.pixels.copy()))
        if self._on_send is not None:
            self._on_send(picture)

    def close(self) -> None:
        self.closes += 1
