"""The file beside a portrait that keeps the points marked in it."""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from realtime.errors import InputError, OutputError
from realtime.marking.points import MARKED, Marks

_VERSION = 1
_LARGEST_BYTES = 65_536


def marks_file(picture: Path) -> Path:
    """Where the marks of a picture lie: `portrait.png.marks.json` beside `portrait.png`."""
    return picture.with_name(f"{picture.name}.marks.json")


def save_marks(picture: Path, size: tuple[int, int], marks: Marks) -> Path:
    """Write the marks of a picture of `size`, width and height; the file, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    file = marks_file(picture)
    table = {
        "version": _VERSION,
        "picture": {"width": size[0], "height": size[1], "sha256": _sha256(picture)},
        "marks": {
            point.name: [round(float(x), 2), round(float(y), 2)]
            for point, (x, y) in zip(MARKED, marks, strict=True)
        },
    }
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        partial.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
        partial.replace(file)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"cannot write {file}: {reason}; copy the portrait to a folder you may write to"
        ) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return file


def load_marks(picture: Path, size: tuple[int, int]) -> Marks | None:
    """The marks beside a picture of `size`, width and height; None where there are none.

    Raises:
        InputError: the file is damaged, or belongs to another picture.
    """
    file = marks_file(picture)
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(picture, f"cannot be read ({error.strerror})") from error
    try:
        table = _parse(content)
        stated = table["picture"]
        same = [stated["width"], stated["height"], stated["sha256"]] == [*size, _sha256(picture)]
        marks = _read_places(table["marks"], size) if same else None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unusable(picture, f"is damaged ({_reason(error)})") from error
    if marks is None:
        raise _unusable(picture, "was made for another picture, or for this one before it changed")
    return marks


def _parse(content: bytes) -> Any:
    if len(content) > _LARGEST_BYTES:
        raise ValueError("it is too large")
    table = json.loads(content)
    if table["version"] != _VERSION:
        raise ValueError(f"version {table['version']!r} instead of {_VERSION}")
    return table


def _read_places(places: Any, size: tuple[int, int]) -> Marks:
    marks = np.empty((len(MARKED), 2))
    for index, point in enumerate(MARKED):
        x, y = places[point.name]
        for value, most in ((x, size[0]), (y, size[1])):
            # To Python a bool is a number too; NaN fails every comparison.
            if type(value) not in (int, float) or not 0 <= value <= most:
                raise ValueError(f"{point.name!r} at {[x, y]!r} is outside the picture")
        marks[index] = x, y
    return marks


def _reason(error: Exception) -> str:
    text = f"no {error}" if isinstance(error, KeyError) else str(error)
    return " ".join(text.split())[:120]


def _unusable(picture: Path, complaint: str) -> InputError:
    return InputError(
        f"{marks_file(picture)} {complaint}: "
        f"`mimicam avatar mark {picture}` makes it anew, or delete it"
    )


def _sha256(picture: Path) -> str:
    with picture.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
