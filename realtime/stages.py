"""What stands between a frame and a picture, and one frame's way through it."""

from dataclasses import dataclass, field, replace

from realtime.motion import Framer, Mover, Predictor
from realtime.motion.prediction import HoldLast
from realtime.render import Renderer
from realtime.runtime.failures import blamed
from realtime.track import Tracker
from realtime.track.presence import PresenceFilter
from realtime.types import RGB, Driving, Face, Frame, Motion, Sighting


@dataclass(frozen=True, slots=True)
class Stages:
    """What stands between a frame and a picture."""

    tracker: Tracker
    presence: PresenceFilter
    mover: Mover
    renderer: Renderer
    framer: Framer | None = None
    "For a renderer that reads motion from the driver's pixels."
    moves_between: bool = True
    "Whether the renderer follows motion without those pixels, from one look at him to the next."
    fallback: Renderer | None = None
    "Draws what the renderer fails to draw, in the same size; closed with it, by whoever owns it."
    predictor: Predictor = field(default_factory=HoldLast)
    "Makes up, in a live run, for the time between a frame and the tick at which it is answered."

    def driving(self, frame: Frame, face: Face | None) -> Driving | None:
        """The driver's pixels, cut out for a renderer that wants them."""
        if self.framer is None or face is None:
            return None
        return self.framer.frame(frame, face)

    def move(self, sighting: Sighting, driving: Driving | None) -> Motion:
        """The avatar's motion for the sighting's moment."""
        motion = self.mover.move(sighting)
        return motion if driving is None else replace(motion, driving=driving)

    def recalibrate(self) -> None:
        """Learn the driver's rest anew."""
        self.mover.recalibrate()
        if self.framer is not None:
            self.framer.recalibrate()

    def close(self) -> None:
        """Free what the stages hold. Call once."""
        try:
            with blamed("track"):
                self.tracker.close()
        finally:
            with blamed("render"):
                self.renderer.close()


def step(stages: Stages, frame: Frame, out: RGB) -> Motion:
    """The avatar's motion for `frame`, drawn into `out`, of the renderer's size."""
    face = stages.tracker.track(frame)
    driving = stages.driving(frame, face)
    sighting = stages.presence.update(face, frame.sequence, frame.captured_ns)
    motion = stages.move(sighting, driving)
    stages.renderer.render(motion, out)
    return motion
