"""What lies behind the head: matte and background plate."""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.types import RGB, Points

_INPAINT_SIDE = 240
"The inpainting works at about this size: it fills what is seen only in slivers beside the head."


def refine_matte(
    matte: NDArray[np.float32], picture: RGB, oval: Points, head_size: float
) -> NDArray[np.float32]:
    """The segmenter's matte with its soft border drawn to the picture's own edges; face is 1.

    The segmenter works at 256 x 256; a guided filter (He et al., ECCV 2010) carries its result to
    the picture's resolution.

    Args:
        matte: (h, w) 0..1.
        picture: (h, w, 3).
        oval: (36, 2) outline of the face.
        head_size: inter-ocular distance, pixels.
    """
    radius = max(2, round(0.12 * head_size))
    guided = cv2.ximgproc.guidedFilter(picture, matte, radius, 25.0)
    sharp = np.clip((guided - 0.3) / 0.5, 0.0, 1.0)
    face = np.zeros(matte.shape, np.float32)
    cv2.fillPoly(face, [np.round(oval).astype(np.int32)], 1.0)
    result: NDArray[np.float32] = np.maximum(sharp, face).astype(np.float32)
    return result


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
    hole = cv2.resize(np.maximum(removed, still_person), small, interpolation=cv2.INTER_NEAREST)
    background = cv2.inpaint(
        cv2.resize(picture, small, interpolation=cv2.INTER_AREA), hole, 4, cv2.INPAINT_TELEA
    )
    background = cv2.resize(background, (width, height), interpolation=cv2.INTER_CUBIC)
    background = cv2.GaussianBlur(background, (0, 0), max(1.0, 0.06 * head_size))
    result: RGB = np.where(removed[..., None] > 0, background, picture).astype(np.uint8)
    return result


def cut_out(picture: RGB, matte: NDArray[np.float32], plate: RGB) -> RGB:
    """The person as (h, w, 4): laid over the plate where it stands, it gives the picture again.

    The colour is what the matting equation, picture = alpha * colour + (1 - alpha) * plate, leaves
    for it, so that hair does not carry the old background's colour away. Where no colour in 0..255
    solves it, alpha is raised to the least that has one.
    """
    whole = picture.astype(np.float32)
    behind = plate.astype(np.float32)
    brighter = (whole - behind) / np.maximum(255.0 - behind, 1.0)
    darker = (behind - whole) / np.maximum(behind, 1.0)
    needed = np.clip(np.maximum(brighter, darker).max(axis=2), 0.0, 1.0)
    alpha = np.ceil(np.maximum(matte, needed) * 255.0) / 255.0
    colour = behind + (whole - behind) / np.maximum(alpha, 1e-3)[..., None]
    colour = np.where(alpha[..., None] > 0, np.clip(colour, 0.0, 255.0), whole)
    result: RGB = np.round(np.dstack([colour, alpha * 255.0])).astype(np.uint8)
    return result
