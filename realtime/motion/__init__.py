"""Motion: what the avatar shall do, given what the driver does.

In: `Sighting`. Out: `Motion`, in the avatar's own pixels. Predictors and movers run on the
rendering thread, framers on the tracking thread.
"""

from typing import Protocol

from realtime.types import Driving, Face, Frame, Motion, Sighting


class Mover(Protocol):
    """Turns the driver's face into the avatar's motion."""

    def move(self, sighting: Sighting) -> Motion:
        """The avatar's motion for this moment; idle motion while nobody is there."""

    def recalibrate(self) -> None:
        """Forget the driver's neutral face and learn it anew. Safe from any thread."""


class Framer(Protocol):
    """Cuts the driver out of the frame, for a renderer that reads motion from pixels."""

    def frame(self, frame: Frame, face: Face) -> Driving | None:
        """The driver in this frame; None until there is a frame to start from.

        The arrays of the result belong to the caller.
        """

    def recalibrate(self) -> None:
        """Choose the frame to start from anew. Safe from any thread."""


class Predictor(Protocol):
    """Knows where the driver's face is when its picture is shown."""

    def observe(self, face: Face | None, t_ns: int) -> None:
        """The face found at `t_ns`, or None where there is none."""

    def at(self, t_ns: int) -> Face | None:
        """The face at `t_ns`, which is later; None after none was found."""
