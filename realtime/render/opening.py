"""The opening between two lids or two lips, as the feature kernels want it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from realtime.kernels.features import CURVE_SAMPLES
from realtime.kernels.openings import box_round, measure_rims
from realtime.types import Floats, Landmarks

_STEPS = np.linspace(-1.0, 1.0, CURVE_SAMPLES)
_BULGE = (1.0 - _STEPS**2).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Opening:
    """See `realtime.kernels.features` for the frame and the rims."""

    frame: Floats
    "(5,) centre x, y, unit axis x, y, half width; pixels."
    rims: Floats
    "(2, CURVE_SAMPLES) upper and lower, pixels below the line between the corners."
    gap: float
    "The widest opening, pixels; negative where the rims cross."

    @property
    def half_width(self) -> float:
        """Half the distance between the corners, pixels."""
        return float(self.frame[4])

    @property
    def centre(self) -> complex:
        """Half way between the corners, x + iy, pixels."""
        return complex(self.frame[0], self.frame[1])

    @property
    def half_axis(self) -> complex:
        """From the centre to the corner at the picture's right, x + iy, pixels."""
        return complex(self.frame[2], self.frame[3]) * self.half_width

    @property
    def outline(self) -> Floats:
        """(2 * CURVE_SAMPLES, 2) the opening's border as a polygon, pixels."""
        x, y, axis_x, axis_y, half = self.frame
        u = np.concatenate([_STEPS, _STEPS[::-1]]) * half
        q = np.concatenate([self.rims[0], self.rims[1][::-1]])
        points = [x + u * axis_x - q * axis_y, y + u * axis_y + q * axis_x]
        return np.stack(points, axis=1).astype(np.float32)

    def box(
        self, window: tuple[int, int, int, int], margin: float = 0.0, *, rims: int = 2
    ) -> NDArray[np.int64]:
        """(4,) left, top, right, bottom of the window's pixels round the opening.

        `margin`: pixels from its border, or, where `rims` is 1, from its upper rim alone.
        """
        box = np.empty(4, np.int64)
        box_round(self.frame, self.rims[:rims], margin, window, box)
        return box

    def lowered(self, amount: float) -> "Opening":
        """The opening, its lower rim bulged downwards by `amount` half widths at the middle."""
        if amount == 0.0:
            return self
        rims = self.rims.copy()
        rims[1] += np.float32(amount * self.half_width) * _BULGE
        return Opening(self.frame, rims, float((rims[1] - rims[0]).max()))


@dataclass(frozen=True, slots=True)
class OpeningLandmarks:
    """Which landmarks an opening lies between, numbered from left to right in the picture."""

    corners: NDArray[np.int64]
    "(2,)"
    upper: NDArray[np.int64]
    "(n,) the upper rim between the corners."
    lower: NDArray[np.int64]
    "(m,) the lower rim, likewise."

    def measure(self, landmarks: Landmarks) -> Opening:
        """The opening between `landmarks` (478, 2 or 3), pixels."""
        frame, rims = np.empty(5, np.float32), np.empty((2, CURVE_SAMPLES), np.float32)
        gap = measure_rims(landmarks, self.corners, self.upper, self.lower, frame, rims)
        return Opening(frame, rims, gap)
