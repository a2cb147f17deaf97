"""Who stands in a drawing: the matte where the segmenter, trained on photographs, sees nobody."""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.types import RGB, Points

_SIDE_PX = 320
"GrabCut works at about this size."
_ROUNDS = 5
_SURE_SHARE = 0.95
_LIKELY_SHARE = 1.45
"Of the oval's size: hair and ears."
_FARTHEST_SHARE = 2.3
"Nothing beyond this, and above the chin, is the head."
_NECK_SHARE, _SHOULDER_SHARE = 0.6, 1.6
"Of the oval's width: the figure at the chin, and a face's height below it."
_SEEN = 0.5


def sees_face(matte: NDArray[np.float32], oval: Points) -> bool:
    """Whether a matte (h, w) 0..1 holds most of the face with this outline (36, 2)."""
    inside = _filled(matte.shape, oval) > 0
    return bool(matte[inside].mean() >= _SEEN) if inside.any() else False


def drawn_matte(picture: RGB, oval: Points) -> NDArray[np.float32]:
    """How much of each pixel is the figure round the face: (height, width), 0..1.

    GrabCut (Rother et al., SIGGRAPH 2004), told where the face is.

    Args:
        picture: (h, w, 3).
        oval: (36, 2) outline of the face, from the forehead, pixels.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, _SIDE_PX / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    labels = _first_guess((size[1], size[0]), oval * (np.array(size) / [width, height]))
    if (labels == cv2.GC_BGD).any() or (labels == cv2.GC_PR_BGD).any():
        cv2.setRNGSeed(0)
        behind, before = np.zeros((1, 65)), np.zeros((1, 65))
        whole = (0, 0, *size)
        cv2.grabCut(small, labels, whole, behind, before, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    figure = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    result = cv2.resize(figure, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(result, np.float32)


def _first_guess(shape: tuple[int, int], oval: NDArray[np.float64]) -> NDArray[np.uint8]:
    """GrabCut's labels before its first round."""
    centre = oval.mean(axis=0)
    labels = np.full(shape, cv2.GC_BGD, np.uint8)
    chin = int(np.clip(oval[:, 1].max(), 0, shape[0]))
    labels[chin:] = cv2.GC_PR_BGD
    for share, label in (
        (_FARTHEST_SHARE, cv2.GC_PR_BGD),
        (_LIKELY_SHARE, cv2.GC_PR_FGD),
        (_SURE_SHARE, cv2.GC_FGD),
    ):
        labels[_filled(shape, centre + share * (oval - centre)) > 0] = label
    wide, high = np.ptp(oval, axis=0)
    neck, shoulder = _NECK_SHARE * wide / 2, _SHOULDER_SHARE * wide / 2
    body = [(-neck, 0), (neck, 0), (shoulder, high), (shoulder, 9 * high), (-shoulder, 9 * high)]
    below = np.array([*body, (-shoulder, high)]) + np.array([centre[0], chin])
    labels[_filled(shape, below) > 0] = cv2.GC_PR_FGD
    return labels


def _filled(shape: tuple[int, ...], outline: NDArray[np.floating]) -> NDArray[np.uint8]:
    filled = np.zeros(shape, np.uint8)
    cv2.fillPoly(filled, [np.round(outline).astype(np.int32)], 1)
    return filled
