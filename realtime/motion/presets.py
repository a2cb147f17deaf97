"""Personal dynamics under a name: how much of the driver's motion shows, and how much it breathes.

`natural` is the driver's own motion: to the eye, what makes a mouth read better in a thumbnail is
too much at full size, and what is not too much changes nothing there. `expressive` is for
thumbnails, in which mouths and brows are a few pixels high; `calm` for drivers who move more than
they want to show. Eyes stay as they are in all of them: a blink that is not whole and a gaze that
goes past its mark look wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from realtime.config import MotionConfig
from realtime.motion.retarget import Strengths


@dataclass(frozen=True, slots=True)
class Dynamics:
    """How an avatar carries itself."""

    strengths: Strengths
    breathing: float
    "Under a still driver; 1 is a quarter of a degree and a pixel, 0 none."


PRESETS: Mapping[str, Dynamics] = MappingProxyType(
    {
        "natural": Dynamics(Strengths(), breathing=1.0),
        "expressive": Dynamics(Strengths(head=1.15, mouth=1.4, brows=1.4), breathing=1.2),
        "calm": Dynamics(Strengths(head=0.6, mouth=0.9, brows=0.6), breathing=0.6),
    }
)


def dynamics_of(motion: MotionConfig) -> Dynamics:
    """The preset that a configuration names, with the strengths that it states itself."""
    preset = PRESETS[motion.preset]
    usual = preset.strengths
    return Dynamics(
        Strengths(
            head=_either(motion.head, usual.head),
            mouth=_either(motion.mouth, usual.mouth),
            eyes=_either(motion.eyes, usual.eyes),
            brows=_either(motion.brows, usual.brows),
        ),
        breathing=_either(motion.breathing, preset.breathing),
    )


def _either(stated: float | None, usual: float) -> float:
    return usual if stated is None else stated
