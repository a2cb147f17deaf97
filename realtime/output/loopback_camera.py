"""A camera on Linux, for v4l2loopback.

pyvirtualcam could feed it too. But there it (0.15) holds Python's lock while it converts, writes
and waits, so that a device that hangs takes Ctrl-C with it; and it keeps it to itself when a write
fails.
"""

import errno
import os

import cv2
import numpy as np

from realtime.errors import DeviceError, InputError
from realtime.output.loopback import OutputSide, loopback_devices, offer_again, open_to_write
from realtime.types import RGB

_FOURCC = "YU12"
"Planar 4:2:0, which every program reads."


class LoopbackCamera:
    """Writes RGB pictures to a loopback device; neither waits nor holds up other threads."""

    backend = "v4l2loopback"

    def __init__(self, size: tuple[int, int], device: str | None) -> None:
        """Open `device`, or the first that can be opened.

        Raises:
            OSError: there is none, no right to open it, or another program feeds it (EBUSY).
            DeviceError: a program that shows it holds it at another size.
            InputError: a side of odd length.
        """
        width, height = size
        if width % 2 or height % 2:
            raise InputError(f"a virtual camera takes even sizes, not {width}x{height}; change it")
        offer_again(device)
        self._yuv = np.empty((height * 3 // 2, width), np.uint8)
        self.device, self._file = _opened(size, device)
        try:
            self._output_side = _output_side(self.device, size)
        except (OSError, DeviceError):
            os.close(self._file)
            raise
        self._streams = False

    def send(self, pixels: RGB) -> None:
        """Write one picture.

        Raises:
            OSError: the device does not take it.
        """
        # In BT.601, limited range: what a program expects of a camera that does not say.
        cv2.cvtColor(pixels, cv2.COLOR_RGB2YUV_I420, dst=self._yuv)
        written = os.write(self._file, self._yuv.data)
        if written < self._yuv.nbytes:
            raise OSError(errno.EIO, "another program changed its format")
        if not self._streams:
            self._output_side.stream()
            self._streams = True

    def close(self) -> None:
        """Release the device."""
        os.close(self._file)
        self._output_side.close()


def _opened(size: tuple[int, int], device: str | None) -> tuple[str, int]:
    if device is not None:
        return device, open_to_write(device, size, _FOURCC)
    last: OSError = FileNotFoundError(errno.ENOENT, "there is no v4l2loopback device")
    for each in loopback_devices():
        try:
            return each, open_to_write(each, size, _FOURCC)
        except OSError as error:
            last = error
    raise last


def _output_side(device: str, size: tuple[int, int]) -> OutputSide:
    side = OutputSide(device)
    try:
        width, height, fourcc = side.format()
    except OSError:
        return side
    if (width, height, fourcc) == (*size, _FOURCC):
        return side
    # The driver says yes to any format, and keeps the one that a reader got used to.
    side.close()
    raise DeviceError(
        f"a program that shows {device} holds it at {width}x{height} {fourcc}: end that program "
        f"(`fuser -v {device}` names it), or feed {width}x{height}"
    )
