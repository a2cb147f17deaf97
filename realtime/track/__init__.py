"""Track: find the driver's face in a frame.

In: `Frame`. Out: `Face`, or None when there is no face. Runs on the tracking thread.
"""

from typing import Protocol

from realtime.types import Face, Frame


class Tracker(Protocol):
    """Finds one face per frame."""

    def track(self, frame: Frame) -> Face | None:
        """The driver's face in this frame; None when there is none.

        The arrays of the result belong to the caller.
        """

    def close(self) -> None:
        """Free the model. Called once."""
