"""One run under fault: its engine parts, what it sends, and what is left of it."""

import gc
import itertools
import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import numpy as np

from realtime.capture import Source
from realtime.capture.webcam import Webcam
from realtime.errors import MimicamError
from realtime.models.face_mesh import FaceMesh
from realtime.motion.prediction import HeadPredictor
from realtime.motion.relative import RelativeMover
from realtime.output import Output
from realtime.output.leavable import Leavable
from realtime.output.tee import Tee
from realtime.pipeline import Stages, run
from realtime.provenance.badge import Badge
from realtime.provenance.stamped import Stamped
from realtime.render import Renderer
from realtime.runtime.clock import Clock
from realtime.runtime.interruptible import Interruptible
from realtime.runtime.metrics import Metrics, Report
from realtime.runtime.ring import Ring
from realtime.track.face_landmarker import FaceLandmarker
from realtime.track.one_euro import OneEuroSettings
from realtime.track.presence import PresenceFilter
from realtime.types import RGB, Face, Frame, Motion, Picture, Presence, Sighting
from tests.fakes import GUARD_S, MARKER
from tests.faults.devices import CANVAS_SIZE, CARD, Camera, Detector, Painter, presence_in
from tests.faults.world import FPS, World, threads_of_a_run, watched_future, watched_mailbox

_FILES = Path("/proc/self/fd")
_NEAR = 60


@dataclass(frozen=True)
class Sent:
    """One picture that left."""

    tick: int
    what: str
    "avatar, holds, idles, returns or card"


