"""Output: where finished pictures go.

In: `Picture`. Out: nothing. Outputs are opened, fed and closed by one thread, the caller's of
`realtime.pipeline.run`: windows demand the main thread on some systems. A device that went away is
looked for in a thread of its own (`realtime.output.reopened`).
"""

from typing import Protocol

from realtime.types import Picture


class Output(Protocol):
    """One consumer of pictures, opened by its constructor with the size and rate it will get."""

    def send(self, picture: Picture) -> None:
        """Show, store or pass on one picture.

        Does not pace: the caller decides when. `picture.pixels` are this output's alone until it
        returns; it must not keep them, and leaves them as they were.

        Raises:
            MimicamError: the picture could not be delivered and later ones will not be either.
        """

    def close(self) -> None:
        """Finish files and release devices. Called exactly once, also after `send` raised."""
