"""Capture: where driving frames come from.

In: nothing. Out: `Frame`. Live sources are read by the capture thread, one at a time.
"""

from typing import Protocol

from realtime.types import Frame


class EndOfSource(Exception):  # noqa: N818 - an end, not an error
    """The source has no more frames and never will."""


class Source(Protocol):
    """A stream of driving frames, opened by its constructor."""

    @property
    def fps(self) -> float:
        """Nominal frames per second: the file's own rate, or the rate measured on a camera."""

    def read(self) -> Frame | None:
        """The next frame; None when there is none for now (camera unplugged, reconnecting).

        Blocks until a frame is there, but never longer than about a second. The pixels belong to
        the caller until the fourth `read` after this one.

        Raises:
            EndOfSource: a file or folder has been read to its end.
            MimicamError: the source is broken for good.
        """

    def close(self) -> None:
        """Release the device or file. Called once, from any thread; a blocked `read` returns."""
