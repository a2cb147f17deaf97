"""What a frame costs in memory, from the capture thread to the output, but for the tracker's."""

import threading
import tracemalloc
from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from realtime.avatar import Avatar, load_avatar
from realtime.capture.picture import read_picture
from realtime.models.store import Store
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState
from realtime.motion.performance import LENGTH_S, Performance
from realtime.motion.relative import RelativeMover
from realtime.output.card import starting_card
from realtime.output.null import NullOutput
from realtime.pipeline import Stages, run
from realtime.provenance.badge import Badge
from realtime.provenance.stamped import Stamped
from realtime.runtime.metrics import Metrics
from realtime.track.presence import PresenceFilter
from realtime.types import Face, Frame, Picture
from tests.fakes import PERIOD_NS, ManualClock, ScriptedSource, face, frame
from tests.rig import FAST_FPS

SIZE = (1280, 720)
WARM, WINDOW = 30, 60
CHANNEL_BYTES = SIZE[0] * SIZE[1]
"The smallest array of a picture's size, such as a mask, and as much as a frame of the camera."
KEPT_BYTES = 400
"A frame, while Python's and NumPy's free lists fill up; a motion that is kept takes 6000."
POSES = 30
"Eyes shut and open, mouth shut and open, looks and turns; the first is at rest."


class PosingTracker:
    """Finds one pose after the other."""

    def __init__(self, avatar: Avatar) -> None:
        performance = Performance(HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh)))
        moments_s = [pose * LENGTH_S / POSES for pose in range(POSES)]
        self._faces = [
            replace(face(), landmarks=performance.at(t_s).landmarks()) for t_s in moments_s
        ]

    def track(self, frame: Frame) -> Face:
        return self._faces[frame.sequence % POSES]

    def close(self) -> None:
        """Nothing to free."""


class Meter(NullOutput):
    """Lets the next frame in when one has left, and reads the memory that is in use then."""

    def __init__(self, gate: threading.Semaphore) -> None:
        super().__init__()
        self._gate = gate
        self._newest = -1
        self.held = array("q", bytes(8 * (WARM + 2 * WINDOW)))
        self.peak = 0

    def send(self, picture: Picture) -> None:
        if picture.sequence == self._newest:
            return
        self._newest = picture.sequence
        if self._newest == WARM:
            tracemalloc.reset_peak()
        self.held[self._newest], self.peak = tracemalloc.get_traced_memory()
        self._gate.release()


@pytest.fixture(scope="module")
def metered(portrait_file: Path) -> Meter:
    """After a run of the mesh renderer, warm and on."""
    avatar = load_avatar(read_picture(portrait_file), "the portrait", SIZE, Store())
    clock, gate = ManualClock(), threading.Semaphore()
    meter = Meter(gate)

    def script() -> Iterator[Frame]:
        first = frame(size=(640, 480))
        for sequence in range(WARM + 2 * WINDOW):
            clock.advance(PERIOD_NS)
            yield replace(first, sequence=sequence, captured_ns=clock.now_ns())

    source = ScriptedSource(script(), gate=gate)
    mover = RelativeMover(avatar.face, avatar.mesh)
    tracemalloc.start()
    try:
        run(
            lambda: source,
            lambda: Stages(PosingTracker(avatar), PresenceFilter(), mover, avatar.open_renderer()),
            Stamped(meter, Badge(SIZE)),
            starting_card(SIZE),
            FAST_FPS,
            clock=clock,
            metrics=Metrics(),
            stop=threading.Event(),
        )
    finally:
        tracemalloc.stop()
    return meter


def test_no_array_of_a_pictures_size_is_made_for_a_frame(metered: Meter) -> None:
    assert metered.peak - min(metered.held[WARM:]) < CHANNEL_BYTES


def test_nothing_is_kept_of_a_frame(metered: Meter) -> None:
    # The least of many moments: no other thread is at work in all of them.
    first, second = metered.held[WARM : WARM + WINDOW], metered.held[WARM + WINDOW :]
    assert min(second) - min(first) < WINDOW * KEPT_BYTES
