import platform
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import pyvirtualcam
from numpy.typing import NDArray
from pyvirtualcam.camera import BACKENDS

from realtime.errors import DeviceError, InputError
from realtime.output import loopback
from realtime.output.virtual_camera import VirtualCamera, command_to_make_one
from realtime.types import Picture

SIZE = (64, 48)


class FakeDevice:
    """A backend as pyvirtualcam wants it: keeps every frame that reaches the device."""

    opened: list["FakeDevice"]
    refusal: Exception | None
    failing_from: int

    def __init__(
        self, *, width: int, height: int, fps: float, fourcc: int, device: str | None, **kw: Any
    ) -> None:
        if self.refusal:
            raise self.refusal
        self.shape = (height, width, 3)
        self.fps = fps
        self.fourcc = fourcc
        self.name = device or "fake camera"
        self.frames: list[NDArray[np.uint8]] = []
        self.closed = 0
        self.opened.append(self)

    def send(self, frame: NDArray[np.uint8]) -> None:
        if len(self.frames) >= self.failing_from:
            raise RuntimeError("device is gone")
        self.frames.append(frame.reshape(self.shape).copy())

    def close(self) -> None:
        self.closed += 1

    def device(self) -> str:
        return self.name

    def native_fourcc(self) -> None:
        return None


@pytest.fixture
def fake_device() -> Iterator[type[FakeDevice]]:
    """Registers a fresh fake, and makes it the only backend there is."""

    class Fresh(FakeDevice):
        opened: list[FakeDevice] = []  # noqa: RUF012 - the fixture makes a new class each time
        refusal: Exception | None = None
        failing_from = 1000

    before = dict(BACKENDS)
    BACKENDS.clear()
    pyvirtualcam.register_backend("fake", Fresh)
    yield Fresh
    BACKENDS.clear()
    BACKENDS.update(before)


class FakeSide:
    """The output side of a loopback device that pictures of 64x48 reach."""

    format_: tuple[int, int, str] | OSError = (64, 48, "YU12")

    def __init__(self, device: str, events: list[str]) -> None:
        self._device = device
        self._events = events
        events.append(f"open {device}")

    def format(self) -> tuple[int, int, str]:
        if isinstance(self.format_, OSError):
            raise self.format_
        return self.format_

    def stream(self) -> None:
        self._events.append("stream")

    def close(self) -> None:
        self._events.append("close side")


