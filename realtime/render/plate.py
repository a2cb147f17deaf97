"""What lies behind the head: the background plate."""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.types import RGB

_INPAINT_SIDE = 240
"The inpainting works at about this size: it fills what is seen only in slivers beside the head."


def background_plate(
    picture: RGB, matte: NDArray[np.float32], motion_weight: NDArray[np.float32], head_size: float
) -> RGB:
    """The picture with the moving part of the person taken out.

    What does not move, shoulders and all that is far from the head, stays as it is: the plate is
    also what shows there.

    Args:
        picture: (h, w, 3).
        matte: (h, w) 0..1.
        motion_weight: (h, w) 0..1: how much each pixel follows the head.
        head_size: inter-ocular distance, pixels.
    """
    height, width = picture.shape[:2]
    grow = max(3, int(0.05 * head_size)) | 1
    leaving = (matte > 0.05) & (motion_weight > 0.03)
    removed = cv2.dilate(leaving.astype(np.uint8), np.ones((grow, grow), np.uint8))
    # A person's still part must not bleed into the hole: it is masked while filling.
    still_person = ((matte > 0.05) & (removed == 0)).astype(np.uint8)
    scale = min(1.0, _INPAINT_SIDE / max(height, width))
    small = (max(8, round(width * scale)), max(8, round(height * scale)))
    # Nor may what the reduction mixes with a person, or an outline softer than the matte's.
    touched = cv2.resize(
        np.maximum(removed, still_person).astype(np.float32), small, interpolation=cv2.INTER_AREA
    )
    hole = cv2.dilate((touched > 0.0).astype(np.uint8), np.ones((3, 3), np.uint8))
    background = cv2.inpaint(
        cv2.resize(picture, small, interpolation=cv2.INTER_AREA), hole, 4, cv2.INPAINT_TELEA
    )
    background = cv2.resize(background, (width, height), interpolation=cv2.INTER_CUBIC)
    background = cv2.GaussianBlur(background, (0, 0), max(1.0, 0.06 * head_size))
    result: RGB = np.where(removed[..., None] > 0, background, picture).astype(np.uint8)
    return result
