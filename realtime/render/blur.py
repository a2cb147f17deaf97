"""Blurs as wide as a large portrait asks for, in a time that does not grow with their width."""

import cv2
import numpy as np
from numpy.typing import NDArray

_SHARPEST_PX = 4.0
"A blur is made at a size at which its sigma is about this."


def blurred(picture: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """(h, w) or (h, w, c) blurred by a Gaussian; a wide one is made on a smaller picture."""
    height, width = picture.shape[:2]
    scale = min(1.0, _SHARPEST_PX / sigma_px)
    if scale > 0.5:
        return _shaped(cv2.GaussianBlur(picture, (0, 0), sigma_px), picture)
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    reduced = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
    reduced = cv2.GaussianBlur(reduced, (0, 0), sigma_px * small[0] / width)
    return _shaped(cv2.resize(reduced, (width, height), interpolation=cv2.INTER_LINEAR), picture)


def _shaped(result: object, like: NDArray[np.float32]) -> NDArray[np.float32]:
    # OpenCV drops the axis of a single channel.
    return np.asarray(result, np.float32).reshape(like.shape)