@pytest.fixture
def events(fake_device: type[FakeDevice], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Makes the fake the loopback backend; what happens to its device, in order."""
    events: list[str] = []

    class Told(fake_device):  # type: ignore[valid-type,misc]
        def send(self, frame: NDArray[np.uint8]) -> None:
            events.append("send")
            super().send(frame)

        def close(self) -> None:
            events.append("close")
            super().close()

    BACKENDS.clear()
    pyvirtualcam.register_backend("v4l2loopback", Told)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(loopback, "OutputSide", lambda device: FakeSide(device, events))
    monkeypatch.setattr(loopback, "offer_again", lambda device: events.append(f"offer {device}"))
    return events


def picture(seed: int) -> Picture:
    pixels = np.random.default_rng(seed).integers(0, 256, (48, 64, 3), np.uint8)
    return Picture(pixels, sequence=seed, captured_ns=seed)


def test_the_device_gets_the_very_pixels_in_rgb_order(fake_device: type[FakeDevice]) -> None:
    camera = VirtualCamera(SIZE, 25.0, device="/dev/video9", backend="fake")
    sent = [picture(seed) for seed in range(3)]
    for each in sent:
        camera.send(each)
    camera.close()
    (device,) = fake_device.opened
    assert len(device.frames) == 3
    for got, each in zip(device.frames, sent, strict=True):
        np.testing.assert_array_equal(got, each.pixels)
    assert device.fourcc == pyvirtualcam.util.encode_fourcc(pyvirtualcam.PixelFormat.RGB.value)
    assert device.fps == 25.0
    assert device.closed == 1
    assert (camera.device, camera.backend) == ("/dev/video9", "fake")


def test_sending_never_waits(
    fake_device: type[FakeDevice], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(seconds: float) -> None:
        raise AssertionError(f"slept {seconds} s")

    monkeypatch.setattr("time.sleep", refuse)
    camera = VirtualCamera(SIZE, 1.0)
    for seed in range(5):
        camera.send(picture(seed))
    assert len(fake_device.opened[0].frames) == 5


@pytest.mark.parametrize(
    ("system", "reason", "remedy"),
    [
        pytest.param(
            "Linux",
            "No v4l2 loopback device found at /dev/video[0-99].\nDid you run modprobe?",
            "sudo modprobe v4l2loopback devices=1 exclusive_caps=1 card_label=mimicam",
            id="linux-no-module",
        ),
        pytest.param(
            "Linux", "Device /dev/video7 does not exist.", "sudo modprobe", id="linux-no-device"
        ),
        pytest.param(
            "Linux", "Device /dev/video7 is already in use.", "fuser -v", id="linux-in-use"
        ),
        pytest.param(
            "Linux",
            "Virtual camera device /dev/video7 could not be configured: Device or resource busy",
            "fuser -v",
            id="linux-busy",
        ),
        pytest.param(
            "Linux",
            "Could not access /dev/video7 due to missing permissions.",
            "sudo usermod -a -G video",
            id="linux-permissions",
        ),
        pytest.param(
            "Windows",
            "OBS Virtual Camera device not found! Did you install OBS?",
            "winget install",
            id="windows-no-obs",
        ),
        pytest.param(
            "Windows",
            "virtual camera output could not be started",
            "Stop Virtual Camera",
            id="windows-in-use",
        ),
        pytest.param(
            "Darwin", "OBS Virtual Camera is not installed", "brew install --cask obs", id="mac"
        ),
    ],
)
def test_a_device_that_cannot_be_opened_says_what_mends_it(
    fake_device: type[FakeDevice],
    monkeypatch: pytest.MonkeyPatch,
    system: str,
    reason: str,
    remedy: str,
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    fake_device.refusal = RuntimeError(reason)
    with pytest.raises(DeviceError) as caught:
        VirtualCamera(SIZE, 30.0, device="/dev/video7")
    message = str(caught.value)
    assert "/dev/video7" in message
    assert reason.splitlines()[0] in message
    assert remedy in message
    assert "\n" not in message


def test_an_unknown_backend_is_named_with_the_known_ones(fake_device: type[FakeDevice]) -> None:
    with pytest.raises(InputError, match=r"'unitycapure'.*it has: fake"):
        VirtualCamera(SIZE, 30.0, backend="unitycapure")


def test_a_device_that_fails_while_sending_is_an_error_and_is_closed(
    fake_device: type[FakeDevice],
) -> None:
    fake_device.failing_from = 2
    camera = VirtualCamera(SIZE, 30.0)
    camera.send(picture(0))
    camera.send(picture(1))
    with pytest.raises(DeviceError, match=r"fake camera .*device is gone"):
        camera.send(picture(2))
    camera.close()
    assert fake_device.opened[0].closed == 1


def test_a_loopback_device_streams_from_the_first_picture_to_its_end(events: list[str]) -> None:
    camera = VirtualCamera(SIZE, 30.0, device="/dev/video9")
    camera.send(picture(0))
    camera.send(picture(1))
    camera.close()
    assert events == [
        "offer /dev/video9",
        "open /dev/video9",
        "send",
        "stream",
        "send",
        "close",
        "close side",
    ]


@pytest.mark.parametrize(
    "told",
    [
        pytest.param((640, 48, "YU12"), id="width"),
        pytest.param((64, 480, "YU12"), id="height"),
        pytest.param((64, 48, "YUYV"), id="format"),
    ],
)
def test_a_format_that_a_viewer_holds_is_an_error(
    events: list[str], monkeypatch: pytest.MonkeyPatch, told: tuple[int, int, str]
) -> None:
    monkeypatch.setattr(FakeSide, "format_", told)
    width, height, fourcc = told
    with pytest.raises(DeviceError, match=rf"/dev/video9 .* {width}x{height} {fourcc}: .*fuser"):
        VirtualCamera(SIZE, 30.0, device="/dev/video9")
    assert events == ["offer /dev/video9", "open /dev/video9", "close side", "close"]


def test_a_format_that_the_driver_does_not_tell_is_no_error(
    events: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeSide, "format_", OSError(22, "Invalid argument"))
    VirtualCamera(SIZE, 30.0).close()
    assert events[-2:] == ["close", "close side"]


def test_a_device_that_takes_no_second_file_is_an_error(
    events: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(device: str) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(loopback, "OutputSide", refuse)
    with pytest.raises(DeviceError, match=r"/dev/video9 twice \(.*busy\): .*fuser"):
        VirtualCamera(SIZE, 30.0, device="/dev/video9")
    assert events == ["offer /dev/video9", "close"]


@pytest.mark.parametrize(
    ("devices", "device", "remedy"),
    [
        pytest.param(["/dev/video9"], "/dev/video9", "fuser -v", id="fed"),
        pytest.param(["/dev/video9"], None, "fuser -v", id="all-fed"),
        pytest.param(["/dev/video9"], "/dev/video0", "sudo modprobe", id="a-webcam"),
        pytest.param([], None, "sudo modprobe", id="none"),
    ],
)
def test_a_taken_loopback_device_is_not_taken_for_a_missing_one(
    fake_device: type[FakeDevice],
    monkeypatch: pytest.MonkeyPatch,
    devices: list[str],
    device: str | None,
    remedy: str,
) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(loopback, "loopback_devices", lambda: devices)
    fake_device.refusal = RuntimeError(
        f"Device {device} is not a video output device."
        if device
        else "No v4l2 loopback device found at /dev/video[0-99]."
    )
    with pytest.raises(DeviceError, match=remedy):
        VirtualCamera(SIZE, 30.0, device=device)


def test_every_system_has_a_command() -> None:
    assert "exclusive_caps=1" in command_to_make_one("Linux")
    assert "Linux, Windows or macOS" in command_to_make_one("FreeBSD")
