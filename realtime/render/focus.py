"""How sharp a portrait is, that what is drawn into it be no sharper."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.models.face_mesh import EYES, LOWER_LIP, UPPER_LIP
from realtime.types import RGB, Landmarks

_FEATURES = (*(eye.ring for eye in EYES), (*UPPER_LIP, *LOWER_LIP))
"What has edges: lids, irises and lips."
_MARGIN, _REACH = 0.1, 0.03
"Round a feature; and on either side of an edge, in inter-ocular distances."
_EDGE = 40
"Grey levels."
_SHARPEST = 25
"Percentile."
_FEWEST = 8


def softness_px(picture: RGB, landmarks: Landmarks, head_size: float) -> float:
    """Standard deviation of the Gaussian that a sharp edge would be blurred by to be like these.

    A step of height h so blurred is as steep as h / (sigma sqrt(2 pi)). The median over the
    features of their sharpest edges; 0 where there are no edges.

    Args:
        picture: (h, w, 3) the portrait.
        landmarks: (478, 3) its own, pixels.
        head_size: inter-ocular distance, pixels.
    """
    found = [_sharpest(picture, landmarks[list(each), :2], head_size) for each in _FEATURES]
    known = [softness for softness in found if softness is not None]
    return float(np.median(known)) if known else 0.0


def _sharpest(picture: RGB, points: NDArray[np.float32], head_size: float) -> float | None:
    """Of what lies round points (n, 2), pixels; None where there are too few edges to tell."""
    start = np.maximum(np.floor(points.min(axis=0) - _MARGIN * head_size).astype(int), 0)
    end = np.maximum(np.ceil(points.max(axis=0) + _MARGIN * head_size).astype(int), 0)
    near = picture[start[1] : end[1], start[0] : end[0]]
    if min(near.shape) < 3:
        return None
    grey = near.mean(axis=2, dtype=np.float32)
    steep = np.hypot(*np.gradient(grey))
    window = np.ones((1 + 2 * max(1, round(_REACH * head_size)),) * 2, np.uint8)
    height = cv2.dilate(grey, window) - cv2.erode(grey, window)
    steepest = steep >= cv2.dilate(steep, np.ones((3, 3), np.uint8))
    edges = (height > _EDGE) & steepest & (steep > 0.0)
    if edges.sum() < _FEWEST:
        return None
    softness = height[edges] / (math.sqrt(2.0 * math.pi) * steep[edges])
    return float(np.percentile(softness, _SHARPEST))
