"""The virtual camera that calls, browsers and recorders open; the one door to pyvirtualcam.

pyvirtualcam is GPL-2 and this project MIT: nothing else may import it, so that it can be left out.
"""

import platform
from typing import Any

from realtime.errors import DeviceError, InputError
from realtime.types import Picture

_MAKE_ONE = {
    "Linux": (
        "sudo modprobe v4l2loopback devices=1 exclusive_caps=1 card_label=mimicam"
        " (if there is no such module: sudo apt-get install v4l2loopback-dkms)"
    ),
    "Windows": "winget install OBSProject.OBSStudio (then start OBS once and close it)",
    "Darwin": "brew install --cask obs (then press `Start Virtual Camera` in OBS once)",
}
_FREE_IT = {
    "Linux": "end the program that feeds it (`fuser -v /dev/video*` names it) or choose another",
    "Windows": "press `Stop Virtual Camera` in OBS, or end the other program that feeds it",
    "Darwin": "press `Stop Virtual Camera` in OBS, or end the other program that feeds it",
}
_JOIN_GROUP = "sudo usermod -a -G video $USER (then log out and in)"
_BUSY_WORDS = ("in use", "busy", "could not be configured", "could not be started")


def command_to_make_one(system: str) -> str:
    """The command that gives this machine a virtual camera; `system` as `platform.system` says."""
    return _MAKE_ONE.get(system, "run it on Linux, Windows or macOS")


class VirtualCamera:
    """Feeds RGB pictures to a virtual camera device. Sends at once; the caller paces."""

    def __init__(
        self,
        size: tuple[int, int],
        fps: float,
        *,
        device: str | None = None,
        backend: str | None = None,
    ) -> None:
        """Open `device` of `backend`, or the first of each that works.

        Raises:
            DeviceError: there is no such device, or another program feeds it.
            InputError: this system has no such backend.
        """
        width, height = size
        self._camera = _open(width, height, fps, device, backend)
        self.device: str = self._camera.device
        "The name under which other programs find it."
        self.backend: str = self._camera.backend

    def send(self, picture: Picture) -> None:
        """See `Output.send`."""
        try:
            self._camera.send(picture.pixels)
        except (RuntimeError, OSError) as error:
            message = (
                f"virtual camera {self.device} takes no more pictures ({error}); start it anew"
            )
            raise DeviceError(message) from error

    def close(self) -> None:
        """See `Output.close`."""
        self._camera.close()


def _open(width: int, height: int, fps: float, device: str | None, backend: str | None) -> Any:
    try:
        import pyvirtualcam
        from pyvirtualcam.camera import BACKENDS
    except ImportError as error:
        message = f"virtual cameras need pyvirtualcam ({error}): python -m pip install pyvirtualcam"
        raise DeviceError(message) from error
    if backend is not None and backend not in BACKENDS:
        known = ", ".join(BACKENDS)
        raise InputError(f"no virtual camera backend {backend!r} on this system; it has: {known}")
    try:
        return pyvirtualcam.Camera(
            width, height, fps, fmt=pyvirtualcam.PixelFormat.RGB, device=device, backend=backend
        )
    except RuntimeError as error:
        reason = "; ".join(str(error).splitlines())
        name = device or "any virtual camera"
        raise DeviceError(f"cannot open {name} ({reason}): {_remedy(reason)}") from error


def _remedy(reason: str) -> str:
    system = platform.system()
    if "permission" in reason:
        return _JOIN_GROUP
    if any(word in reason for word in _BUSY_WORDS):
        return _FREE_IT.get(system, "end the other program that feeds it")
    return command_to_make_one(system)
