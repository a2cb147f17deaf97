"""What v4l2loopback needs of its writer besides pictures, and most writers do not do.

With `exclusive_caps=1`, which browsers ask for, a device offers either its output side or its
camera side. Up to 0.12 (Debian 12, Ubuntu 24.04) the first write withdraws the output side, and
only the end of a file that was told to stream (VIDIOC_STREAMON) offers it again. After a writer
that did not do that, nobody can feed the device until the module is loaded anew. So a second file
streams beside the one that is written to; the kernel closes it whatever ends the program.
"""

import errno
import os
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path
from struct import Struct

_SYSFS = Path("/sys/devices/virtual/video4linux")

_QUERYCAP, _CAPABILITY = 0x80685600, Struct("16s 32s 32s 3I 12x")
_G_FMT, _S_FMT, _FORMAT = 0xC0D05604, 0xC0D05605, Struct("I4x 2I 4s 188x")
_STREAMON, _BUFFER_TYPE = 0x40045612, Struct("i")
_OUTPUT_TYPE = 2
_OUTPUT_SIDE = 0x2
_BOTH_SIDES = 0x1 | _OUTPUT_SIDE
"V4L2_CAP_VIDEO_CAPTURE and V4L2_CAP_VIDEO_OUTPUT."


def loopback_devices() -> list[str]:
    """The paths of this machine's loopback devices."""
    return [f"/dev/{entry.name}" for entry in sorted(_SYSFS.glob("video*"))]


def offer_again(device: str | None) -> None:
    """Undo what an ended writer did to `device`, or to all that there are.

    A device that offers neither side is open nowhere: nobody's stream is disturbed.
    """
    for path in loopback_devices() if device is None else [device]:
        with suppress(OSError):  # whoever opens it next tells why it cannot be opened
            _offer_again(path)


def open_to_write(device: str, size: tuple[int, int], fourcc: str) -> int:
    """A file to write pictures of that format into, which never waits; the caller's to close.

    Raises:
        OSError: EBUSY where another program feeds the device or keeps it at another size, ENODEV
            where it is no loopback.
    """
    file = _opened(device, os.O_WRONLY)
    try:
        _check_it_is_free(file)
        _set_format(file, size, fourcc)
    except OSError:
        os.close(file)
        raise
    return file


class OutputSide:
    """A second file of a device that is fed; its end offers the output side again."""

    def __init__(self, device: str) -> None:
        """Open it; changes nothing yet.

        Raises:
            OSError: the device has more openers than it takes.
        """
        self._file = _opened(device, os.O_RDWR)

    def format(self) -> tuple[int, int, str]:
        """Width, height and pixel format (FourCC) of what readers get.

        Raises:
            OSError: the driver does not say.
        """
        asked = bytearray(_FORMAT.pack(_OUTPUT_TYPE, 0, 0, b""))
        ioctl(self._file, _G_FMT, asked)
        _, width, height, fourcc = _FORMAT.unpack(asked)
        return width, height, fourcc.decode("ascii", "replace")

    def stream(self) -> None:
        """Take the output side. Call after the first write, which earlier would be refused."""
        # From 0.13 on writing alone does, and this is of no effect or not allowed.
        with suppress(OSError):
            _stream(self._file)

    def close(self) -> None:
        """Give the output side back. Call once, after the writer closed."""
        os.close(self._file)


def _offer_again(device: str) -> None:
    file = _opened(device, os.O_RDWR)
    try:
        if _sides(file) == 0:
            _stream(file)  # refused, for want of a format; but its end is a writer's end
    finally:
        os.close(file)


def _check_it_is_free(file: int) -> None:
    sides = _sides(file)
    if sides is None:
        raise OSError(errno.ENODEV, "not a loopback device")
    if not sides & _OUTPUT_SIDE:
        raise OSError(errno.EBUSY, "another program feeds it")


def _set_format(file: int, size: tuple[int, int], fourcc: str) -> None:
    try:
        ioctl(file, _S_FMT, bytearray(_FORMAT.pack(_OUTPUT_TYPE, *size, fourcc.encode())))
    except OSError as error:
        reason = f"it does not take {size[0]}x{size[1]}: {error.strerror}"
        raise OSError(errno.EBUSY, reason) from error


def _sides(file: int) -> int | None:
    """What the device offers now; None when it is not a loopback device."""
    answer = bytearray(_CAPABILITY.size)
    ioctl(file, _QUERYCAP, answer)
    driver, *_, sides = _CAPABILITY.unpack(answer)
    return sides & _BOTH_SIDES if driver.startswith(b"v4l2 loopback") else None


def _opened(device: str, mode: int) -> int:
    return os.open(device, mode | os.O_NONBLOCK | os.O_CLOEXEC)


def _stream(file: int) -> None:
    ioctl(file, _STREAMON, _BUFFER_TYPE.pack(_OUTPUT_TYPE))
