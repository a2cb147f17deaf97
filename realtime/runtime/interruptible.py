"""Where a thread that is in the hands of a device may be called back."""

from types import TracebackType


class Interruptible:
    """A block of one thread that a signal handler may end, once `late` is set."""

    def __init__(self) -> None:
        self.entered = False
        self.late = False

    def __enter__(self) -> None:
        self.entered = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.entered = False

    def leave(self) -> None:
        """For a handler, on that thread: ends the block, which raises KeyboardInterrupt."""
        if self.late and self.entered:
            # Once: what cleans up behind the block shall not be disturbed.
            self.entered = False
            raise KeyboardInterrupt
