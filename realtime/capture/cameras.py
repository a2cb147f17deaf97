"""The cameras of this machine: which there are, how they open, why one does not."""

import errno
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
from numpy.typing import NDArray

from realtime.errors import DeviceError

_SYSFS = Path("/sys/class/video4linux")
_BACKENDS = {
    "Linux": cv2.CAP_V4L2,
    "Windows": cv2.CAP_DSHOW,  # Media Foundation takes half a minute to open some cameras
    "Darwin": cv2.CAP_AVFOUNDATION,
}
_PROBED = range(4)


class Capture(Protocol):
    """The part of `cv2.VideoCapture` that a camera needs."""

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Whether the device answered."""

    def set(self, propId: int, value: float, /) -> bool:  # noqa: N803 - OpenCV's name
        """Ask for a property; cameras choose what they make of it."""

    def get(self, propId: int, /) -> float:  # noqa: N803 - OpenCV's name
        """What a property is; 0 when the device does not say."""

    def grab(self) -> bool:
        """Wait for the next picture."""

    def retrieve(self, image: NDArray[Any] | None, /) -> tuple[bool, NDArray[Any]]:
        """Decode the grabbed picture to BGR, into `image` if that fits."""

    def release(self) -> None:
        """Free the device."""


OpenCapture = Callable[[int | str, int], Capture]
"""Opens a device with one of OpenCV's backends."""


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """One camera."""

    device: int | str
    "What `Webcam` takes: a path on Linux, a number elsewhere."
    name: str

    def __str__(self) -> str:
        return f"{self.device} ({self.name})"


@dataclass(frozen=True, slots=True)
class _Node:
    """One /dev/videoN that gives pictures."""

    camera: CameraInfo
    loopback: bool
    "Made by software: v4l2loopback, which is a camera only while some program feeds it."


def open_with_opencv(device: int | str, backend: int) -> Capture:
    """The device through OpenCV, which keeps its own complaints off the terminal."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    # Else V4L2 waits 10 s for a camera that stalls. Read by OpenCV at the first grab.
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")
    return cv2.VideoCapture(device, backend)


def list_cameras(open_capture: OpenCapture = open_with_opencv) -> list[CameraInfo]:
    """The cameras of this machine, loopback devices left out.

    Linux says without opening them; elsewhere the first numbers are tried, which takes seconds
    and lights up lamps.
    """
    if platform.system() == "Linux":
        return [node.camera for node in _nodes() if not node.loopback]
    return [
        CameraInfo(number, f"camera {number}") for number in _PROBED if _opens(number, open_capture)
    ]


def find_camera(device: int | str) -> int | str:
    """What to open for a number, a path or a name (a part of it will do).

    Raises:
        DeviceError: no camera has that name.
    """
    if isinstance(device, int) or device.isdecimal():
        return f"/dev/video{device}" if platform.system() == "Linux" else int(device)
    if platform.system() != "Linux":
        raise DeviceError(
            f"camera {device!r} cannot be found: {platform.system()} tells no names here, "
            "give a number: 0, 1, ..."
        )
    if device.startswith("/"):
        return device
    cameras = [node.camera for node in _nodes()]
    wanted = device.casefold()
    for camera in sorted(cameras, key=lambda camera: camera.name.casefold() != wanted):
        if wanted in camera.name.casefold():
            return camera.device
    raise DeviceError(f"no camera is called {device!r}: {_choice()}")


def backend() -> int:
    """OpenCV's backend for cameras on this system."""
    return _BACKENDS.get(platform.system(), cv2.CAP_ANY)


def why_closed(device: int | str) -> DeviceError:
    """The reason why `device` does not open, and what to do about it."""
    if isinstance(device, int):
        return DeviceError(
            f"camera {device} does not open: it is missing, in use by another program, or "
            "forbidden in the system's privacy settings"
        )
    if not Path(device).exists():
        return DeviceError(f"no camera at {device}: {_choice()}")
    return DeviceError(f"camera {device} {_why_silent(device)}")


def _why_silent(device: str) -> str:
    try:
        os.close(os.open(device, os.O_RDWR | os.O_NONBLOCK))
    except PermissionError:
        return "may not be opened: run `sudo usermod -aG video $USER`, then log in again"
    except OSError as error:
        if error.errno != errno.EBUSY:
            return f"does not open ({error.strerror}): unplug it, and plug it in again"
        return "is in use by another program: close that program"
    # The camera opens for anybody, and turns away who wants pictures while it has a customer.
    node = next((node for node in _nodes() if node.camera.device == _real_path(device)), None)
    if node is None:
        return f"gives no pictures: {_choice()}"
    if node.loopback:
        return f"is a virtual camera that no program feeds: {_choice()}"
    return "is in use by another program: close that program"


def _choice() -> str:
    """What to plug in or choose instead, as the end of a message."""
    cameras = list_cameras()
    if not cameras:
        return "there is none on this machine, plug one in or give --source FILE"
    return "choose one of " + ", ".join(map(str, cameras))


def _nodes() -> list[_Node]:
    nodes = []
    for entry in sorted(_SYSFS.glob("video[0-9]*"), key=lambda entry: int(entry.name[5:])):
        # A camera's further nodes carry metadata, no pictures.
        if _told(entry / "index") in {"", "0"}:
            camera = CameraInfo(f"/dev/{entry.name}", _told(entry / "name") or entry.name)
            nodes.append(_Node(camera, loopback="virtual" in entry.resolve().parts))
    return nodes


def _told(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # unplugged while it was being looked at
        return ""


def _real_path(device: str) -> str:
    return str(Path(device).resolve())


def _opens(device: int, open_capture: OpenCapture) -> bool:
    capture = open_capture(device, backend())
    try:
        return capture.isOpened()
    finally:
        capture.release()
