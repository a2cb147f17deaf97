"""A run of fakes, for the tests of the pipeline."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from unittest.mock import patch

import numpy as np

from realtime.capture import Source
from realtime.pipeline import Stages, run
from realtime.runtime.metrics import Metrics
from realtime.track.presence import PresenceFilter
from realtime.types import RGB, Frame, Picture
from tests.fakes import (
    GUARD_S,
    FakeMover,
    FakeRenderer,
    FakeTracker,
    ManualClock,
    RecordingOutput,
    ScriptedSource,
    frame,
)

SIZE = (8, 6)
CARD: RGB = np.full((SIZE[1], SIZE[0], 3), 77, np.uint8)

FAST_FPS = 1e6
"Ticks so short that silence does not set in, however often the output repeats a picture."

_LOOPS = {f"mimicam-{loop}" for loop in ("capture", "track", "render")}


def threads_of_runs() -> list[threading.Thread]:
    """The threads of runs that are still there; a renderer's own end with the renderer."""
    return [thread for thread in threading.enumerate() if thread.name in _LOOPS]


@dataclass
class Rig:
    """A run of fakes; tests replace what they are about."""

    source: ScriptedSource
    tracker: FakeTracker = field(default_factory=FakeTracker)
    mover: FakeMover = field(default_factory=FakeMover)
    renderer: FakeRenderer = field(default_factory=lambda: FakeRenderer(SIZE))
    output: RecordingOutput = field(default_factory=RecordingOutput)
    fps: float = FAST_FPS
    clock: ManualClock = field(default_factory=ManualClock)
    metrics: Metrics = field(default_factory=Metrics)
    stop: threading.Event = field(default_factory=threading.Event)
    patience_s: float = GUARD_S
    "How long the run waits for its threads to end."

    def open_source(self) -> Source:
        return self.source

    def open_stages(self) -> Stages:
        return Stages(self.tracker, PresenceFilter(), self.mover, self.renderer)

    def run(
        self,
        open_source: Callable[[], Source] | None = None,
        open_stages: Callable[[], Stages] | None = None,
    ) -> None:
        with patch("realtime.pipeline._JOIN_S", self.patience_s):
            run(
                open_source or self.open_source,
                open_stages or self.open_stages,
                self.output,
                CARD,
                self.fps,
                clock=self.clock,
                metrics=self.metrics,
                stop=self.stop,
            )

    @property
    def closes(self) -> tuple[int, int, int, int]:
        """How often source, tracker, renderer and output were closed, when no thread is left."""
        assert not [thread.name for thread in threads_of_runs()]
        return (
            self.source.closes,
            self.tracker.closes,
            self.renderer.closes,
            self.output.closes,
        )

    def answers(self) -> list[Picture]:
        """The pictures that answer a frame, each once."""
        sent = [p for p in self.output.pictures if p.captured_ns is not None]
        return [next(group) for _, group in itertools.groupby(sent, key=lambda p: p.sequence)]

    def fail_in(self, stage: str, error: Exception) -> None:
        """Make one stage fail at its first use, the source at its second."""

        def hook(_: object) -> None:
            raise error

        match stage:
            case "capture":
                self.source = ScriptedSource([frame(0), error])
            case "track":
                self.tracker = FakeTracker([error])
            case "motion":
                self.mover = FakeMover(on_move=hook)
            case "render":
                self.renderer = FakeRenderer(SIZE, on_render=hook)
            case "output":
                self.output = RecordingOutput(on_send=hook)
            case _:
                raise AssertionError(stage)


def reached(event: threading.Event) -> None:
    """Wait for what another thread must do."""
    assert event.wait(GUARD_S), "the other thread never got there"


def one_by_one(frames: list[Frame]) -> Rig:
    """A rig whose source gives the next frame once the picture of the last was sent."""
    gate = threading.Semaphore(1)
    last = -1

    def on_send(picture: Picture) -> None:
        nonlocal last
        if picture.sequence > last:
            last = picture.sequence
            gate.release()

    return Rig(ScriptedSource(frames, gate=gate), output=RecordingOutput(on_send=on_send))
