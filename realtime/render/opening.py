"""The opening between two lids or two lips, as the feature kernels want it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from realtime.kernels.features import CURVE_SAMPLES
from realtime.kernels.openings import measure_rims
from realtime.types import Floats

_STEPS = np.linspace(-1.0, 1.0, CURVE_SAMPLES)


@dataclass(frozen=True, slots=True)
class Opening:
    """See `realtime.kernels.features` for the frame and the rims."""

    frame: Floats
    "(5,) centre x, y, unit axis x, y, half width; pixels."
    rims: Floats
    "(2, CURVE_SAMPLES) upper and lower, pixels below the line between the corners."

    @property
    def half_width(self) -> float:
        """Half the distance between the corners, pixels."""
        return float(self.frame[4])

    @property
    def gap(self) -> float:
        """The widest opening, pixels; negative where the rims cross."""
        return float((self.rims[1] - self.rims[0]).max())

    @property
    def outline(self) -> Floats:
        """(2 * CURVE_SAMPLES, 2) the opening's border as a polygon, pixels."""
        x, y, axis_x, axis_y, half = self.frame
        u = np.concatenate([_STEPS, _STEPS[::-1]]) * half
        q = np.concatenate([self.rims[0], self.rims[1][::-1]])
        points = [x + u * axis_x - q * axis_y, y + u * axis_y + q * axis_x]
        return np.stack(points, axis=1).astype(np.float32)

    def lowered(self, amount: float) -> "Opening":
        """The opening, its lower rim bulged downwards by `amount` half widths at the middle."""
        rims = self.rims.copy()
        rims[1] += amount * self.half_width * (1.0 - _STEPS.astype(np.float32) ** 2)
        return Opening(self.frame, rims)


def measure_opening(corners: Floats, upper: Floats, lower: Floats) -> Opening:
    """The opening with corners (2, 2), upper rim (n, 2) and lower rim (m, 2), pixels.

    Corners and rims go from left to right in the picture.
    """
    frame, rims = np.empty(5, np.float32), np.empty((2, CURVE_SAMPLES), np.float32)
    measure_rims(corners, upper, lower, frame, rims)
    return Opening(frame, rims)


def pixel_box(points: Floats, window: tuple[int, int, int, int]) -> NDArray[np.int64]:
    """(4,) int64 left, top, right, bottom round `points` (n, 2), within the window."""
    low = np.floor(points.min(axis=0)) - 1
    high = np.ceil(points.max(axis=0)) + 2
    left, top, right, bottom = window
    return np.array(
        [max(left, low[0]), max(top, low[1]), min(right, high[0]), min(bottom, high[1])]
    ).astype(np.int64)
