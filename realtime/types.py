"""The values that stages hand to each other.

Pictures are uint8 RGB, height x width x 3, C-contiguous; whoever talks to a library that wants
another order converts at that edge. Image coordinates are pixels, x right, y down, pixel centres
at integers plus a half, z away from the viewer in the same unit. Canonical face space is
MediaPipe's: centimetres, x to the image's right, y up, z towards the viewer. Times are integer
nanoseconds of one monotonic clock.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

RGB = NDArray[np.uint8]
"""A picture: (height, width, 3), uint8, RGB, C-contiguous."""

Landmarks = NDArray[np.float32]
"""Face landmarks: (478, 3), float32, image pixels; 0..467 face mesh, 468..477 irises."""

Points = NDArray[np.float32]
"""Image points: (n, 2), float32, pixels."""

Floats = NDArray[np.float32]
"""A float32 array whose shape is said where it is used."""

LANDMARK_COUNT = 478


@dataclass(frozen=True, slots=True)
class Frame:
    """One driving picture, as it came from a source."""

    pixels: RGB
    sequence: int
    "Counts up by one for every picture of this source; gaps are frames that the source dropped."
    captured_ns: int
    "When the driver returned it (live), or its presentation time (offline)."


@dataclass(frozen=True, slots=True)
class Face:
    """One face as the tracker saw it."""

    landmarks: Landmarks
    blendshapes: Floats
    "(52,), 0..1, in the order of `realtime.models.blendshapes.NAMES`."
    pose: Floats
    "(4, 4), canonical face space to camera space, centimetres; camera y up, looking along -z."


class Presence(Enum):
    """Whether the driver is there."""

    TRACKING = "tracking"
    HELD = "held"
    AWAY = "away"
    RETURNING = "returning"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What tracking says of one moment."""

    face: Face | None
    "The face to follow: the last one seen while held or away, None before the first."
    presence: Presence
    follow: float
    "How much of the driver's motion to show, 0 (idle) to 1 (all of it)."
    sequence: int
    captured_ns: int


@dataclass(frozen=True, slots=True)
class Similarity:
    """p -> scale * rotation @ p + translation, in three dimensions."""

    scale: float
    rotation: NDArray[np.float64]
    "(3, 3), orthonormal, determinant 1."
    translation: NDArray[np.float64]
    "(3,)"


@dataclass(frozen=True, slots=True)
class Driving:
    """The driver as a renderer that reads motion from pixels wants him; never drawn.

    Both pictures are square, of one size, and framed alike: the face in its usual place.
    """

    pixels: RGB
    "Now."
    rest: RGB | None
    "The frame that relative motion starts from, the same array until a better one is found; None \
for absolute motion."


@dataclass(frozen=True, slots=True)
class Motion:
    """Where the avatar's face shall be, in pixels of the avatar's own picture."""

    landmarks: Landmarks
    head: Similarity
    "Takes the avatar's resting head to where it shall be, pixels to pixels."
    presence: Presence
    sequence: int
    captured_ns: int
    driving: Driving | None = None
    "None where the renderer does not ask for it, and while the driver is not there."


@dataclass(frozen=True, slots=True)
class Picture:
    """What leaves."""

    pixels: RGB
    sequence: int
    "Sequence number of the frame that it answers; -1 for a card."
    captured_ns: int | None
    "Capture stamp of that frame; None when no frame stands behind the picture (a card)."
