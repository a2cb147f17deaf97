"""The virtual camera that calls, browsers and recorders open; the one door to pyvirtualcam.

pyvirtualcam is GPL-2 and this project MIT: nothing else may import it, so that it can be left out.
"""

import platform
from typing import TYPE_CHECKING, Any

from realtime.errors import DeviceError, InputError
from realtime.types import Picture

if TYPE_CHECKING:
    from realtime.output.loopback import OutputSide

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
_NO_OUTPUT_WORDS = ("not a video output device", "No v4l2 loopback device found")
"What pyvirtualcam says of loopback devices that are taken, and of those that are not there."
_LOOPBACK = "v4l2loopback"
_LOOPBACK_FOURCC = "YU12"
"What pyvirtualcam makes of RGB there."


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
            DeviceError: there is no such device, another program feeds it, or one that shows it
                holds it at another size.
            InputError: this system has no such backend.
        """
        width, height = size
        self._camera = _open(width, height, fps, device, backend)
        self.device: str = self._camera.device
        "The name under which other programs find it."
        self.backend: str = self._camera.backend
        self._output_side: OutputSide | None = None
        self._streams = False
        if self.backend == _LOOPBACK:
            try:
                self._output_side = _output_side(self.device, size)
            except DeviceError:
                self._camera.close()
                raise

    def send(self, picture: Picture) -> None:
        """See `Output.send`."""
        try:
            self._camera.send(picture.pixels)
        except (RuntimeError, OSError) as error:
            message = (
                f"virtual camera {self.device} takes no more pictures ({error}); start it anew"
            )
            raise DeviceError(message) from error
        if self._output_side is not None and not self._streams:
            self._output_side.stream()
            self._streams = True

    def close(self) -> None:
        """See `Output.close`."""
        self._camera.close()
        if self._output_side is not None:
            self._output_side.close()


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
    if platform.system() == "Linux" and backend in {None, _LOOPBACK}:
        from realtime.output.loopback import offer_again

        offer_again(device)
    try:
        return pyvirtualcam.Camera(
            width, height, fps, fmt=pyvirtualcam.PixelFormat.RGB, device=device, backend=backend
        )
    except RuntimeError as error:
        reason = "; ".join(str(error).splitlines())
        name = device or "any virtual camera"
        remedy = _remedy(reason, device)
        raise DeviceError(f"cannot open {name} ({reason}): {remedy}") from error


def _output_side(device: str, size: tuple[int, int]) -> "OutputSide":
    from realtime.output.loopback import OutputSide

    try:
        side = OutputSide(device)
    except OSError as error:
        message = f"cannot open {device} twice ({error.strerror}): {_remedy('busy', device)}"
        raise DeviceError(message) from error
    try:
        width, height, fourcc = side.format()
    except OSError:
        return side
    if (width, height, fourcc) == (*size, _LOOPBACK_FOURCC):
        return side
    # The driver says yes to any format, and keeps the one that a reader got used to.
    side.close()
    raise DeviceError(
        f"a program that shows {device} holds it at {width}x{height} {fourcc}: end that program "
        f"(`fuser -v {device}` names it), or feed {width}x{height}"
    )


def _remedy(reason: str, device: str | None) -> str:
    system = platform.system()
    if "permission" in reason:
        return _JOIN_GROUP
    if any(word in reason for word in _BUSY_WORDS) or _is_taken(reason, device, system):
        return _FREE_IT.get(system, "end the other program that feeds it")
    return command_to_make_one(system)


def _is_taken(reason: str, device: str | None, system: str) -> bool:
    """Whether a loopback device is there and offers no output side."""
    if system != "Linux" or not any(words in reason for words in _NO_OUTPUT_WORDS):
        return False
    from realtime.output.loopback import loopback_devices

    devices = loopback_devices()
    return bool(devices) if device is None else device in devices
