"""Motion: what the avatar shall do, given what the driver does.

In: `Sighting`. Out: `Motion`, in the avatar's own pixels. Runs on the tracking thread.
"""

from typing import Protocol

from realtime.types import Motion, Sighting


class Mover(Protocol):
    """Turns the driver's face into the avatar's motion."""

    def move(self, sighting: Sighting) -> Motion:
        """The avatar's motion for this moment; idle motion while nobody is there."""

    def recalibrate(self) -> None:
        """Forget the driver's neutral face and learn it anew. Safe from any thread."""
