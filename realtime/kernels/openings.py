"""Measure an opening between two lids or lips; `realtime.kernels.features` paints it."""

import numba as nb
import numpy as np
from numpy.typing import NDArray


@nb.njit(nogil=True)
def _project(
    point: NDArray[np.float32], frame: tuple[float, float, float, float, float]
) -> tuple[float, float]:
    """A point's u and q."""
    x, y, axis_x, axis_y, half = frame
    dx, dy = point[0] - x, point[1] - y
    return (dx * axis_x + dy * axis_y) / half, dy * axis_x - dx * axis_y


@nb.njit(nogil=True)
def _sort_along(us: NDArray[np.float64], qs: NDArray[np.float64]) -> None:
    """Both in order of `us`, by insertion: they nearly are."""
    for i in range(1, len(us)):
        u, q, j = us[i], qs[i], i
        while j > 0 and us[j - 1] > u:
            us[j], qs[j] = us[j - 1], qs[j - 1]
            j -= 1
        us[j], qs[j] = u, q


@nb.njit(nogil=True)
def _resample(us: NDArray[np.float64], qs: NDArray[np.float64], out: NDArray[np.float32]) -> None:
    """Sample q at equal steps of u from -1 to 1, linear between points, constant beyond."""
    last = len(us) - 1
    right = 1
    for sample in range(len(out)):
        u = -1.0 + 2.0 * sample / (len(out) - 1)
        while right < last and us[right] < u:
            right += 1
        span = us[right] - us[right - 1]
        share = min(max((u - us[right - 1]) / span, 0.0), 1.0) if span > 0.0 else 1.0
        out[sample] = qs[right - 1] + share * (qs[right] - qs[right - 1])


@nb.njit(
    "void(float32[:,:], float32[:,:], float32[:,:], float32[::1], float32[:,::1])",
    nogil=True,
    cache=True,
)
def measure_rims(
    corners: NDArray[np.float32],
    upper: NDArray[np.float32],
    lower: NDArray[np.float32],
    frame: NDArray[np.float32],
    rims: NDArray[np.float32],
) -> None:
    """The opening's frame and rims, as `realtime.kernels.features` wants them.

    Args:
        corners: (2, 2 or more) right and left corner, pixels; further columns are not looked at.
        upper: (n, 2 or more) upper rim between the corners, from left to right in the picture.
        lower: (m, 2 or more) lower rim, likewise.
        frame: (5,) written: centre x, y, unit axis x, y, half width.
        rims: (2, samples) written: upper and lower, pixels below the line between the corners.
    """
    x, y = (corners[0, 0] + corners[1, 0]) / 2.0, (corners[0, 1] + corners[1, 1]) / 2.0
    axis_x, axis_y = corners[1, 0] - corners[0, 0], corners[1, 1] - corners[0, 1]
    half = max(np.hypot(axis_x, axis_y) / 2.0, 1e-3)
    axis = x, y, axis_x / (2.0 * half), axis_y / (2.0 * half), half
    for i in range(5):
        frame[i] = axis[i]
    for side in range(2):
        rim = upper if side == 0 else lower
        us, qs = np.empty(len(rim) + 2), np.empty(len(rim) + 2)
        us[0], qs[0] = _project(corners[0], axis)
        us[-1], qs[-1] = _project(corners[1], axis)
        for i in range(len(rim)):
            us[i + 1], qs[i + 1] = _project(rim[i], axis)
        # A rim that folds back on itself has no q(u): its points are taken in order of u.
        _sort_along(us, qs)
        _resample(us, qs, rims[side])
