import platform
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import pyvirtualcam
from numpy.typing import NDArray
from pyvirtualcam.camera import BACKENDS

from realtime.errors import DeviceError, InputError
from realtime.output import loopback_camera
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
def fake_device(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FakeDevice]]:
    """Registers a fresh fake, and makes it the only backend of a Windows machine."""

    class Fresh(FakeDevice):
        opened: list[FakeDevice] = []  # noqa: RUF012 - the fixture makes a new class each time
        refusal: Exception | None = None
        failing_from = 1000

    monkeypatch.setattr(platform, "system", lambda: "Windows")
    before = dict(BACKENDS)
    BACKENDS.clear()
    pyvirtualcam.register_backend("fake", Fresh)
    yield Fresh
    BACKENDS.clear()
    BACKENDS.update(before)


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


class FakeLoopback:
    """Stands for `LoopbackCamera`."""

    backend = "v4l2loopback"

    def __init__(self, size: tuple[int, int], device: str | None) -> None:
        self.device = device or "/dev/video3"
        self.sent: list[NDArray[np.uint8]] = []

    def send(self, pixels: NDArray[np.uint8]) -> None:
        if self.sent:
            raise OSError(19, "No such device")
        self.sent.append(pixels)

    def close(self) -> None:
        """Nothing to release."""


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(loopback_camera, "LoopbackCamera", FakeLoopback)


@pytest.mark.usefixtures("linux")
@pytest.mark.parametrize("backend", [None, "v4l2loopback"])
def test_linux_has_its_own_way(backend: str | None) -> None:
    camera = VirtualCamera(SIZE, 30.0, backend=backend)
    assert (camera.device, camera.backend) == ("/dev/video3", "v4l2loopback")
    camera.send(picture(0))
    with pytest.raises(DeviceError, match=r"/dev/video3 .*\(No such device\); bring it back"):
        camera.send(picture(1))
    camera.close()


@pytest.mark.parametrize(
    ("error", "device", "message"),
    [
        pytest.param(
            FileNotFoundError(2, "there is no v4l2loopback device"),
            None,
            "cannot open any virtual camera (there is no v4l2loopback device): sudo modprobe",
            id="no module",
        ),
        pytest.param(
            FileNotFoundError(2, "No such file or directory", "/dev/video7"),
            "/dev/video7",
            "cannot open /dev/video7 (No such file or directory): sudo modprobe",
            id="no device",
        ),
        pytest.param(
            OSError(16, "another program feeds it"),
            "/dev/video7",
            "cannot open /dev/video7 (another program feeds it): end what feeds or shows it",
            id="busy",
        ),
        pytest.param(
            PermissionError(13, "Permission denied", "/dev/video7"),
            None,
            "cannot open /dev/video7 (Permission denied): sudo usermod -a -G video",
            id="permissions",
        ),
    ],
)
def test_a_loopback_that_cannot_be_opened_says_what_mends_it(
    monkeypatch: pytest.MonkeyPatch, error: OSError, device: str | None, message: str
) -> None:
    def refuse(size: tuple[int, int], device: str | None) -> None:
        raise error

    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(loopback_camera, "LoopbackCamera", refuse)
    with pytest.raises(DeviceError) as caught:
        VirtualCamera(SIZE, 30.0, device=device)
    assert str(caught.value).startswith(message)


def test_every_system_has_a_command() -> None:
    assert "exclusive_caps=1" in command_to_make_one("Linux")
    assert "Linux, Windows or macOS" in command_to_make_one("FreeBSD")
