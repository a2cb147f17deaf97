"""What is compared: the renderers, and the pipeline without any."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from realtime.app import Live
from realtime.benchmark.identity import SyntheticSource, identity_stages
from realtime.capture.files import open_file
from realtime.capture.paced import Paced
from realtime.config import CanvasConfig, Config, OutputConfig, RenderConfig
from realtime.models.fomm.converted import converted_models
from realtime.models.store import Store
from realtime.output.card import starting_card
from realtime.output.null import NullOutput
from realtime.pipeline import Stages, run
from realtime.provenance.badge import Badge
from realtime.provenance.stamped import Stamped
from realtime.runtime.clock import MonotonicClock
from realtime.runtime.metrics import Metrics
from realtime.runtime.punctual import go_before_other_programs, punctual

FPS = 30.0
_WARM_S = 1.5
"Caches fill, and the neutral face is learned."
_REHEARSED_S = 30.0
"The avatar has rehearsed with the actor, in what the run left of two cores, and not yet with the \
driver: that begins after a minute."


@dataclass(frozen=True, slots=True)
class Configuration:
    """One way to run the engine."""

    name: str
    run: Callable[[Metrics, threading.Event], None]
    "Runs until the event is set, and measures itself."
    settle_s: float = _WARM_S
    "From the first picture on, to be left out of what is measured."


def configurations(driver: Path, size: tuple[int, int], store: Store) -> list[Configuration]:
    """Those that this machine can run: `fomm` only where a converted model is.

    Args:
        driver: a video file or folder, played again and again.
        size: width and height of what leaves.
        store: where the models are.
    """
    canvas = CanvasConfig(width=size[0], height=size[1], fps=FPS)
    names = ["mesh", "fomm"] if converted_models(store.folder) else ["mesh"]
    return [
        Configuration("identity", lambda metrics, stop: _run_identity(canvas, metrics, stop)),
        *(
            Configuration(
                name,
                _live(name, driver, canvas, store),
                _REHEARSED_S if name == "mesh" else _WARM_S,
            )
            for name in names
        ),
    ]


def _live(
    renderer: str, driver: Path, canvas: CanvasConfig, store: Store
) -> Callable[[Metrics, threading.Event], None]:
    config = Config(
        canvas=canvas, output=OutputConfig(null=True), render=RenderConfig(renderer=renderer)
    )

    def run_live(metrics: Metrics, stop: threading.Event) -> None:
        live = Live(config, store, metrics=metrics, stop=stop)
        live.run(lambda: Paced(open_file(driver, loop=True), live.clock))

    return run_live


def _run_identity(canvas: CanvasConfig, metrics: Metrics, stop: threading.Event) -> None:
    size = (canvas.width, canvas.height)
    clock, card = MonotonicClock(), starting_card(size)
    metrics.drawn_by("identity", "cpu")
    others = set(threading.enumerate())

    def open_stages() -> Stages:
        # As a live run does.
        go_before_other_programs(set(threading.enumerate()) - others)
        return identity_stages(card)

    with punctual():
        run(
            lambda: Paced(SyntheticSource(canvas.fps), clock),
            open_stages,
            Stamped(NullOutput(), Badge(size)),
            card,
            canvas.fps,
            clock=clock,
            metrics=metrics,
            stop=stop,
        )
