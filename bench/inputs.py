"""What a benchmark is given on its command line: looked over before an hour is spent on it."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from realtime.errors import InputError, MimicamError


def clips_in(folder: Path) -> list[Path]:
    """The MP4 files of a folder, the longest first, so that no worker is left alone with it.

    Raises `InputError` where there is none.
    """
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist"
        raise InputError(f"{folder} {what}: give a folder of clips")
    clips = [file for file in folder.iterdir() if file.suffix.lower() == ".mp4" and file.is_file()]
    if not clips:
        raise InputError(f"{folder} holds no clips: put some in (mp4)")
    return sorted(clips, key=lambda clip: (-clip.stat().st_size, clip))


def file_to_write(text: str) -> Path:
    """Where a result can be written in the end, for `argparse`."""
    file = Path(text)
    if not file.parent.is_dir() or file.is_dir():
        raise argparse.ArgumentTypeError(
            f"cannot write {file}: name a file in a folder that exists"
        )
    return file


def folder_to_write(text: str) -> Path:
    """A folder for results, there already or to be made, for `argparse`."""
    folder = Path(text)
    nearest = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not nearest.is_dir():
        raise argparse.ArgumentTypeError(f"cannot write into {folder}: {nearest} is no folder")
    return folder


def positive(text: str) -> int:
    """A count of one or more, for `argparse`."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 on")
    return int(text)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Ends the program with one line on stderr and exit code 2 if its input cannot be used."""
    try:
        yield
    except MimicamError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
