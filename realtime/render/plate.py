"""What lies behind the head: the background plate."""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.render.blur import blurred
from realtime.render.grain import grain
from realtime.types import RGB

_FILL_SIDE = 240
"The fill is worked out at about this size: it has no detail but its grain."
_GROWN = 0.06
"What is removed grows by this, in inter-ocular distances: mattes miss the outline's dark rim."
_BESIDE = 0.8
"The fill has the grain of what lies this near, in inter-ocular distances."
_RELAXATIONS = 12
"Steps towards an even slope, at each scale of the fill."


def background_plate(
    picture: RGB, matte: NDArray[np.float32], motion_weight: NDArray[np.float32], head_size: float
) -> NDArray[np.float32]:
    """The picture with the moving part of the person taken out, (h, w, 3), 0..255.

    What does not move, shoulders and all that is far from the head, stays as it is: the plate is
    also what shows there. A picture that is all person is its own plate, blurred.

    Args:
        picture: (h, w, 3).
        matte: (h, w) 0..1.
        motion_weight: (h, w) 0..1: how much each pixel follows the head.
        head_size: inter-ocular distance, pixels.
    """
    height, width = picture.shape[:2]
    leaving = (matte > 0.05) & (motion_weight > 0.03)
    removed = grown(leaving, max(1.0, _GROWN * head_size))
    # A person's still part must not bleed into the hole: it is masked while filling.
    still_person = (matte > 0.05) & (removed == 0.0)
    hidden = np.maximum(removed, still_person.astype(np.float32))
    scale = min(1.0, _FILL_SIDE / max(height, width))
    small = (max(8, round(width * scale)), max(8, round(height * scale)))
    # Nor may what the reduction mixes with a person, or an outline softer than the matte's.
    touched = cv2.resize(hidden, small, interpolation=cv2.INTER_AREA)
    known = cv2.dilate((touched > 0.0).astype(np.uint8), np.ones((3, 3), np.uint8)) == 0
    if not known.any():
        known[...] = True
    reduced = cv2.resize(picture, small, interpolation=cv2.INTER_AREA).astype(np.float32)
    even = cv2.resize(_membrane(reduced, known), (width, height), interpolation=cv2.INTER_CUBIC)
    even = blurred(np.asarray(even, np.float32), max(1.0, 0.06 * head_size))
    beside = cv2.distanceTransform((removed == 0.0).astype(np.uint8), cv2.DIST_L2, 5)
    background = (hidden == 0.0) & (beside < _BESIDE * head_size)
    fill = np.clip(even + grain(picture, background, head_size), 0.0, 255.0)
    # Soft towards the background alone: on the other side is the person.
    soft = 2.0 * blurred(removed, max(0.8, 0.02 * head_size))
    share = np.minimum(1.0, soft)[..., None]
    result: NDArray[np.float32] = picture + share * (fill - picture)
    return result


def grown(mask: NDArray[np.bool_], radius_px: float) -> NDArray[np.float32]:
    """(h, w) 0 or 1: the mask spread by a disc."""
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    # Where nothing is masked all is far away, but OpenCV says how far at random.
    return ((away <= radius_px) & mask.any()).astype(np.float32)


def _membrane(picture: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """What is not known, filled as smoothly as its rim allows: coarse first, then finer."""
    share = known[..., None].astype(np.float32)
    if min(known.shape) <= 2 or known.all():
        overall = (picture * share).sum(axis=(0, 1)) / max(float(share.sum()), 1.0)
        return np.where(known[..., None], picture, overall).astype(np.float32)
    half = ((known.shape[1] + 1) // 2, (known.shape[0] + 1) // 2)
    weight = cv2.resize(share, half, interpolation=cv2.INTER_AREA)
    total = cv2.resize(picture * share, half, interpolation=cv2.INTER_AREA)
    mean = np.asarray(total / np.maximum(weight, 1e-3)[..., None], np.float32)
    coarse = _membrane(mean, weight > 0.1)
    filled = cv2.resize(coarse, known.shape[::-1], interpolation=cv2.INTER_LINEAR)
    for _ in range(_RELAXATIONS):
        filled = cv2.blur(np.where(known[..., None], picture, filled), (3, 3))
    return np.where(known[..., None], picture, filled).astype(np.float32)
