"""What goes wrong where pictures go."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvirtualcam
from pyvirtualcam.camera import BACKENDS

from realtime.errors import DeviceError
from realtime.output import Output
from realtime.output.recorder import Recorder
from realtime.output.reopened import Reopened
from realtime.output.virtual_camera import VirtualCamera
from realtime.output.window import Window
from realtime.runtime.stopwatch import Stopwatch
from realtime.types import RGB, Picture
from tests.faults.conftest import Tell
from tests.faults.devices import CANVAS_SIZE
from tests.faults.show import Show
from tests.faults.world import FPS, ticks
from tests.output.full_disk import largest_file
from tests.output.test_window import FakeScreen
from tests.output.videos import read_film

BEGIN = 30
BACK = 105


class Loopback:
    """A virtual camera device, as pyvirtualcam wants its backends."""

    on_send: Callable[[RGB], None]
    on_close: Callable[[], None] = lambda: None
    refusal: str = ""

    def __init__(self, *, width: int, height: int, **_: Any) -> None:
        if self.refusal:
            raise RuntimeError(self.refusal)
        self._shape = (height, width, 3)

    def send(self, frame: RGB) -> None:
        type(self).on_send(frame.reshape(self._shape))

    def close(self) -> None:
        type(self).on_close()

    def device(self) -> str:
        return "OBS Virtual Camera"

    def native_fourcc(self) -> None:
        """Takes every format as it is."""


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Loopback]]:
    """The only virtual camera of a Windows machine: on Linux, its device would be looked at."""

    class Fresh(Loopback):
        pass

    monkeypatch.setattr("platform.system", lambda: "Windows")
    before = dict(BACKENDS)
    BACKENDS.clear()
    pyvirtualcam.register_backend("obs", Fresh)
    yield Fresh
    BACKENDS.clear()
    BACKENDS.update(before)


def camera(show: Show) -> Output:
    return Reopened(
        lambda: VirtualCamera(CANVAS_SIZE, FPS),
        "virtual camera",
        Stopwatch(show.world, show.metrics),
    )


def unplugged(show: Show, loopback: type[Loopback], begin: int, end: int) -> None:
    """Take the device away at one tick, and bring it back at the other."""
    works = loopback.on_send

    def gone(_: RGB) -> None:
        raise OSError(19, "No such device")

    def go() -> None:
        loopback.on_send, loopback.refusal = gone, "virtual camera device not found"

    def come_back() -> None:
        loopback.on_send, loopback.refusal = works, ""

    show.world.at(begin, go)
    show.world.at(end, come_back)


def test_the_virtual_camera_disappears(
    show: Show, tell: Tell, caplog: pytest.LogCaptureFixture, loopback: type[Loopback]
) -> None:
    closes = iter([lambda: None, show.audience.close])

    def close() -> None:
        next(closes)()

    loopback.on_send = lambda pixels: show.audience.send(Picture(pixels, 0, None))
    loopback.on_close = close
    show.outputs = [camera(show)]
    unplugged(show, loopback, BEGIN, BACK)
    report = show.run(150)
    assert report.missed_ticks == 0
    away = show.longest_gap() - 1
    assert report.drops == {"virtual camera away": away}
    tell(
        "virtual camera disappears for 2.5 s",
        f"nothing for {away}, then {show.seen(BEGIN)}",
        show.until_normal(BACK),
        "; ".join(caplog.messages),
    )


def test_the_virtual_camera_disappears_beside_a_recording(
    show: Show,
    tell: Tell,
    caplog: pytest.LogCaptureFixture,
    loopback: type[Loopback],
    tmp_path: Path,
) -> None:
    fed: list[int] = []
    loopback.on_send = lambda _: fed.append(show.world.now_ns())
    film = tmp_path / "call.mp4"
    recorder = Recorder(film, CANVAS_SIZE, FPS, show.world)
    show.outputs = [camera(show), recorder, show.audience]
    unplugged(show, loopback, BEGIN, BACK)
    show.run(150)
    assert show.longest_gap() == 1
    pictures = [sent for sent in show.audience.sent if sent.what != "card"]
    assert len(read_film(film).pictures) == len(pictures)
    assert fed[-1] > ticks(BACK)
    tell(
        "virtual camera disappears for 2.5 s, a recording goes on",
        f"in the recording: {show.seen(BEGIN)}",
        show.until_normal(BEGIN),
        "; ".join(caplog.messages),
    )


def test_the_virtual_camera_is_gone_for_good(
    show: Show, tell: Tell, caplog: pytest.LogCaptureFixture, loopback: type[Loopback]
) -> None:
    loopback.on_send = lambda pixels: show.audience.send(Picture(pixels, 0, None))
    loopback.on_close = show.audience.close
    show.outputs = [camera(show)]
    unplugged(show, loopback, BEGIN, 10_000)
    show.run(BEGIN + 62 * 30)
    first, after_a_minute = caplog.messages
    tell(
        "virtual camera is gone for good",
        show.seen(BEGIN),
        "never; the run goes on",
        f"{first}; every minute {after_a_minute}; at the end {show.error}",
    )


def test_send_blocks(show: Show, tell: Tell, caplog: pytest.LogCaptureFixture) -> None:
    blocked = False

    def block(_: Picture) -> None:
        nonlocal blocked
        if not blocked and show.world.now_ns() >= ticks(BEGIN):
            blocked = True
            show.world.go_on_until(show.world.now_ns() + 1_000_000_000)

    show.audience.on_send = block
    report = show.run(110)
    assert report.missed_ticks == 29
    assert show.longest_gap() == 30
    assert report.age.max_ms < 1040
    tell(
        "`send` blocks for 1 s",
        f"the device's own gap of {show.longest_gap()}, then {show.seen(BEGIN)}",
        show.until_normal(BEGIN + 30),
        "; ".join(caplog.messages),
    )


def test_another_program_has_the_virtual_camera(tell: Tell, loopback: type[Loopback]) -> None:
    loopback.refusal = "virtual camera output could not be started"
    with pytest.raises(DeviceError) as caught:
        VirtualCamera(CANVAS_SIZE, FPS)
    tell(
        "another program has the virtual camera",
        "nothing: the run does not start",
        "start again",
        f"mimicam: error: {caught.value}",
    )


def test_the_disk_is_full(
    show: Show,
    tell: Tell,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    show.outputs = [Recorder(Path("call.mp4"), CANVAS_SIZE, FPS, show.world), show.audience]
    with largest_file(20_000):
        show.run(110)
    assert show.longest_gap() == 1
    recorded = len(read_film(Path("call.mp4")).pictures)
    assert 0 < recorded < 170
    (logged,) = caplog.messages
    tell(
        "disk full while recording",
        show.seen(BEGIN),
        show.until_normal(BEGIN),
        f"{logged}; at the end {show.error}",
    )


def test_the_window_is_closed(show: Show, tell: Tell, caplog: pytest.LogCaptureFixture) -> None:
    screen = FakeScreen()
    window = Window(CANVAS_SIZE, status=lambda: ["ok"], on_quit=show.stop.set, screen=screen)
    show.outputs = [window, show.audience]
    show.world.at(BEGIN, lambda: setattr(screen, "is_open", False))
    show.run(110)
    assert show.world.now_ns() == ticks(BEGIN)
    assert not np.array_equal(screen.shown[0], screen.shown[-1])
    assert screen.closed == 1
    tell(
        "window closed",
        f"{show.seen(BEGIN)} once, then nothing",
        "the run ends",
        "; ".join(caplog.messages),
    )
