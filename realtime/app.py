"""From a configuration to a running engine; `realtime.late_stages` opens what is slow to open."""

import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from realtime.capture import Source
from realtime.capture.files import open_file
from realtime.capture.paced import Paced
from realtime.capture.picture import read_picture
from realtime.config import Config, OutputConfig
from realtime.demo_portrait import demo_portrait
from realtime.errors import InputError
from realtime.late_stages import LateStages
from realtime.models.store import Store
from realtime.output import Output
from realtime.output.card import starting_card
from realtime.output.leavable import Leavable
from realtime.output.null import NullOutput
from realtime.output.tee import Tee
from realtime.pipeline import run
from realtime.provenance.badge import Badge
from realtime.provenance.stamped import Stamped
from realtime.runtime.clock import Clock, MonotonicClock
from realtime.runtime.interruptible import Interruptible
from realtime.runtime.metrics import Metrics, Report
from realtime.runtime.punctual import punctual
from realtime.runtime.stopwatch import Stopwatch


@dataclass(frozen=True, slots=True)
class Live:
    """One live run."""

    config: Config
    models: Store
    clock: Clock = field(default_factory=MonotonicClock)
    metrics: Metrics = field(default_factory=Metrics)
    stop: threading.Event = field(default_factory=threading.Event)
    "Set it to end the run within a second."
    calls: Interruptible = field(default_factory=Interruptible)
    "Where the run's calling thread is in the hands of an output."
    say: Callable[[str], None] = lambda _: None
    "Told, in a line, what the user should know before it shows; from any thread."

    def run(
        self,
        open_source: Callable[[], Source] | None = None,
        extra_outputs: tuple[Output, ...] = (),
    ) -> Report:
        """Run to the source's end, Ctrl-C or `stop`; what was measured.

        Args:
            open_source: instead of the configured camera or file.
            extra_outputs: get the marked pictures too; closed at the end.

        Raises:
            MimicamError: a portrait, device, model or file cannot be used.
        """
        # Tracking and rendering have a thread each: more threads inside them only get in the way.
        cv2.setNumThreads(1)
        canvas, avatar_file = self.config.canvas, self.config.avatar or demo_portrait()
        portrait = read_picture(avatar_file)
        stages = LateStages(
            self.config, self.models, self.clock, self.metrics, self.say, portrait, avatar_file
        )
        with self.calls:
            output = self._open_outputs(stages, extra_outputs)
        with punctual(), closing(stages):
            run(
                open_source or self._open_source,
                stages.open,
                output,
                starting_card((canvas.width, canvas.height)),
                canvas.fps,
                clock=self.clock,
                metrics=self.metrics,
                stop=self.stop,
            )
        return self.metrics.report()

    def _open_source(self) -> Source:
        if self.config.source is not None:
            return Paced(open_file(self.config.source), self.clock)
        from realtime.capture.webcam import Webcam

        return Webcam(self.config.camera, _CAMERA_SIZE, self.config.canvas.fps, self.clock)

    def _open_outputs(self, stages: LateStages, extra: tuple[Output, ...]) -> Output:
        chosen, canvas = self.config.output, self.config.canvas
        size = (canvas.width, canvas.height)
        openers = self._openers(chosen, size, stages)
        if not openers and not extra:
            raise InputError(
                "no output chosen; add --window, --virtual-camera, --record FILE or --null"
            )
        outputs: list[Output] = list(extra)
        with ExitStack() as undo:
            for given in extra:
                undo.callback(given.close)
            for open_one in openers:
                outputs.append(open_one())
                undo.callback(outputs[-1].close)
            undo.pop_all()
        tee = Tee(outputs)
        return Leavable(Stamped(tee, Badge(size)) if canvas.badge else tee, self.calls)

    def _openers(
        self, chosen: OutputConfig, size: tuple[int, int], stages: LateStages
    ) -> list[Callable[[], Output]]:
        fps = self.config.canvas.fps
        openers: list[Callable[[], Output]] = []
        if chosen.virtual_camera:
            watch = Stopwatch(self.clock, self.metrics)
            openers.append(lambda: _open_virtual_camera(size, fps, chosen, watch))
        if chosen.record is not None:
            record = chosen.record
            openers.append(lambda: _open_recorder(record, size, fps, self.clock))
        if chosen.window:
            openers.append(lambda: self._open_window(size, stages))
        if chosen.null:
            openers.append(NullOutput)
        return openers

    def _open_window(self, size: tuple[int, int], stages: LateStages) -> Output:
        from realtime.output.window import Key, Window

        keys = [Key("n", "new neutral face", stages.recalibrate)]
        if self.config.render.renderer != "mesh":
            keys.append(Key("r", "other renderer", stages.switch_renderer))
        return Window(
            size,
            status=lambda: [self._status(), *stages.renderer_status()],
            on_quit=self.stop.set,
            keys=keys,
        )

    def _status(self) -> str:
        report = self.metrics.report()
        return (
            f"{report.recent_fps:.0f} fps  {report.age.p50_ms:.0f} ms "
            f"(p95 {report.age.p95_ms:.0f} ms)  {report.state}"
        )


_CAMERA_SIZE = (640, 480)
"What is asked of a camera: tracking gains nothing from more."


def _open_virtual_camera(
    size: tuple[int, int], fps: float, chosen: OutputConfig, watch: Stopwatch
) -> Output:
    from realtime.output.reopened import Reopened
    from realtime.output.virtual_camera import VirtualCamera

    def opened() -> Output:
        return VirtualCamera(size, fps, device=chosen.device, backend=chosen.backend)

    return Reopened(opened, "virtual camera", watch)


def _open_recorder(path: Path, size: tuple[int, int], fps: float, clock: Clock) -> Output:
    from realtime.output.recorder import Recorder

    return Recorder(path, size, fps, clock)
