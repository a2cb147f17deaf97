"""The virtual camera that calls, browsers and recorders open; the one door to pyvirtualcam.

pyvirtualcam is GPL-2 and this project MIT: nothing else may import it, so that it can be left out.
"""

import errno
import platform
from typing import Protocol

from realtime.errors import DeviceError, InputError
from realtime.types import RGB, Picture

_MAKE_ONE = {
    "Linux": (
        "sudo modprobe v4l2loopback devices=1 exclusive_caps=1 card_label=mimicam"
        " (if there is no such module: sudo apt-get install v4l2loopback-dkms)"
    ),
    "Windows": "winget install OBSProject.OBSStudio (then start OBS once and close it)",
    "Darwin": "brew install --cask obs (then press `Start Virtual Camera` in OBS once)",
}
_FREE_IT = {
    "Linux": "end what feeds or shows it (`fuser -v /dev/video*` names it) or choose another",
    "Windows": "press `Stop Virtual Camera` in OBS, or end the other program that feeds it",
    "Darwin": "press `Stop Virtual Camera` in OBS, or end the other program that feeds it",
}
_JOIN_GROUP = "sudo usermod -a -G video $USER (then log out and in)"
_BUSY_WORDS = ("in use", "busy", "could not be configured", "could not be started")
_LOOPBACK = "v4l2loopback"


def command_to_make_one(system: str) -> str:
    """The command that gives this machine a virtual camera; `system` as `platform.system` says."""
    return _MAKE_ONE.get(system, "run it on Linux, Windows or macOS")


class _Camera(Protocol):
    """One device, as pyvirtualcam has them."""

    device: str
    backend: str

    def send(self, pixels: RGB) -> None: ...

    def close(self) -> None: ...


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
            DeviceError: there is no such device, another program feeds it, or one that shows it
                holds it at another size.
            InputError: this system has no such backend, or it takes no such size.
        """
        if platform.system() == "Linux" and backend in {None, _LOOPBACK}:
            self._camera = _open_loopback(size, device)
        else:
            self._camera = _open_with_pyvirtualcam(size, fps, device, backend)
        self.device = self._camera.device
        "The name under which other programs find it."
        self.backend = self._camera.backend

    def send(self, picture: Picture) -> None:
        """See `Output.send`."""
        try:
            self._camera.send(picture.pixels)
        except (RuntimeError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            message = f"virtual camera {self.device} takes no more pictures ({reason})"
            raise DeviceError(f"{message}; bring it back") from error

    def close(self) -> None:
        """See `Output.close`."""
        self._camera.close()


def _open_loopback(size: tuple[int, int], device: str | None) -> _Camera:
    from realtime.output.loopback_camera import LoopbackCamera

    try:
        return LoopbackCamera(size, device)
    except OSError as error:
        name = error.filename or device or "any virtual camera"
        match error.errno:
            case errno.EACCES | errno.EPERM:
                remedy = _JOIN_GROUP
            case errno.EBUSY:
                remedy = _FREE_IT["Linux"]
            case _:
                remedy = _MAKE_ONE["Linux"]
        raise DeviceError(f"cannot open {name} ({error.strerror}): {remedy}") from error


def _open_with_pyvirtualcam(
    size: tuple[int, int], fps: float, device: str | None, backend: str | None
) -> _Camera:
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
        camera: _Camera = pyvirtualcam.Camera(
            *size, fps, fmt=pyvirtualcam.PixelFormat.RGB, device=device, backend=backend
        )
    except RuntimeError as error:
        reason = "; ".join(str(error).splitlines())
        name = device or "any virtual camera"
        raise DeviceError(f"cannot open {name} ({reason}): {_remedy(reason)}") from error
    return camera


def _remedy(reason: str) -> str:
    system = platform.system()
    if "permission" in reason:
        return _JOIN_GROUP
    if any(word in reason for word in _BUSY_WORDS):
        return _FREE_IT.get(system, "end the other program that feeds it")
    return command_to_make_one(system)
