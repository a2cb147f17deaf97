"""Output: where finished pictures go.

In: `Picture`. Out: nothing. Outputs are opened, fed and closed by one thread, the caller's of
`realtime.pipeline.run`: windows demand the main thread on some systems.
"""

from typing import Protocol

from realtime.types import Picture


class Output(Protocol):
    """One consumer of pictures, opened by its constructor with the size and rate it will get."""

    def send(self, picture: Picture) -> None:
        """Show, store or pass on one picture. Must not keep `picture.pixels` after returning.

        Does not pace: the caller decides when.

        Raises:
            MimicamError: the picture could not be delivered and later ones will not be either.
        """

    def close(self) -> None:
        """Finish files and release devices. Called exactly once, also after `send` raised."""
