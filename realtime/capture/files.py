"""Driving files: a video, or a folder of pictures."""

from fractions import Fraction
from pathlib import Path

from realtime.capture.folder import ImageFolder
from realtime.capture.video import VideoFile
from realtime.errors import InputError

FOLDER_RATE = Fraction(25)
"Pictures carry no rate of their own."


def open_file(path: Path, *, loop: bool = False) -> VideoFile | ImageFolder:
    """The source that `path` is.

    Raises:
        InputError: there is nothing there, or nothing that can be played.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist; name a video file or a folder of pictures")
    if path.is_dir():
        return ImageFolder(path, FOLDER_RATE, loop=loop)
    return VideoFile(path, loop=loop)
