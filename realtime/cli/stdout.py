"""Standard output that may be a full disk, or a program that has stopped reading."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from realtime.errors import OutputError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


@contextmanager
def told_if_stdout_fails() -> Iterator[None]:
    """What cannot be printed within the block is an error of ours, at its end at the latest.

    Raises:
        OutputError: the disk is full, for one.
        SystemExit: nobody reads any more, which is no error.
    """
    given = sys.stdout
    if given.isatty() or not _has_descriptor(given):
        yield  # it cannot be full
        return
    raw = _Descriptor(os.dup(given.fileno()), "w")
    checked = io.TextIOWrapper(io.BufferedWriter(raw), encoding=given.encoding, errors=given.errors)
    sys.stdout = checked
    try:
        yield
    finally:
        sys.stdout = given
        try:
            checked.close()
        except BrokenPipeError:
            sys.exit(1)


def _has_descriptor(file: TextIO) -> bool:
    try:
        file.fileno()
    except OSError:
        return False
    return True


class _Descriptor(io.FileIO):
    """Fails once, by an error of ours, and then takes whatever is still in the buffers."""

    _failed = False

    def write(self, data: "ReadableBuffer") -> int:
        if self._failed:
            return memoryview(data).nbytes
        try:
            return super().write(data)
        except BrokenPipeError:
            self._failed = True
            raise
        except OSError as error:
            self._failed = True
            raise OutputError(
                f"cannot print: {error.strerror}; send standard output elsewhere"
            ) from error
