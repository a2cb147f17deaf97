"""An output that takes everything and keeps nothing."""

from realtime.types import Picture


class NullOutput:
    """Counts what it is sent; for measuring, and for running without any device."""

    def __init__(self) -> None:
        self.sent = 0

    def send(self, picture: Picture) -> None:  # noqa: ARG002 - the contract's name
        """See `Output.send`."""
        self.sent += 1

    def close(self) -> None:
        """See `Output.close`."""
