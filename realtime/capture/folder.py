"""A folder of pictures, played in the natural order of their names."""

import re
import threading
from fractions import Fraction
from pathlib import Path

from realtime.capture import EndOfSource
from realtime.capture.picture import read_picture, read_picture_size
from realtime.errors import InputError
from realtime.types import Frame

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"})


def pictures_in(folder: Path) -> list[Path]:
    """The pictures of a folder in the natural order of their names.

    Files of other kinds and hidden files are passed over. Raises `InputError` if there is no such
    folder, or no picture in it.
    """
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist"
        raise InputError(f"{folder} {what}: give a folder of pictures")
    files = [
        file
        for file in folder.iterdir()
        if file.suffix.lower() in _SUFFIXES and not file.name.startswith(".") and file.is_file()
    ]
    if not files:
        kinds = ", ".join(sorted(suffix[1:] for suffix in _SUFFIXES))
        raise InputError(f"{folder} holds no pictures: put some in ({kinds})")
    return sorted(files, key=_natural)


class ImageFolder:
    """The pictures of a folder as a source, once or for ever.

    Files of other kinds and hidden files are passed over. The pixels of every frame are the
    caller's for good.
    """

    def __init__(self, path: Path, fps: Fraction | float, *, loop: bool = False) -> None:
        """List the folder, and look into every picture's header.

        Args:
            path: the folder.
            fps: the rate to play it at; pictures carry none.
            loop: start again at the end; time stamps go on rising.

        Raises:
            InputError: no such folder, no pictures in it, one that cannot be read, or one that
                differs from the first in size.
        """
        self._files = pictures_in(path)
        self._rate = Fraction(fps).limit_denominator(1001)  # the finest that video rates use
        self._loop = loop
        self._size = _common_size(self._files)
        self._sequence = -1
        self._closed = threading.Event()

    @property
    def rate(self) -> Fraction:
        """Frames per second, exact."""
        return self._rate

    @property
    def fps(self) -> float:
        """See `Source.fps`."""
        return float(self._rate)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of every frame."""
        return self._size

    @property
    def frame_count(self) -> int:
        """How many pictures the folder holds."""
        return len(self._files)

    def read(self) -> Frame:
        """See `Source.read`; `captured_ns` counts from the first picture."""
        following = self._sequence + 1
        if self._closed.is_set() or (following >= len(self._files) and not self._loop):
            raise EndOfSource
        self._sequence = following
        pixels = read_picture(self._files[following % len(self._files)])
        return Frame(pixels, following, round(following * 1_000_000_000 / self._rate))

    def close(self) -> None:
        """See `Source.close`."""
        self._closed.set()


def _natural(file: Path) -> tuple[list[tuple[int, str]], str]:
    """Sorts 9 before 10, whatever the zeros in front; ties by the name itself."""
    parts = re.findall(r"(\d+)|(\D+)", file.name.casefold())
    return [(int(digits or -1), text) for digits, text in parts], file.name


def _common_size(files: list[Path]) -> tuple[int, int]:
    size = read_picture_size(files[0])
    for file in files[1:]:
        other = read_picture_size(file)
        if other != size:
            raise InputError(
                f"{file} is {other[0]} x {other[1]} pixels, but {files[0].name} is "
                f"{size[0]} x {size[1]}: bring all pictures of the folder to one size"
            )
    return size
