"""How large a face is to the first-order motion model: the hull of its points."""

import cv2
import numpy as np

from realtime.types import Floats

_SCALES = (0.4, 2.5)
"""Faces in aligned crops differ by less. Beyond it the key points have collapsed, as on a face that
is covered, and the quotient of two such hulls would throw the avatar out of the picture."""


def adapted_scale(source_value: Floats, reference_value: Floats) -> float:
    """How much larger the avatar's face is than the driver's in the reference frame.

    s = sqrt(hull(z_S)) / sqrt(hull(z_0)), by which the key points' movement is multiplied; within
    limits, and 1 where the key points span no area.

    Args:
        source_value: (n, 2) key points of the avatar.
        reference_value: (n, 2) key points of the driver.
    """
    source, reference = hull_area(source_value), hull_area(reference_value)
    if source == 0.0 or reference == 0.0:
        return 1.0
    return float(np.clip(np.sqrt(source / reference), *_SCALES))


def hull_area(points: Floats) -> float:
    """Area of the convex hull of (n, 2) points; 0 for fewer than three, or for a line."""
    return float(cv2.contourArea(cv2.convexHull(points.astype(np.float32))))
