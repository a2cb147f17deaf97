"""Distances between pictures, and sharpness and flicker of pictures.

Pictures are (h, w, 3) uint8 RGB; a mask is (h, w) bool. L1 is in 0..1, 1 being white against black.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.types import RGB, Floats

Mask = NDArray[np.bool_]

_SSIM_WINDOW, _SSIM_SIGMA_PX = (11, 11), 1.5
_SSIM_C1, _SSIM_C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_LEAST_MSE = 1e-9
"Caps the PSNR of equal pictures at 90 dB."


def absolute_error(truth: RGB, output: RGB) -> Floats:
    """(h, w): the mean over colours of the absolute difference."""
    error: Floats = np.abs(truth.astype(np.float32) - output).mean(axis=2) / 255
    return error


def psnr_db(truth: RGB, output: RGB) -> float:
    error = (truth.astype(np.float32) - output) / 255
    return float(10 * np.log10(1 / max(float((error**2).mean()), _LEAST_MSE)))


def ssim(truth: RGB, output: RGB) -> float:
    """Structural similarity of luminance, Gaussian window of sigma 1.5 (Wang et al. 2004)."""
    a, b = grey(truth), grey(output)
    mean_a, mean_b = _local_mean(a), _local_mean(b)
    var_a, var_b = _local_mean(a * a) - mean_a**2, _local_mean(b * b) - mean_b**2
    covariance = _local_mean(a * b) - mean_a * mean_b
    same = (2 * mean_a * mean_b + _SSIM_C1) * (2 * covariance + _SSIM_C2)
    most = (mean_a**2 + mean_b**2 + _SSIM_C1) * (var_a + var_b + _SSIM_C2)
    return float((same / most).mean())


def hull_mask(shape: tuple[int, ...], points: Floats, dilation_px: int = 0) -> Mask:
    """The convex hull of (n, 2) points, dilated by a square of `dilation_px`."""
    mask = np.zeros(shape[:2], np.uint8)
    hull = cv2.convexHull(np.round(points[:, :2]).astype(np.int32))
    cv2.fillConvexPoly(mask, hull, 1)
    if dilation_px:
        mask = np.asarray(cv2.dilate(mask, np.ones((dilation_px, dilation_px), np.uint8)), np.uint8)
    return mask.astype(bool)


def sharpness(picture: RGB, mask: Mask) -> float:
    """Mean absolute Laplacian of luminance."""
    return float(np.abs(cv2.Laplacian(grey(picture), cv2.CV_32F))[mask].mean())


def gradient_energy(picture: RGB, mask: Mask) -> float:
    """Mean squared gradient of luminance, (grey levels per pixel)^2."""
    luminance = grey(picture)
    along_x = cv2.Sobel(luminance, cv2.CV_32F, 1, 0, scale=1 / 8)
    along_y = cv2.Sobel(luminance, cv2.CV_32F, 0, 1, scale=1 / 8)
    return float((along_x**2 + along_y**2)[mask].mean())


class Flicker:
    """Mean absolute change from picture to picture, grey levels, beside and above the head."""

    def __init__(self) -> None:
        self._last: Floats | None = None
        self._sum: Floats | None = None
        self._changes = 0
        self._head = np.array([np.inf, np.inf, -np.inf, -np.inf])

    def add(self, picture: RGB) -> None:
        now = grey(picture)
        if self._last is not None:
            change: Floats = np.abs(now - self._last)
            self._sum = change if self._sum is None else self._sum + change
            self._changes += 1
        self._last = now

    def exclude(self, landmarks: Floats) -> None:
        """Widen the head's box (hair and ears included) to take in this face."""
        low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
        width, height = high - low
        hair, ears = np.array((0.35 * width, 0.5 * height)), np.array((0.35 * width, 0))
        self._head[:2] = np.minimum(self._head[:2], low - hair)
        self._head[2:] = np.maximum(self._head[2:], high + ears)

    def outside_head(self) -> float | None:
        """None where the head fills the picture; what lies below the chin's row counts as body."""
        if self._sum is None or not np.isfinite(self._head).all():
            return None
        height, width = self._sum.shape
        edges = np.array((width, height, width, height))
        left, top, right, bottom = np.clip(self._head, 0, edges).astype(int)
        region = np.zeros((height, width), bool)
        region[:bottom] = True
        region[top:bottom, left:right] = False
        if region.mean() < 0.005:
            return None
        return float(self._sum[region].mean() / self._changes)


def grey(picture: RGB) -> Floats:
    """(h, w) luminance, float32, 0..255."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float32)


def _local_mean(plane: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(plane, _SSIM_WINDOW, _SSIM_SIGMA_PX), np.float32)
