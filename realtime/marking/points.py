"""The points of a face that its user is asked for, in the order of asking.

They are the fewest that give a good face: where MediaPipe finds landmarks, those made of its own
18 points lie near all the others, and not much farther off when the points are placed by hand.
Without lids or brows the eyes and brows come out wrong, without chin or sides the oval does; the
outer lips, the jaw's angles and the forehead were tried, and gain next to nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Marks = NDArray[np.float64]
"""(18, 2): one place per entry of `MARKED`, pixels of the picture."""


@dataclass(frozen=True, slots=True)
class MarkedPoint:
    """One point that is asked for; left and right are the picture's."""

    name: str
    landmark: int
    hint: str = ""
    "What the name leaves open."


MARKED = (
    MarkedPoint("left eye, outer corner", 33),
    MarkedPoint("left eye, inner corner", 133),
    MarkedPoint("left eye, upper lid", 159, "its edge, above the middle of the eye"),
    MarkedPoint("left eye, lower lid", 145, "its edge, below the middle of the eye"),
    MarkedPoint("right eye, inner corner", 362),
    MarkedPoint("right eye, outer corner", 263),
    MarkedPoint("right eye, upper lid", 386, "its edge, above the middle of the eye"),
    MarkedPoint("right eye, lower lid", 374, "its edge, below the middle of the eye"),
    MarkedPoint("left brow", 105, "the highest point of its upper edge"),
    MarkedPoint("right brow", 334, "the highest point of its upper edge"),
    MarkedPoint("tip of the nose", 4),
    MarkedPoint("left corner of the mouth", 61),
    MarkedPoint("right corner of the mouth", 291),
    MarkedPoint("upper lip, lower edge", 13, "where the lips meet, in the middle"),
    MarkedPoint("lower lip, upper edge", 14, "the same place when the mouth is closed"),
    MarkedPoint("tip of the chin", 152),
    MarkedPoint("left edge of the face", 93, "level with the tip of the nose"),
    MarkedPoint("right edge of the face", 323, "level with the tip of the nose"),
)

LANDMARKS = tuple(point.landmark for point in MARKED)
