"""The eye's place as if it were shut: what lids are made of."""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.types import RGB

LID_MARGIN = 0.13
"Lashes and what the landmarks miss of a large eye lie this far round the opening, in eye widths."

_PALEST = 0.6
"Lashes are at most so bright, over the skin."


def close_lids(crop: RGB, lids: NDArray[np.float32], eye_width: float) -> RGB:
    """The eye's place filled with the skin round it, as RGBA.

    Args:
        crop: (h, w, 3) the eye with room round it.
        lids: (n, 2) the opening's outline, pixels of the crop.
        eye_width: between the corners, pixels.
    """
    opening = _opening(crop, lids)
    margin = max(1, round(LID_MARGIN * eye_width))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
    covered = np.asarray(cv2.dilate(opening, disc), np.uint8)
    # Below the eye the skin stays in sight, bag and lower lashes too: only the rim is covered.
    rim = max(1, margin // 3)
    low = cv2.dilate(opening, np.ones((2 * rim + 1, 2 * rim + 1), np.uint8))
    above = np.maximum.accumulate(opening[::-1], axis=0)[::-1] > 0
    covered[~above] = low[~above]
    skin = _lid_skin(crop, covered, lids, margin)
    alpha = cv2.GaussianBlur(covered, (0, 0), max(0.8, 0.05 * eye_width))
    return np.ascontiguousarray(np.dstack([skin, alpha]))


def rim_colour(crop: RGB, lids: NDArray[np.float32]) -> NDArray[np.float32]:
    """(3,) what the edge of the open eye's upper lid looks like, lashes and all."""
    upper = lids[: len(lids) // 2]
    columns, rows = np.clip(
        upper[2:-2].astype(int).T, 0, [[crop.shape[1] - 1], [crop.shape[0] - 1]]
    )
    colour: NDArray[np.float32] = np.median(crop[rows, columns], axis=0).astype(np.float32)
    return colour


def lash_colour(
    crop: RGB, lids: NDArray[np.float32], rim: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(3,) between the eye's darkest and its lid's edge, and well darker than skin.

    The darkest counts as no more blue than the skin round it: it is no iris.
    """
    opening = _opening(crop, lids)
    inside = crop[cv2.dilate(opening, np.ones((3, 3), np.uint8)) > 0].astype(np.float32)
    darkest = float(np.percentile(inside, 6, axis=0).mean())
    skin = np.median(crop[opening == 0], axis=0)
    light = max(float(skin.mean()), 1.0)
    colour = (darkest * skin / light + rim) / 2
    pale = min(1.0, _PALEST * light / max(float(colour.mean()), 1.0))
    result: NDArray[np.float32] = (pale * colour).astype(np.float32)
    return result


def _opening(crop: RGB, lids: NDArray[np.float32]) -> NDArray[np.uint8]:
    mask = np.zeros(crop.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(lids).astype(np.int32)], 255)
    return mask


def _lid_skin(crop: RGB, covered: NDArray[np.uint8], lids: NDArray[np.float32], margin: int) -> RGB:
    """Skin over the eye's place: from the colour above to the colour below.

    Lashes, liner and the fold's shadow are darker than lids: the brighter half of what lies round
    the eye speaks for the skin.
    """
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
    ring = cv2.dilate(covered, disc, iterations=2) - covered > 0
    rows = np.arange(crop.shape[0])[:, None] + 0.5
    middle = float(lids[:, 1].mean())
    light = crop.astype(np.float32).sum(axis=2)
    colours = []
    for side in (ring & (rows < middle), ring & (rows >= middle)):
        if side.sum() < 6:
            side = ring
        bright = side & (light >= np.median(light[side]))
        colours.append(np.median(crop[bright], axis=0))
    span = max(float(np.ptp(lids[:, 1])) + 2 * margin, 1.0)
    down = np.clip((rows - middle) / span + 0.5, 0.0, 1.0)[..., None]
    even = colours[0] + down * (colours[1] - colours[0])
    near = cv2.inpaint(crop, covered, 3, cv2.INPAINT_TELEA)
    near = cv2.GaussianBlur(near, (0, 0), max(0.8, 0.5 * margin))
    result: RGB = ((even + near) / 2).astype(np.uint8)
    return result
