"""The driver here is a stand-in; tests/devices asks the real one."""

import os
from pathlib import Path
from struct import pack, pack_into, unpack_from

import pytest

from realtime.output import loopback
from realtime.output.loopback import OutputSide, loopback_devices, offer_again

CAPTURE, OUTPUT = 0x1, 0x2
OUTPUT_TYPE = 2
QUERYCAP, G_FMT, STREAMON = 0, 4, 18
"""Numbers of the requests: the lowest byte of each."""


class Driver:
    """One device of v4l2loopback 0.12.7 with exclusive_caps=1, as far as its sides go."""

    def __init__(self, path: Path) -> None:
        path.touch()
        self.device = str(path)
        self.name = b"v4l2 loopback"
        self.sides = OUTPUT
        self.format = (640, 480, b"YU12")
        self.refuses_format = False
        self.writers: list[int] = []
        self.closed: list[int] = []

    def a_writer_writes_and_ends(self, *, viewed: bool = False) -> None:
        self.sides = CAPTURE if viewed else 0

    def ioctl(self, file: int, request: int, argument: bytearray | bytes) -> None:
        number, size = request & 0xFF, request >> 16 & 0x3FFF
        assert len(argument) == size
        if number == QUERYCAP:
            assert isinstance(argument, bytearray)
            pack_into("16s", argument, 0, self.name)
            pack_into("I", argument, 88, self.sides)
        elif number == G_FMT:
            assert isinstance(argument, bytearray)
            if self.refuses_format:
                raise OSError(22, "Invalid argument")
            assert unpack_from("I", argument) == (OUTPUT_TYPE,)
            pack_into("II4s", argument, 8, *self.format)
        else:
            assert (number, argument) == (STREAMON, pack("i", OUTPUT_TYPE))
            no_format = not self.sides
            self.writers.append(file)
            self.sides &= ~OUTPUT
            if no_format:
                raise OSError(22, "Invalid argument")

    def close(self, file: int) -> None:
        self.closed.append(file)
        if file in self.writers:
            self.sides |= OUTPUT


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path / "video10")
    really_close = os.close

    def close(file: int) -> None:
        really_close(file)
        driver.close(file)

    monkeypatch.setattr(loopback, "ioctl", driver.ioctl)
    monkeypatch.setattr(os, "close", close)
    return driver


def test_a_device_that_offers_neither_side_offers_its_output_side_again(driver: Driver) -> None:
    driver.a_writer_writes_and_ends()
    offer_again(driver.device)
    assert driver.sides == OUTPUT
    assert len(driver.closed) == 1


@pytest.mark.parametrize(
    ("sides", "name"),
    [
        pytest.param(CAPTURE, b"v4l2 loopback", id="somebody may be feeding it"),
        pytest.param(OUTPUT, b"v4l2 loopback", id="free"),
        pytest.param(CAPTURE | OUTPUT, b"v4l2 loopback", id="without exclusive_caps"),
        pytest.param(0, b"uvcvideo", id="a webcam's metadata"),
    ],
)
def test_any_other_device_is_left_alone(driver: Driver, sides: int, name: bytes) -> None:
    driver.sides, driver.name = sides, name
    offer_again(driver.device)
    assert (driver.sides, driver.writers, len(driver.closed)) == (sides, [], 1)


def test_without_a_name_all_devices_are_looked_at(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.a_writer_writes_and_ends()
    monkeypatch.setattr(loopback, "loopback_devices", lambda: ["/no/such/device", driver.device])
    offer_again(None)
    assert driver.sides == OUTPUT


def test_devices_are_listed_without_being_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("video10", "video11", "v4l-subdev0"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(loopback, "_SYSFS", tmp_path)
    assert loopback_devices() == ["/dev/video10", "/dev/video11"]


def test_the_end_of_a_streaming_side_offers_it_again_even_before_a_viewer(driver: Driver) -> None:
    side = OutputSide(driver.device)
    driver.sides = CAPTURE  # another file wrote
    side.stream()
    assert driver.sides == CAPTURE
    driver.a_writer_writes_and_ends(viewed=True)
    side.close()
    assert driver.sides == CAPTURE | OUTPUT


def test_a_driver_that_wants_no_second_stream_is_let_be(driver: Driver) -> None:
    side = OutputSide(driver.device)
    driver.sides = 0
    side.stream()
    side.close()
    assert len(driver.closed) == 1


def test_the_format_is_the_drivers(driver: Driver) -> None:
    side = OutputSide(driver.device)
    driver.format = (320, 240, b"YUYV")
    assert side.format() == (320, 240, "YUYV")
    driver.refuses_format = True
    with pytest.raises(OSError, match="Invalid argument"):
        side.format()
    side.close()
