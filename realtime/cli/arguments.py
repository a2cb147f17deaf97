"""Argument forms that several commands share."""

import re
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import typer

from realtime.errors import InputError

_MOST_PX = 16384


class RendererChoice(StrEnum):
    """What draws the avatar."""

    mesh = "mesh"
    fomm = "fomm"


class PresetChoice(StrEnum):
    """How the avatar carries itself, see `realtime.motion.presets`."""

    natural = "natural"
    expressive = "expressive"
    calm = "calm"


PRESET_HELP = (
    "natural: all of the motion, no more; expressive: larger mouth, brows and head, for small "
    "pictures; calm: about half of head and brows."
)


def parse_size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT in pixels."""
    match = re.fullmatch(r"([0-9]{1,9})[xX]([0-9]{1,9})", text)
    if match is None:
        raise typer.BadParameter(f"{text!r} is not WIDTHxHEIGHT, such as 1280x720")
    width, height = int(match[1]), int(match[2])
    if not (16 <= width <= _MOST_PX and 16 <= height <= _MOST_PX):
        raise typer.BadParameter(f"{text} is out of range: 16 to {_MOST_PX} pixels a side")
    return width, height


def spare(written: Path | None, *read: Path | str | None) -> None:
    """Refuse to replace what a command reads by what it makes of it.

    Raises:
        InputError: `written` is one of those files, by whatever name.
    """
    for each in read:
        with suppress(OSError):  # what is not there yet is not lost either
            if written is not None and each is not None and written.samefile(each):
                raise InputError(f"cannot write {written}: it is read itself; give another name")
