"""The stages of a live run, opened in its own thread while the card is sent."""

import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from realtime.config import Config
from realtime.models.store import LANDMARKER, Store
from realtime.motion import Framer, Mover
from realtime.runtime.clock import Clock
from realtime.runtime.metrics import Metrics
from realtime.runtime.patience import said_if_slow
from realtime.runtime.punctual import go_before_other_programs
from realtime.stages import Stages
from realtime.track.one_euro import OneEuroSettings
from realtime.track.presence import PresenceFilter
from realtime.types import RGB

if TYPE_CHECKING:
    from realtime.acquaintance import Acquaintance
    from realtime.avatar import Avatar
    from realtime.motion.rehearsal import RehearsalSource
    from realtime.render import Renderer
    from realtime.render.mesh import MeshRenderer
    from realtime.render.neural import NeuralRenderer
    from realtime.render.switching import SwitchingRenderer

_SLOW_START_S = 3.0
"A start usually takes two seconds."
_SLOW_START = (
    "still starting: the first start on a machine compiles, which takes up to half a minute"
)


class LateStages:
    """Opens the stages in the run's own thread, and passes keys on to them once they are there."""

    def __init__(
        self,
        config: Config,
        models: Store,
        clock: Clock,
        metrics: Metrics,
        say: Callable[[str], None],
        portrait: RGB,
        file: Path,
    ) -> None:
        """Open nothing yet.

        Args:
            config: what to open.
            models: where the models are.
            clock: the run's.
            metrics: are told who draws.
            say: takes a line for the user; not after `close`.
            portrait: (h, w, 3), any size.
            file: where that came from.
        """
        self._config = config
        self._models = models
        self._clock = clock
        self._metrics = metrics
        self._say = say
        self._portrait = portrait
        self._file = file
        self._mover: Mover | None = None
        self._framer: Framer | None = None
        self._fallback: Renderer | None = None
        self._switching: SwitchingRenderer | None = None
        self._moves_between = True
        self._acquaintance: Acquaintance | None = None
        self._device = ""
        self._closed = threading.Event()
        self._others_threads = set(threading.enumerate())
        "Those of whoever runs this."

    def open(self) -> Stages:
        """Open them, which takes seconds; raises what a stage does."""
        with said_if_slow(self._tell, _SLOW_START, _SLOW_START_S):
            return self._open()

    def _tell(self, line: str) -> None:
        # A run that ended before all was open leaves its thread behind.
        if not self._closed.is_set():
            self._say(line)

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
            rehearsal=self._rehearsal(),
        )
        with ExitStack() as opened:
            tracker = opened.enter_context(
                closing(FaceLandmarker(self._models.path(LANDMARKER), smoothing))
            )
            mesh = opened.enter_context(closing(avatar.open_renderer()))
            # The run's, the mesh's, and the one through which MediaPipe answers; not a network's.
            ours = set(threading.enumerate()) - self._others_threads
            stages = Stages(
                tracker=tracker,
                presence=PresenceFilter(),
                mover=self._mover,
                renderer=self._open_renderer(avatar, mesh),
                framer=self._framer,
                moves_between=self._moves_between,
                fallback=self._fallback,
                predictor=HeadPredictor(avatar.mesh),
            )
            opened.pop_all()
        # Last, since threads of networks must not inherit it.
        go_before_other_programs(ours)
        return stages

    def close(self) -> None:
        """End what goes on besides the stages, which belong to the run."""
        self._closed.set()
        if self._acquaintance is not None:
            self._acquaintance.close()

    def recalibrate(self) -> None:
        """Learn the driver's rest anew."""
        for stage in (self._mover, self._framer):
            if stage is not None:
                stage.recalibrate()

    def switch_renderer(self) -> None:
        """Draw with the other renderer, where there are two."""
        if self._switching is not None:
            self._switching.switch()

    def renderer_status(self) -> list[str]:
        """Who draws, and where; nothing where there is only the mesh."""
        report = self._metrics.report()
        return [f"{report.renderer}  {report.device}"] if self._switching else []

    def _rehearsal(self) -> "RehearsalSource | None":
        if self._config.render.renderer != "mesh" or not self._config.motion.relative:
            return None
        from realtime.acquaintance import Acquaintance
        from realtime.backstage import rehearsing_backstage

        canvas = self._config.canvas
        size = canvas.width, canvas.height
        self._acquaintance = Acquaintance(
            lambda driver: rehearsing_backstage(self._file, size, self._models, driver)
        )
        return self._acquaintance

    def _open_renderer(self, avatar: "Avatar", mesh: "MeshRenderer") -> "Renderer":
        wanted = self._config.render
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
        self._tell(said)
        return Told(switching, lambda: self._tell_renderer(switching.chosen))

    def _tell_renderer(self, name: str) -> None:
        self._metrics.drawn_by(name, "cpu" if name == "mesh" else self._device)

    def _frames_a_second(self, neural: "NeuralRenderer") -> float:
        started_ns = self._clock.now_ns()
        neural.draw_rest()
        return 1e9 / max(1, self._clock.now_ns() - started_ns)