class Audience:
    """An output that looks at every picture: whom it shows, and that it shows no camera pixel."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._last: bytes | None = None
        self.sent: list[Sent] = []
        self.closes = 0
        self.on_send: Callable[[Picture], None] = lambda _: None

    def send(self, picture: Picture) -> None:
        assert not _shows_the_camera(picture.pixels), "camera pixels left"
        pixels = picture.pixels.tobytes()
        what = _seen(presence_in(picture.pixels), again=pixels == self._last)
        self._last = pixels
        self.sent.append(Sent(round(self._world.now_ns() * FPS / 1e9), what))
        self.on_send(picture)

    def close(self) -> None:
        self.closes += 1


def _shows_the_camera(pixels: RGB) -> bool:
    return bool((np.abs(pixels.astype(int) - MARKER).max(axis=2) < _NEAR).any())


def _seen(presence: Presence | None, *, again: bool) -> str:
    match presence:
        case None:
            return "card"
        case Presence.HELD:
            return "holds"
        case _ if again:
            return "holds"
        case Presence.AWAY:
            return "idles"
        case Presence.RETURNING:
            return "returns"
        case Presence.TRACKING:
            return "avatar"


@dataclass
class Show:
    """A live run from the webcam to the audience; tests break what they are about.

    Real are webcam, landmarker, predictor, presence, mover, `run`, badge and tee; what lies behind
    them is not: the device, the model, the pixels of the avatar, and time.
    """

    face: Face
    mesh: FaceMesh
    portrait_size: tuple[int, int]
    world: World = field(default_factory=World)
    stop: threading.Event = field(default_factory=threading.Event)
    calls: Interruptible = field(default_factory=Interruptible)
    metrics: Metrics = field(default_factory=Metrics)
    fallback: Renderer | None = None
    patience_s: float = GUARD_S
    "How long the run waits for its threads to end."
    error: str = ""
    "What ended the run, if anything did, as the command line says it."

    def __post_init__(self) -> None:
        self.camera = Camera(self.world)
        self.detector = Detector(self.face, self.portrait_size)
        self.renderer: Renderer = Painter()
        self.audience = Audience(self.world)
        self.outputs: Sequence[Output] = [self.audience]
        self.clock: Clock = self.world
        self._rings: list[weakref.ref[Ring]] = []
        self._moved_ns: list[int] = []

    def run(self, until_tick: int) -> Report:
        """Run, and find threads, files and picture buffers afterwards as they were before."""
        self.world.at(until_tick, self.stop.set)
        files = _open_files()
        with ExitStack() as patches:
            for name, replacement in (
                ("pipeline.Mailbox", watched_mailbox(self.world)),
                ("pipeline.Future", watched_future(self.world)),
                ("pipeline.Ring", self._ring),
                ("pipeline._JOIN_S", self.patience_s),
                ("track.face_landmarker.LandmarkDetector", lambda *_: self.detector),
            ):
                patches.enter_context(patch(f"realtime.{name}", replacement))
            self._run()
        self.world.let_go()
        for thread in threading.enumerate():
            if thread.name in threads_of_a_run():
                thread.join(GUARD_S)
        assert self._moved_ns == sorted(self._moved_ns), "filters cannot bear time that goes back"
        assert threads_of_a_run() == []
        assert _open_files() == files
        gc.collect()
        assert [ring() for ring in self._rings] == [None], "picture buffers outlive the run"
        assert self.camera.released == self.camera.opened
        assert self.audience.closes == 1
        return self.metrics.report()

    def _run(self) -> None:
        stamped = Stamped(_Last(Tee(self.outputs), self.world), Badge(CANVAS_SIZE))
        output = Leavable(stamped, self.calls)
        try:
            run(
                self._open_source,
                self.open_stages,
                output,
                CARD,
                FPS,
                clock=self.clock,
                metrics=self.metrics,
                stop=self.stop,
            )
        except MimicamError as error:
            self.error = f"mimicam: error: {error}"

    def _open_source(self) -> Source:
        return _Closing(Webcam(0, (640, 480), 30, self.clock, self.camera), self.world)

    def open_stages(self) -> Stages:
        return Stages(
            tracker=FaceLandmarker(Path("face_landmarker.task"), OneEuroSettings()),
            presence=PresenceFilter(),
            mover=_Dated(self.face, self.mesh, self._moved_ns),
            renderer=self.renderer,
            fallback=self.fallback,
            predictor=HeadPredictor(self.mesh),
        )

    def _ring(self, count: int, size: tuple[int, int]) -> Ring:
        ring = Ring(count, size)
        self._rings.append(weakref.ref(ring))
        return ring

    def seen(self, since_tick: int = 0) -> str:
        """What the audience saw, and for how many ticks; without a number, to the end."""
        kinds = [sent.what for sent in self.audience.sent if sent.tick >= since_tick]
        runs = [(kind, len(list(group))) for kind, group in itertools.groupby(kinds)]
        if not runs:
            return "nothing more"
        return ", ".join([*_words(_folded(runs[:-1])), runs[-1][0]])

    def until_normal(self, since_tick: int) -> str:
        """How long it took from that tick on until the avatar followed again."""
        for sent in self.audience.sent:
            if sent.tick >= since_tick and sent.what == "avatar":
                count = sent.tick - since_tick
                return f"after {count}" if count else "at once"
        return "the run ends" if self.error else "never"

    def longest_gap(self) -> int:
        """Most ticks from one picture to the next; 1 when no tick was left out."""
        served = [sent.tick for sent in self.audience.sent]
        return max(after - before for before, after in itertools.pairwise(served))


class _Dated(RelativeMover):
    """Writes down the moments that it is asked for."""

    def __init__(self, face: Face, mesh: FaceMesh, moved_ns: list[int]) -> None:
        super().__init__(face, mesh)
        self._dates_ns = moved_ns

    def move(self, sighting: Sighting) -> Motion:
        self._dates_ns.append(sighting.captured_ns)
        return super().move(sighting)


class _Last:
    """An output at whose end time no longer holds anybody up; its source may not be open yet."""

    def __init__(self, output: Output, world: World) -> None:
        self._output = output
        self._world = world

    def send(self, picture: Picture) -> None:
        self._output.send(picture)

    def close(self) -> None:
        self._world.end()
        self._world.wait_for_the_others()
        self._output.close()


class _Closing:
    """A source at whose end time no longer holds anybody up."""

    def __init__(self, source: Source, world: World) -> None:
        self._source = source
        self._world = world

    @property
    def fps(self) -> float:
        return self._source.fps

    def read(self) -> Frame | None:
        return self._source.read()

    def close(self) -> None:
        self._world.end()
        self._source.close()


def _folded(runs: list[tuple[str, int]]) -> list[tuple[str, int, int]]:
    """Runs as (what, ticks, times), a pair that comes again and again told once."""
    folded: list[tuple[str, int, int]] = []
    while runs:
        times = 1
        while len(runs) >= 2 * (times + 1) and runs[2 * times : 2 * times + 2] == runs[:2]:
            times += 1
        if times > 1:
            folded += [(*run, times) for run in runs[:2]]
            runs = runs[2 * times :]
        else:
            folded.append((*runs[0], 1))
            runs = runs[1:]
    return folded


def _words(folded: list[tuple[str, int, int]]) -> list[str]:
    return [
        f"{what} {count}" + (f" ({times} times)" if times > 1 else "")
        for what, count, times in folded
    ]


def _open_files() -> int:
    return len(list(_FILES.iterdir())) if _FILES.exists() else 0
