"""Outputs that do not return, and a user who wants to."""

from realtime.output import Output
from realtime.runtime.interruptible import Interruptible
from realtime.types import Picture


class Leavable:
    """An output whose `send` may be interrupted; it owns that output."""

    def __init__(self, output: Output, calls: Interruptible) -> None:
        self._output = output
        self._calls = calls

    def send(self, picture: Picture) -> None:
        """See `Output.send`; raises KeyboardInterrupt when it is interrupted."""
        with self._calls:
            self._output.send(picture)

    def close(self) -> None:
        """See `Output.close`; never interrupted, since it finishes files."""
        self._output.close()
