"""Who draws between the pictures of a model depends on how fast it is."""

import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime.app import Live
from realtime.config import CanvasConfig, Config, RenderConfig
from realtime.models.store import Store
from realtime.output.video_writer import VideoWriter
from realtime.render.neural import NeuralRenderer
from realtime.runtime.clock import MonotonicClock
from realtime.stages import Stages
from realtime.types import RGB
from tests.fakes import MARKER, RecordingOutput

CANVAS = CanvasConfig(width=320, height=240, fps=20.0)


class JumpingClock(MonotonicClock):
    """The machine's clock, set forward when a test says so."""

    ahead_ns = 0

    def now_ns(self) -> int:
        return super().now_ns() + self.ahead_ns


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("driving") / "marker.mp4"
    with VideoWriter(path, (160, 120), Fraction(20)) as writer:
        for _ in range(4):
            writer.write(np.full((120, 160, 3), MARKER, np.uint8))
    return path


@pytest.mark.parametrize(
    ("takes_ns", "is_slow"),
    [pytest.param(2_000_000_000, True, id="slow"), pytest.param(0, False, id="fast")],
)
def test_slow_model_gets_a_thread_of_its_own_while_it_runs(
    film: Path,
    home_with_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    takes_ns: int,
    is_slow: bool,
) -> None:
    clock = JumpingClock()
    source = np.zeros((64, 64, 3), np.uint8)
    threads: set[str] = set()

    def draw_rest(renderer: NeuralRenderer) -> RGB:
        clock.ahead_ns += takes_ns
        return source

    def say(line: str) -> None:
        said.append(line)
        threads.update(thread.name for thread in threading.enumerate())

    def remembered(**parts: Any) -> Stages:
        made.append(Stages(**parts))
        return made[-1]

    said: list[str] = []
    made: list[Stages] = []
    monkeypatch.setattr("realtime.late_stages.Stages", remembered)
    monkeypatch.setattr(NeuralRenderer, "draw_rest", draw_rest)
    config = Config(source=film, canvas=CANVAS, render=RenderConfig(renderer="fomm"))
    live = Live(config, Store(home_with_model), clock=clock, say=say)
    live.run(extra_outputs=(RecordingOutput(),))
    assert ("about 0.5 frames a second, bent to follow you in between" in said[0]) == is_slow
    assert ("mimicam-model" in threads) == is_slow
    assert [stages.moves_between for stages in made] == [is_slow]
    assert "mimicam-model" not in {thread.name for thread in threading.enumerate()}
