"""From a configuration to a running engine: the one file that knows every concrete class."""

import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from realtime.capture import Source
from realtime.capture.files import open_file
from realtime.capture.paced import Paced
from realtime.capture.picture import read_picture
from realtime.config import Config, OutputConfig
from realtime.demo_portrait import demo_portrait
from realtime.errors import InputError
from realtime.models.store import LANDMARKER, Store
from realtime.motion import Framer, Mover
from realtime.output import Output
from realtime.output.card import starting_card
from realtime.output.leavable import Leavable
from realtime.output.null import NullOutput
from realtime.output.tee import Tee
from realtime.pipeline import Stages, run
from realtime.provenance.badge import Badge
from realtime.provenance.stamped import Stamped
from realtime.runtime.clock import Clock, MonotonicClock
from realtime.runtime.interruptible import Interruptible
from realtime.runtime.metrics import Metrics, Report
from realtime.runtime.patience import said_if_slow
from realtime.runtime.punctual import punctual
from realtime.runtime.stopwatch import Stopwatch
from realtime.track.one_euro import OneEuroSettings
from realtime.track.presence import PresenceFilter
from realtime.types import RGB

if TYPE_CHECKING:
    from realtime.avatar import Avatar
    from realtime.motion.rehearsal import Rehearsal
    from realtime.render import Renderer
    from realtime.render.neural import NeuralRenderer
    from realtime.render.switching import SwitchingRenderer
    from realtime.runtime.meanwhile import Meanwhile


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
        stages = _LateStages(self, portrait, avatar_file)
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

    def _open_outputs(self, stages: "_LateStages", extra: tuple[Output, ...]) -> Output:
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
        self, chosen: OutputConfig, size: tuple[int, int], stages: "_LateStages"
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

    def _open_window(self, size: tuple[int, int], stages: "_LateStages") -> Output:
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

_SLOW_START_S = 3.0
"A start usually takes two seconds."
_SLOW_START = (
    "still starting: the first start on a machine compiles, which takes up to half a minute"
)


class _LateStages:
    """Opens the stages in the run's own thread, and passes keys on to them once they are there."""

    def __init__(self, live: Live, portrait: RGB, file: Path) -> None:
        self._config = live.config
        self._models = live.models
        self._live = live
        self._portrait = portrait
        self._file = file
        self._mover: Mover | None = None
        self._framer: Framer | None = None
        self._fallback: Renderer | None = None
        self._switching: SwitchingRenderer | None = None
        self._moves_between = True
        self._rehearsing: Meanwhile[Rehearsal] | None = None
        self._device = ""

    def open(self) -> Stages:
        with said_if_slow(self._live.say, _SLOW_START, _SLOW_START_S):
            return self._open()

    def _open(self) -> Stages:
        # Late imports too: on a machine's first run they compile kernels, while the card flows.
        from realtime.avatar import load_avatar
        from realtime.motion.prediction import HeadPredictor
        from realtime.motion.presets import dynamics_of
        from realtime.motion.relative import RelativeMover
        from realtime.track.face_landmarker import FaceLandmarker

        canvas, motion = self._config.canvas, self._config.motion
        dynamics = dynamics_of(motion)
        avatar = load_avatar(
            self._portrait,
            str(self._file),
            (canvas.width, canvas.height),
            self._models,
            file=self._file,
        )
        smoothing = OneEuroSettings(
            min_cutoff_hz=self._config.smoothing.min_cutoff_hz, beta=self._config.smoothing.beta
        )
        self._mover = RelativeMover(
            avatar.face,
            avatar.mesh,
            strengths=dynamics.strengths,
            relative=motion.relative,
            breathing=dynamics.breathing,
            rehearsal=self._rehearsal_of(avatar),
        )
        return Stages(
            tracker=FaceLandmarker(self._models.path(LANDMARKER), smoothing),
            presence=PresenceFilter(),
            mover=self._mover,
            renderer=self._open_renderer(avatar),
            framer=self._framer,
            moves_between=self._moves_between,
            fallback=self._fallback,
            predictor=HeadPredictor(avatar.mesh),
        )

    def close(self) -> None:
        """End what goes on besides the stages, which belong to the run."""
        if self._rehearsing is not None:
            self._rehearsing.close()

    def recalibrate(self) -> None:
        for stage in (self._mover, self._framer):
            if stage is not None:
                stage.recalibrate()

    def switch_renderer(self) -> None:
        if self._switching is not None:
            self._switching.switch()

    def renderer_status(self) -> list[str]:
        """Who draws, and where; nothing where there is only the mesh."""
        report = self._live.metrics.report()
        return [f"{report.renderer}  {report.device}"] if self._switching else []

    def _rehearsal_of(self, avatar: "Avatar") -> "Callable[[], Rehearsal | None]":
        if self._config.render.renderer != "mesh" or not self._config.motion.relative:
            return lambda: None
        from realtime.rehearsing import rehearsing_meanwhile

        self._rehearsing = rehearsing_meanwhile(avatar, self._models)
        return self._rehearsing.result

    def _open_renderer(self, avatar: "Avatar") -> "Renderer":
        mesh, wanted = avatar.open_renderer(), self._config.render
        if wanted.renderer == "mesh":
            self._tell_renderer("mesh")
            return mesh
        from realtime.models.devices import Device
        from realtime.models.fomm.animator import Animator
        from realtime.models.fomm.converted import converted_model
        from realtime.models.fomm.square import square_of
        from realtime.motion.framing import DriverFraming
        from realtime.render.neural import NeuralRenderer
        from realtime.render.switching import SwitchingRenderer
        from realtime.render.told import Told

        animator = Animator(converted_model(self._models.folder), Device(wanted.device))
        placed = (
            f"{count} nodes on {provider.removesuffix('ExecutionProvider')}"
            for provider, count in animator.placement.items()
        )
        self._device = f"{animator.choice} ({', '.join(placed)})"
        self._fallback = Told(mesh, lambda: self._tell_renderer("mesh"))
        self._framer = DriverFraming(
            avatar.face, animator.size, relative=self._config.motion.relative
        )
        neural = NeuralRenderer(
            avatar.portrait, square_of(avatar.face.landmarks), animator, idle=mesh
        )
        pace = self._frames_a_second(neural)
        said = f"fomm on {self._device}: expect about {pace:.2g} frames a second"
        drawing: Renderer = neural
        self._moves_between = pace < self._config.canvas.fps
        if self._moves_between:
            from realtime.render.kept_alive import KeptAlive

            drawing = KeptAlive(neural, mesh, avatar.mesh)
            said += ", bent to follow you in between"
        self._switching = switching = SwitchingRenderer({"fomm": drawing, "mesh": mesh}, "fomm")
        self._tell_renderer("fomm")
        self._live.say(said)
        return Told(switching, lambda: self._tell_renderer(switching.chosen))

    def _tell_renderer(self, name: str) -> None:
        self._live.metrics.drawn_by(name, "cpu" if name == "mesh" else self._device)

    def _frames_a_second(self, neural: "NeuralRenderer") -> float:
        started_ns = self._live.clock.now_ns()
        neural.draw_rest()
        return 1e9 / max(1, self._live.clock.now_ns() - started_ns)


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
