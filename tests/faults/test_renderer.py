"""What goes wrong while pictures are drawn, and with the files that models lie in."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from realtime.errors import DeviceError
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.pipeline import Stages
from realtime.render.switching import SwitchingRenderer
from realtime.track.face_landmarker import FaceLandmarker
from tests.faults.conftest import Tell
from tests.faults.devices import Painter
from tests.faults.show import Show

BEGIN, END = 30, 90


def failing(show: Show, begin: int, end: int, kind: type[Exception] = RuntimeError) -> Painter:
    """A renderer that fails from one tick to the other."""
    painter = Painter()

    def fail() -> None:
        raise kind("out of memory")

    sound = painter.on_render
    show.world.at(begin, lambda: setattr(painter, "on_render", fail))
    show.world.at(end, lambda: setattr(painter, "on_render", sound))
    return painter


@pytest.mark.parametrize(
    ("fault", "end"), [("renderer raises once", BEGIN + 1), ("renderer raises for 2 s", END)]
)
def test_raises(
    show: Show, tell: Tell, caplog: pytest.LogCaptureFixture, fault: str, end: int
) -> None:
    show.renderer = failing(show, BEGIN, end)
    report = show.run(110)
    assert show.longest_gap() == 1
    assert report.drops == {}
    tell(fault, show.seen(BEGIN), show.until_normal(end), "; ".join(caplog.messages))


def test_stalls(show: Show, tell: Tell, caplog: pytest.LogCaptureFixture) -> None:
    show.renderer = painter = Painter()

    def stall() -> None:
        painter.on_render = lambda: None
        show.world.sleep_until(show.world.now_ns() + 2_000_000_000)

    show.world.at(BEGIN, lambda: setattr(painter, "on_render", stall))
    report = show.run(150)
    assert show.longest_gap() == 1
    assert report.missed_ticks == 0
    tell(
        "renderer stalls for 2 s",
        show.seen(BEGIN),
        show.until_normal(BEGIN + 60),
        "; ".join(caplog.messages),
    )


@pytest.mark.parametrize("kind", [RuntimeError, DeviceError])
def test_the_mesh_stands_in_for_a_neural_renderer(
    show: Show, tell: Tell, caplog: pytest.LogCaptureFixture, kind: type[Exception]
) -> None:
    show.renderer = failing(show, BEGIN, 1000, kind)
    show.fallback = mesh = Painter(tint=100)
    show.run(110)
    assert show.longest_gap() == 1
    assert len(mesh.heads) == 110 - BEGIN
    assert show.renderer.closes == 1
    (logged,) = caplog.messages
    tell(
        "neural renderer fails for good",
        show.seen(BEGIN),
        show.until_normal(BEGIN),
        logged.replace(kind.__name__, "RuntimeError"),
    )


_LOOK_TWICE = """
import os, sys
from pathlib import Path
import numpy as np
from PIL import Image
from realtime.models.mediapipe_tasks import LandmarkDetector
model, portrait, how = sys.argv[1:]
detector = LandmarkDetector(Path(model))
if how == "deleted":
    os.unlink(model)
else:
    os.truncate(model, 1000)
with Image.open(portrait) as image:
    faces = detector.detect(np.array(image.convert("RGB")))
detector.close()
print(len(faces))
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", ["deleted", "cut short"])
def test_a_model_file_is_lost_while_it_runs(
    tell: Tell, landmarker_path: Path, portrait_file: Path, tmp_path: Path, how: str
) -> None:
    """In a process of its own: what is read from a file cut short under a map kills it."""
    model = tmp_path / "face_landmarker.task"
    shutil.copy(landmarker_path, model)
    done = subprocess.run(
        [sys.executable, "-c", _LOOK_TWICE, model, portrait_file, how],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "1\n")
    tell("model file deleted or cut short while it runs", "avatar", "at once", "")


def test_a_model_file_is_missing_at_the_start(
    show: Show, tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def open_stages() -> Stages:
        with patch("realtime.track.face_landmarker.LandmarkDetector", LandmarkDetector):
            FaceLandmarker(Path("face_landmarker.task"))
        raise AssertionError

    monkeypatch.setattr(show, "open_stages", open_stages)
    show.run(110)
    tell(
        "model file deleted before the start",
        show.seen(),
        show.until_normal(0),
        show.error,
    )


def test_300_switches_a_minute(show: Show, tell: Tell, caplog: pytest.LogCaptureFixture) -> None:
    painters = {"fomm": Painter(), "mesh": Painter(tint=100)}
    show.renderer = switching = SwitchingRenderer(painters, "fomm")
    for tick in range(BEGIN, 210, 6):
        show.world.at(tick, switching.switch)
    report = show.run(210)
    assert show.longest_gap() == 1
    drawn = sum(len(painter.heads) for painter in painters.values())
    assert drawn - report.pictures == 1, "the last one, which waits for a tick"
    assert len(painters["mesh"].heads) == (210 - BEGIN) / 2
    assert [painter.closes for painter in painters.values()] == [1, 1]
    tell(
        "300 renderer switches a minute",
        show.seen(BEGIN),
        show.until_normal(BEGIN),
        "; ".join(caplog.messages),
    )
