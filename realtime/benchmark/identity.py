"""The pipeline with nothing in it: what is left is its own price."""

import numpy as np

from realtime.pipeline import Stages
from realtime.track.presence import PresenceFilter
from realtime.types import LANDMARK_COUNT, RGB, Face, Frame, Motion, Sighting, Similarity

_FRAME_SIZE = (640, 480)


class SyntheticSource:
    """Implements `realtime.capture.Source`: one grey picture for ever, not paced."""

    def __init__(self, fps: float) -> None:
        self.fps = fps
        self._pixels: RGB = np.full((_FRAME_SIZE[1], _FRAME_SIZE[0], 3), 128, np.uint8)
        self._sequence = -1

    def read(self) -> Frame:
        """See `Source.read`; stamped with the time since the first."""
        self._sequence += 1
        return Frame(self._pixels, self._sequence, round(self._sequence * 1e9 / self.fps))

    def close(self) -> None:
        """See `Source.close`: nothing to free."""


class NoTracker:
    """Implements `realtime.track.Tracker`: looks at nothing and finds nothing."""

    def track(self, frame: Frame) -> Face | None:  # noqa: ARG002 - the protocol's
        """See `Tracker.track`."""
        return None

    def close(self) -> None:
        """See `Tracker.close`: nothing to free."""


class NoMover:
    """Implements `realtime.motion.Mover`: stays where it is."""

    def __init__(self) -> None:
        self._landmarks = np.zeros((LANDMARK_COUNT, 3), np.float32)
        self._head = Similarity(1.0, np.eye(3), np.zeros(3))

    def move(self, sighting: Sighting) -> Motion:
        """See `Mover.move`."""
        return Motion(
            self._landmarks,
            self._head,
            sighting.presence,
            sighting.sequence,
            sighting.captured_ns,
        )

    def recalibrate(self) -> None:
        """See `Mover.recalibrate`: nothing was learned."""


class IdentityRenderer:
    """Implements `realtime.render.Renderer`: hands on one picture."""

    def __init__(self, picture: RGB) -> None:
        self._picture = picture

    @property
    def size(self) -> tuple[int, int]:
        """See `Renderer.size`."""
        height, width = self._picture.shape[:2]
        return width, height

    def render(self, motion: Motion, out: RGB) -> None:  # noqa: ARG002 - the protocol's
        """See `Renderer.render`."""
        np.copyto(out, self._picture)

    def close(self) -> None:
        """See `Renderer.close`: nothing to free."""


def identity_stages(picture: RGB) -> Stages:
    """Stages that do nothing and show `picture`."""
    return Stages(NoTracker(), PresenceFilter(), NoMover(), IdentityRenderer(picture))
