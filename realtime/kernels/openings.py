"""Measure openings between two lids or lips; `realtime.kernels.features` paints them."""

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


@nb.njit(nogil=True)
def _rim(
    us: NDArray[np.float64],
    qs: NDArray[np.float64],
    first: int,
    last: int,
    out: NDArray[np.float32],
) -> None:
    """Sample the border from its point `first` on, going round, to its point `last`."""
    count = (last - first) % len(us) + 1
    along, below = np.empty(count), np.empty(count)
    for i in range(count):
        along[i], below[i] = us[(first + i) % len(us)], qs[(first + i) % len(us)]
    # A rim that folds back on itself has no q(u): its points are taken in order of u.
    _sort_along(along, below)
    _resample(along, below, out)


@nb.njit(
    "float64(float32[:,:], int64[::1], int64[::1], int64[::1], float32[::1], float32[:,::1])",
    nogil=True,
    cache=True,
)
def measure_rims(
    landmarks: NDArray[np.float32],
    corners: NDArray[np.int64],
    upper: NDArray[np.int64],
    lower: NDArray[np.int64],
    frame: NDArray[np.float32],
    rims: NDArray[np.float32],
) -> float:
    """The opening's frame and rims, as `realtime.kernels.features` wants them.

    Rounded lips bulge beyond their corners. So the rims part where the border goes farthest to
    either side, which is at the corners otherwise.

    Args:
        landmarks: (l, 2 or more) pixels; further columns are not looked at.
        corners: (2,) numbers of the landmarks at the right and the left corner.
        upper: (n,) of the upper rim between the corners, from left to right in the picture.
        lower: (m,) of the lower rim, likewise.
        frame: (5,) written: centre x, y, unit axis x, y, half width.
        rims: (2, samples) written: upper and lower, pixels below the line between the corners.

    Returns:
        The widest opening, pixels; negative where the rims cross, NaN where a landmark is.
    """
    right, left = landmarks[corners[0]], landmarks[corners[1]]
    x, y = (right[0] + left[0]) / 2.0, (right[1] + left[1]) / 2.0
    axis_x, axis_y = left[0] - right[0], left[1] - right[1]
    half = max(np.hypot(axis_x, axis_y) / 2.0, 1e-3)
    axis_x, axis_y = axis_x / (2.0 * half), axis_y / (2.0 * half)
    axis = x, y, axis_x, axis_y, half
    # Round the border: the right corner, the upper rim, the left corner, the lower rim.
    opposite, count = len(upper) + 1, len(upper) + len(lower) + 2
    us, qs = np.empty(count), np.empty(count)
    us[0], qs[0] = _project(right, axis)
    us[opposite], qs[opposite] = _project(left, axis)
    for i in range(len(upper)):
        us[i + 1], qs[i + 1] = _project(landmarks[upper[i]], axis)
    for i in range(len(lower)):
        us[count - 1 - i], qs[count - 1 - i] = _project(landmarks[lower[i]], axis)
    first, last = 0, opposite
    for i in range(count):
        first = i if us[i] < us[first] else first
        last = i if us[i] > us[last] else last
    middle, reach = (us[first] + us[last]) / 2.0, max((us[last] - us[first]) / 2.0, 1e-6)
    us = (us - middle) / reach
    _rim(us, qs, first, last, rims[0])
    _rim(us[::-1], qs[::-1], count - 1 - first, count - 1 - last, rims[1])
    frame[0], frame[1] = x + middle * half * axis_x, y + middle * half * axis_y
    frame[2], frame[3], frame[4] = axis_x, axis_y, reach * half
    return float((rims[1] - rims[0]).max())


@nb.njit(
    "void(float32[::1], float32[:,::1], float64, UniTuple(int64, 4), int64[::1])",
    nogil=True,
    cache=True,
)
def box_round(
    frame: NDArray[np.float32],
    rims: NDArray[np.float32],
    margin: float,
    window: tuple[int, int, int, int],
    out: NDArray[np.int64],
) -> None:
    """The pixels of `window` that are `margin` or less from the rims; none where a rim is NaN.

    Args:
        frame: (5,) from `measure_rims`.
        rims: (n, samples) both rims, or one.
        margin: pixels.
        window: left, top, right, bottom.
        out: (4,) written: left, top, right, bottom.
    """
    if not np.isfinite(frame.sum() + rims.sum()):
        out[:] = 0
        return
    x, y, axis_x, axis_y, half = frame
    low_x, low_y, high_x, high_y = np.inf, np.inf, -np.inf, -np.inf
    last = rims.shape[1] - 1
    for sample in range(last + 1):
        along = (-1.0 + 2.0 * sample / last) * half
        for side in range(rims.shape[0]):
            q = rims[side, sample]
            rim_x, rim_y = x + along * axis_x - q * axis_y, y + along * axis_y + q * axis_x
            low_x, high_x = min(low_x, rim_x), max(high_x, rim_x)
            low_y, high_y = min(low_y, rim_y), max(high_y, rim_y)
    out[0] = max(window[0], int(np.floor(low_x - margin)) - 1)
    out[1] = max(window[1], int(np.floor(low_y - margin)) - 1)
    out[2] = min(window[2], int(np.ceil(high_x + margin)) + 2)
    out[3] = min(window[3], int(np.ceil(high_y + margin)) + 2)
