import errno
import os
from pathlib import Path

import cv2
import pytest

from realtime.capture.cameras import backend, find_camera, list_cameras, why_closed
from realtime.errors import DeviceError
from tests.capture.fake_camera import FakeCamera, plug


def test_lists_what_gives_pictures_in_order(on_linux: Path) -> None:
    plug(on_linux, 10, "Far Camera")
    plug(on_linux, 0, "Integrated Camera: HD")
    plug(on_linux, 1, "Integrated Camera: HD", index=1)
    plug(on_linux, 2, "mimicam", loopback=True)

    assert [str(camera) for camera in list_cameras()] == [
        "/dev/video0 (Integrated Camera: HD)",
        "/dev/video10 (Far Camera)",
    ]


def test_no_cameras_is_an_empty_list(on_linux: Path) -> None:
    assert list_cameras() == []


@pytest.mark.parametrize("system", ["Windows", "Darwin"])
def test_elsewhere_the_first_numbers_are_tried(
    system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    camera = FakeCamera()

    cameras = list_cameras(camera)

    assert [found.device for found in cameras] == [0, 1, 2, 3]
    assert [capture.releases for capture in camera.captures] == [1, 1, 1, 1]
    camera.plugged = False
    assert list_cameras(camera) == []


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("Linux", cv2.CAP_V4L2),
        ("Windows", cv2.CAP_DSHOW),
        ("Darwin", cv2.CAP_AVFOUNDATION),
        ("FreeBSD", cv2.CAP_ANY),
    ],
)
def test_backend_by_system(system: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: system)

    assert backend() == expected


@pytest.mark.parametrize(
    ("device", "found"),
    [
        (3, "/dev/video3"),
        ("3", "/dev/video3"),
        ("/dev/v4l/by-id/usb-cam", "/dev/v4l/by-id/usb-cam"),
        ("Brio", "/dev/video2"),
        pytest.param("brio 500", "/dev/video1", id="a part, in any case"),
        pytest.param("loop", "/dev/video7", id="a loopback when it is asked for"),
    ],
)
def test_finds_by_number_path_and_name(on_linux: Path, device: int | str, found: int | str) -> None:
    plug(on_linux, 1, "Logitech Brio 500")
    plug(on_linux, 2, "Brio")
    plug(on_linux, 7, "Loop", loopback=True)

    assert find_camera(device) == found


def test_an_unknown_name_is_answered_with_what_there_is(on_linux: Path) -> None:
    plug(on_linux, 1, "Logitech Brio")

    with pytest.raises(DeviceError, match=r"'Kinect'.*choose one of /dev/video1 \(Logitech Brio\)"):
        find_camera("Kinect")


@pytest.mark.parametrize("system", ["Windows", "Darwin"])
def test_elsewhere_only_numbers_are_understood(
    system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)

    assert find_camera("1") == 1
    with pytest.raises(DeviceError, match="give a number"):
        find_camera("FaceTime HD")


def test_a_missing_camera_is_answered_with_what_there_is(on_linux: Path, tmp_path: Path) -> None:
    missing = str(tmp_path / "video9")
    assert "there is none on this machine, plug one in" in str(why_closed(missing))

    plug(on_linux, 0, "Integrated Camera")
    assert "choose one of /dev/video0 (Integrated Camera)" in str(why_closed(missing))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (errno.EBUSY, "in use by another program: close that program"),
        (errno.EACCES, "sudo usermod -aG video"),
        (errno.EIO, r"Input/output error\): unplug it"),
    ],
)
def test_says_why_a_device_does_not_open(
    on_linux: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, told: str
) -> None:
    device = tmp_path / "video0"
    device.touch()

    def refuse(path: str, flags: int) -> int:
        raise OSError(code, os.strerror(code), path)

    monkeypatch.setattr("realtime.capture.cameras.os.open", refuse)

    with pytest.raises(DeviceError, match=told):
        raise why_closed(str(device))


@pytest.mark.parametrize(
    ("loopback", "told"),
    [(False, "is in use by another program"), (True, "virtual camera that no program feeds")],
)
def test_a_camera_that_opens_for_us_but_not_for_opencv(
    on_linux: Path, monkeypatch: pytest.MonkeyPatch, loopback: bool, told: str
) -> None:
    plug(on_linux, 0, "Camera", loopback=loopback)
    monkeypatch.setattr("realtime.capture.cameras.os.open", lambda path, flags: os.dup(0))
    monkeypatch.setattr(Path, "exists", lambda path: True)

    assert told in str(why_closed("/dev/video0"))


def test_what_is_no_camera_is_told(on_linux: Path, tmp_path: Path) -> None:
    plug(on_linux, 0, "Integrated Camera")
    no_camera = tmp_path / "notes.txt"
    no_camera.touch()

    message = str(why_closed(str(no_camera)))

    assert "gives no pictures: choose one of /dev/video0 (Integrated Camera)" in message


def test_elsewhere_the_reasons_are_named_together() -> None:
    assert "privacy settings" in str(why_closed(0))
