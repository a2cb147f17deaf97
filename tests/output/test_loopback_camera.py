"""The driver here is a pipe that answers requests; tests/devices asks the real one."""

import os
from pathlib import Path
from struct import pack_into, unpack_from

import cv2
import numpy as np
import pytest

from realtime.errors import DeviceError, InputError
from realtime.output import loopback, loopback_camera
from realtime.output.loopback_camera import LoopbackCamera
from realtime.types import RGB

SIZE = (64, 48)
BYTES = 64 * 48 * 3 // 2
CAPTURE, OUTPUT = 0x1, 0x2
QUERYCAP, G_FMT, S_FMT, STREAMON = 0, 4, 5, 18
"""Numbers of the requests: the lowest byte of each."""


class Driver:
    """A device that is a pipe, with a program that reads it."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.device = str(path)
        self.reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.name = b"v4l2 loopback"
        self.sides = OUTPUT
        self.held: tuple[int, int, bytes] | None = None
        self.refuses_format = False
        self.requests: list[int] = []

    def ioctl(self, file: int, request: int, argument: bytearray | bytes) -> None:
        number = request & 0xFF
        self.requests.append(number)
        assert len(argument) == request >> 16 & 0x3FFF
        if number == STREAMON:
            return
        assert isinstance(argument, bytearray)
        if number == QUERYCAP:
            pack_into("16s", argument, 0, self.name)
            pack_into("I", argument, 88, self.sides)
        elif number == S_FMT:
            if self.refuses_format:
                raise OSError(22, "Invalid argument")
            width, height, fourcc = unpack_from("II4s", argument, 8)
            assert (width, height, fourcc) == (*SIZE, b"YU12")
        else:
            assert number == G_FMT
            pack_into("II4s", argument, 8, *(self.held or (*SIZE, b"YU12")))

    def read(self) -> RGB:
        """The next picture, as a program that shows it makes it of what was written."""
        yuv = np.frombuffer(os.read(self.reader, BYTES), np.uint8).reshape(72, 64)
        return np.asarray(cv2.cvtColor(yuv, cv2.COLOR_YUV2RGB_I420), np.uint8)


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path / "video9")
    monkeypatch.setattr(loopback, "ioctl", driver.ioctl)
    monkeypatch.setattr(loopback_camera, "loopback_devices", lambda: [driver.device])
    return driver


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counts, and needs no paths


def colour(red: int, green: int, blue: int) -> RGB:
    return np.full((SIZE[1], SIZE[0], 3), (red, green, blue), np.uint8)


def test_a_viewer_gets_the_colours(driver: Driver) -> None:
    camera = LoopbackCamera(SIZE, None)
    assert (camera.device, camera.backend) == (driver.device, "v4l2loopback")
    for sent in (colour(200, 40, 90), colour(10, 250, 130)):
        camera.send(sent)
        assert np.abs(driver.read().astype(int) - sent).max() <= 3
    camera.close()


def test_it_streams_from_the_first_picture_on(driver: Driver) -> None:
    camera = LoopbackCamera(SIZE, driver.device)
    assert STREAMON not in driver.requests
    camera.send(colour(1, 2, 3))
    camera.send(colour(1, 2, 3))
    camera.close()
    assert driver.requests.count(STREAMON) == 1


@pytest.mark.parametrize(
    ("break_it", "code", "reason"),
    [
        pytest.param({"sides": CAPTURE}, 16, "another program feeds it", id="fed"),
        pytest.param({"name": b"uvcvideo"}, 19, "not a loopback device", id="a webcam"),
        pytest.param({"refuses_format": True}, 16, "does not take 64x48", id="another size"),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_a_device_that_cannot_be_fed_is_left_as_it_was(
    driver: Driver, break_it: dict[str, object], code: int, reason: str, named: bool
) -> None:
    for name, value in break_it.items():
        setattr(driver, name, value)
    before = open_files()
    with pytest.raises(OSError, match=reason) as caught:
        LoopbackCamera(SIZE, driver.device if named else None)
    assert caught.value.errno == code
    assert open_files() == before


def test_the_first_that_can_be_fed_is_taken(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = ["/no/such/device", driver.device]
    monkeypatch.setattr(loopback_camera, "loopback_devices", lambda: devices)
    camera = LoopbackCamera(SIZE, None)
    assert camera.device == driver.device
    camera.close()


def test_without_any_device_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback_camera, "loopback_devices", list)
    with pytest.raises(FileNotFoundError, match="no v4l2loopback device"):
        LoopbackCamera(SIZE, None)


def test_a_format_that_a_viewer_holds_is_an_error(driver: Driver) -> None:
    driver.held = (64, 480, b"YUYV")
    before = open_files()
    with pytest.raises(DeviceError, match=r"video9 holds it at 64x480 YUYV: .*fuser"):
        LoopbackCamera(SIZE, driver.device)
    assert open_files() == before


@pytest.mark.parametrize("size", [(65, 48), (64, 47)])
def test_odd_sizes_are_refused(driver: Driver, size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match=f"even sizes, not {size[0]}x{size[1]}"):
        LoopbackCamera(size, driver.device)


def test_a_device_that_takes_half_a_picture_or_none_fails_and_never_waits(driver: Driver) -> None:
    camera = LoopbackCamera(SIZE, driver.device)
    failures: list[OSError] = []
    while len(failures) < 2:
        try:
            camera.send(colour(9, 9, 9))
        except OSError as error:
            failures.append(error)
    half, full = failures
    assert "changed its format" in str(half)
    assert isinstance(full, BlockingIOError)
    camera.close()
