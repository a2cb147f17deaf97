"""The composed engine: real stages, a film as the camera, outputs that remember."""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Literal
from unittest.mock import Mock, patch

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray
from PIL import Image

from realtime.app import Live
from realtime.avatar import open_actor
from realtime.capture.paced import Paced
from realtime.capture.picture import read_picture
from realtime.capture.video import VideoFile
from realtime.config import CanvasConfig, Config, OutputConfig, RenderConfig
from realtime.errors import InputError, ModelError
from realtime.late_stages import LateStages
from realtime.models.face_mesh import FaceMesh, load_face_mesh
from realtime.models.store import Store
from realtime.motion.rehearsal import Rehearsal
from realtime.output import window
from realtime.output.card import starting_card
from realtime.output.lettering import panel
from realtime.output.video_writer import VideoWriter
from realtime.provenance.badge import Badge
from realtime.rehearsing import Driver
from realtime.runtime.meanwhile import Meanwhile
from realtime.runtime.metrics import Metrics
from realtime.types import RGB, Picture
from tests.fakes import GUARD_S, MARKER, ManualClock, RecordingOutput
from tests.output.videos import read_film

CANVAS = CanvasConfig(width=320, height=240, fps=20.0)


def write_film(path: Path, pictures: list[RGB], rate: int) -> Path:
    size = (pictures[0].shape[1], pictures[0].shape[0])
    with VideoWriter(path, size, Fraction(rate)) as writer:
        for picture in pictures:
            writer.write(picture)
    return path


@pytest.fixture(scope="module")
def acted(portrait_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    actor = open_actor(read_picture(portrait_file), Store())
    pictures = [actor.picture(n) for n in range(20)]
    return write_film(tmp_path_factory.mktemp("driving") / "acted.mp4", pictures, 20)


def test_film_drives_the_avatar_into_several_outputs(acted: Path, tmp_path: Path) -> None:
    record, output = tmp_path / "call.mp4", RecordingOutput()
    config = Config(source=acted, canvas=CANVAS, output=OutputConfig(record=record, null=True))
    report = Live(config, Store()).run(extra_outputs=(output,))
    answers = [picture for picture in output.pictures if picture.captured_ns is not None]
    assert output.closes == 1
    assert report.pictures > 5
    assert report.state == "tracking"
    assert len({picture.sequence for picture in answers}) == report.age.count
    assert set(report.stages) == {"capture", "track", "motion", "render", "output"}
    assert (report.renderer, report.device) == ("mesh", "cpu")
    film = read_film(record)
    assert film.pictures[0].shape == (240, 320, 3)
    before = next(n for n, p in enumerate(output.pictures) if p.captured_ns is not None)
    assert len(film.pictures) == len(output.pictures) - before


@pytest.mark.skipif(sys.platform != "linux", reason="real-time scheduling of Linux")
@pytest.mark.parametrize("renderer", ["mesh", "fomm"])
def test_pythons_threads_go_before_other_programs_and_networks_do_not(
    acted: Path, home_with_model: Path, renderer: Literal["mesh", "fomm"]
) -> None:
    def refused(thread: int, policy: int, parameters: object) -> None:
        asked[thread] = policy & ~os.SCHED_RESET_ON_FORK

    def note(picture: Picture) -> None:
        if picture.sequence >= 0:
            names.update({thread.native_id or 0: thread.name for thread in threading.enumerate()})

    asked, names = dict[int, int](), dict[int, str]()
    config = Config(source=acted, canvas=CANVAS, render=RenderConfig(renderer=renderer))
    with patch("os.sched_setscheduler", refused):
        Live(config, Store(home_with_model)).run(extra_outputs=(RecordingOutput(on_send=note),))
    first = {name.split("-", 1)[-1] for thread, name in names.items() if thread in asked}
    assert {"capture", "track", "render", "draw_0"} <= first
    assert any(name.startswith("ThreadPoolExecutor") for name in names.values())
    assert all(
        thread in asked for thread, name in names.items() if name.startswith("ThreadPoolExecutor")
    ), "MediaPipe answers through a thread of Python's own"
    assert "model" not in first
    assert os.SCHED_RR in asked.values()


def test_rehearsal_begins_with_the_driver_and_ends_with_the_run(
    acted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work.py").write_text("import threading; threading.Event().wait()")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    rehearsing = Meanwhile("work", [], bytes, "rehearsal")
    monkeypatch.setattr("realtime.backstage.rehearsing_backstage", lambda *_: rehearsing)
    others = psutil.Process().children()
    with patch.object(Meanwhile, "result", autospec=True, side_effect=Meanwhile.result) as asked:
        Live(Config(source=acted, canvas=CANVAS), Store()).run(extra_outputs=(RecordingOutput(),))
    assert asked.called
    assert psutil.Process().children() == others
    assert "mimicam-rehearsal" not in [thread.name for thread in threading.enumerate()]


def test_a_driver_is_rehearsed_with_once_he_is_known(
    acted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught = Mock(spec=Rehearsal)
    taught.correct.side_effect = lambda _, state, __: state
    asked: list[Driver | None] = []

    def rehearse(_file: Path, _size: tuple[int, int], _: Store, driver: Driver | None) -> Mock:
        asked.append(driver)
        return Mock(spec=Meanwhile, result=lambda: taught)

    monkeypatch.setattr("realtime.backstage.rehearsing_backstage", rehearse)
    with (
        patch("realtime.acquaintance._EVERY", 1),
        patch("realtime.acquaintance._KEPT", 3),
        patch("realtime.acquaintance._SHOWN", 0.0),
    ):
        Live(Config(source=acted, canvas=CANVAS), Store()).run(extra_outputs=(RecordingOutput(),))
    stand_in, driver = asked
    assert stand_in is None
    assert driver is not None
    assert len(driver.faces) == 3
    assert driver.neutral.shape.shape == (478, 3)


def test_without_a_driver_there_is_no_rehearsal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = write_film(tmp_path / "wall.mp4", [np.full((120, 160, 3), 90, np.uint8)] * 8, 20)
    with patch.object(Meanwhile, "result") as asked:
        Live(Config(source=film, canvas=CANVAS), Store()).run(extra_outputs=(RecordingOutput(),))
    assert not asked.called


def test_captured_pixels_never_leave(tmp_path: Path) -> None:
    """A camera that shows a marker colour and no face: the avatar idles, the colour stays here."""
    marker = np.full((120, 160, 3), MARKER, np.uint8)
    film = write_film(tmp_path / "marker.mp4", [marker] * 12, 20)
    output = RecordingOutput()
    Live(Config(source=film, canvas=CANVAS), Store()).run(extra_outputs=(output,))
    shown = [picture for picture in output.pictures if picture.sequence >= 0]
    assert len(shown) > 3
    assert max(marked_share(picture) for picture in output.pictures) < 1e-4


def marked_share(picture: Picture) -> float:
    near = np.abs(picture.pixels.astype(int) - MARKER).max(axis=2) < 60
    return float(near.mean())


@pytest.mark.parametrize("badge", [True, False])
def test_badge_is_on_every_picture_unless_switched_off(acted: Path, badge: bool) -> None:
    output = RecordingOutput()
    canvas = CanvasConfig(width=320, height=240, fps=20.0, badge=badge)
    Live(Config(source=acted, canvas=canvas), Store()).run(extra_outputs=(output,))
    left, top, width, height = Badge((320, 240)).box
    corners = [p.pixels[top : top + height, left : left + width] for p in output.pictures]
    assert all(bool(corner.max() > 170) == badge for corner in corners), "white letters"


def test_a_slow_start_is_explained(acted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said, heard = list[str](), threading.Event()

    def say(line: str) -> None:
        said.append(line)
        heard.set()

    def slow_face_mesh(bundle: Path) -> FaceMesh:
        assert heard.wait(GUARD_S)
        return load_face_mesh(bundle)

    monkeypatch.setattr("realtime.late_stages._SLOW_START_S", 0.01)
    monkeypatch.setattr("realtime.avatar.load_face_mesh", slow_face_mesh)
    live = Live(Config(source=acted, canvas=CANVAS), Store(), say=say)
    assert live.run(extra_outputs=(RecordingOutput(),)).pictures > 0
    assert len(said) == 1
    assert "still starting" in said[0]


def test_a_start_that_was_given_up_says_no_more(
    portrait: RGB, portrait_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, timers = list[str](), list[Callable[[], None]]()

    @contextmanager
    def slow(say: Callable[[str], None], line: str, after_s: float) -> Iterator[None]:
        timers.append(lambda: say(line))
        yield

    monkeypatch.setattr("realtime.late_stages.said_if_slow", slow)
    stages = LateStages(
        Config(canvas=CANVAS), Store(), ManualClock(), Metrics(), said.append, portrait,
        portrait_file,
    )  # fmt: skip
    stages.open().close()
    timers[0]()
    assert len(said) == 1
    stages.close()
    timers[0]()
    assert len(said) == 1


def test_without_an_output_nothing_starts(acted: Path) -> None:
    with pytest.raises(InputError, match="no output chosen; add --window"):
        Live(Config(source=acted), Store()).run()


def test_failed_output_closes_those_before_it(acted: Path, tmp_path: Path) -> None:
    output = RecordingOutput()
    config = Config(source=acted, output=OutputConfig(record=tmp_path / "call.avi"))
    with pytest.raises(InputError, match=r"ends in \.mp4"):
        Live(config, Store()).run(extra_outputs=(output,))
    assert output.closes == 1


def test_portrait_without_a_face_ends_the_run_and_records_nothing(
    acted: Path, tmp_path: Path
) -> None:
    blank, record = tmp_path / "wall.png", tmp_path / "call.mp4"
    Image.new("RGB", (200, 200), (120, 120, 120)).save(blank)
    config = Config(source=acted, avatar=blank, canvas=CANVAS, output=OutputConfig(record=record))
    with pytest.raises(InputError, match="no face found in"):
        Live(config, Store()).run()
    assert not record.exists()


def test_first_order_model_draws_and_the_mesh_idles(acted: Path, home_with_model: Path) -> None:
    output, said = RecordingOutput(), list[str]()
    config = Config(source=acted, canvas=CANVAS, render=RenderConfig(renderer="fomm"))
    live = Live(config, Store(home_with_model), say=said.append)
    report = live.run(extra_outputs=(output,))
    assert report.pictures > 3
    assert report.renderer == "fomm"
    assert report.device.startswith("cpu")
    (told,) = [line for line in said if "still starting" not in line]
    assert "fomm on cpu" in told
    assert "frames a second" in told
    drawn = {picture.pixels.tobytes() for picture in output.pictures if picture.sequence >= 0}
    assert len(drawn) > 1


def test_first_order_model_never_shows_the_camera(tmp_path: Path, home_with_model: Path) -> None:
    marker = np.full((120, 160, 3), MARKER, np.uint8)
    film = write_film(tmp_path / "marker.mp4", [marker] * 12, 20)
    output = RecordingOutput()
    config = Config(source=film, canvas=CANVAS, render=RenderConfig(renderer="fomm"))
    Live(config, Store(home_with_model)).run(extra_outputs=(output,))
    assert max(marked_share(picture) for picture in output.pictures) < 1e-4


def test_the_mesh_stands_in_for_a_first_order_model_that_fails(
    acted: Path,
    home_with_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr("realtime.render.neural.NeuralRenderer.draw", fail)
    output, plain = RecordingOutput(), replace(CANVAS, badge=False)
    config = Config(source=acted, canvas=plain, render=RenderConfig(renderer="fomm"))
    report = Live(config, Store(home_with_model)).run(extra_outputs=(output,))
    drawn = {picture.pixels.tobytes() for picture in output.pictures if picture.sequence >= 0}
    assert (report.renderer, report.device) == ("mesh", "cpu"), "what draws, not what should"
    assert len(drawn) > 3
    assert starting_card((plain.width, plain.height)).tobytes() not in drawn
    (told,) = caplog.messages
    assert told == "drawing fails (RuntimeError: out of memory); another picture stands in"


def test_first_order_model_must_have_been_converted(acted: Path, tmp_path: Path) -> None:
    home = Store(tmp_path)
    home.folder.mkdir(parents=True)
    for name in home.models:
        home.file(name).write_bytes(Store().path(name).read_bytes())
    config = Config(source=acted, canvas=CANVAS, render=RenderConfig(renderer="fomm"))
    others = set(threading.enumerate())
    with pytest.raises(ModelError, match="mimicam models convert"):
        Live(config, home).run(extra_outputs=(RecordingOutput(),))
    assert set(threading.enumerate()) <= others, "what was opened before is closed"


def test_keys_of_the_window_reach_the_run(
    acted: Path, home_with_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`r` switches the renderer, which the overlay tells; `q` ends the run."""
    lines: list[str] = []

    class Screen:
        is_open = True

        def __init__(self) -> None:
            self.keys = iter("?" * 4 + "n" + "r")

        def show(self, bgr: RGB) -> None:
            """Shown to nobody."""

        def key(self) -> str:
            if not any(line.startswith("fomm") for line in lines):
                return ""
            pressed = next(self.keys, "")
            return pressed or ("q" if any(line.startswith("mesh") for line in lines) else "")

        def close(self) -> None:
            self.is_open = False

    def text_of(drawn: Sequence[str], text_px: int, opacity: float) -> NDArray[np.uint8]:
        lines.extend(drawn)
        return panel(drawn, text_px, opacity)

    screen = Screen()
    monkeypatch.setattr(window, "_desktop_window", lambda size: screen)
    monkeypatch.setattr(window, "panel", text_of)
    looped = Config(
        source=acted,
        canvas=CANVAS,
        output=OutputConfig(window=True),
        render=RenderConfig(renderer="fomm"),
    )
    live = Live(looped, Store(home_with_model))
    live.run(lambda: Paced(VideoFile(acted, loop=True), live.clock))
    assert live.stop.is_set()
    assert not screen.is_open
    assert "[r] other renderer" in lines
    assert "[n] new neutral face" in lines
    assert any("fps" in line and "ms" in line for line in lines)
