"""The teeth that a portrait shows between its parted lips."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.models.face_mesh import INNER_LIP_LOWER, INNER_LIP_UPPER
from realtime.types import RGB, Landmarks

_RIM = [*INNER_LIP_UPPER, *reversed(INNER_LIP_LOWER)]
_BRIGHT = 0.75
"Over skin: what is as bright as this between lips is teeth."
_SHOWN, _FEW_PX = 0.25, 12
"Share of an opening that must be bright for teeth to show in it, and how many pixels at least."
_HIDDEN = 0.04
"Teeth that end so near the lower lip, in inter-ocular distances, go on behind it."
_CLOSE = 0.04
"Gaps between teeth are narrower than this, in inter-ocular distances."


@dataclass(frozen=True, slots=True)
class OwnTeeth:
    """What a portrait shows of its upper teeth."""

    seen: NDArray[np.bool_]
    "(h, w) of the portrait."
    between: NDArray[np.bool_]
    "(h, w) what is between the lips."


def find_teeth(
    picture: RGB, landmarks: Landmarks, skin: NDArray[np.float64], head_size: float
) -> OwnTeeth | None:
    """Where `picture` (h, w, 3) shows teeth; None where they do not show.

    Args:
        picture: the portrait.
        landmarks: its own.
        skin: (3,) its skin's colour.
        head_size: inter-ocular distance, pixels.
    """
    polygon = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(polygon, [np.round(landmarks[_RIM, :2]).astype(np.int32)], 1)
    between = polygon > 0
    bright = between & (picture.mean(axis=2) > _BRIGHT * skin.mean())
    if between.sum() < _FEW_PX or bright.sum() < _SHOWN * between.sum():
        return None
    # Wet lips shine as well: the largest piece is teeth.
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(bright.astype(np.uint8), connectivity=4)
    bright = pieces == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    size = 2 * max(1, round(_CLOSE * head_size / 2)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    closed = cv2.morphologyEx(bright.astype(np.uint8), cv2.MORPH_CLOSE, disc)
    return OwnTeeth((closed > 0) & between, between)


def lay_over(
    row: RGB, picture: RGB, own: OwnTeeth, to_row: NDArray[np.float32], unit_px: int
) -> bool:
    """Lay the portrait's own teeth over a drawn upper row, which then ends where they do.

    Where they end at the lower lip it hides how far they go on: there the drawn ones stay.

    Args:
        row: (h, w, 4) the drawn row, written.
        picture: (H, W, 3) the portrait.
        own: what it shows.
        to_row: (6,) affine map from picture to row, as `paint_mouth` has it.
        unit_px: pixels of the row per inter-ocular distance.

    Returns:
        Whether they end at the lower lip; not, if none of them comes to lie on the row.
    """
    matrix = to_row.reshape(2, 3).astype(np.float64)
    # The map takes pixel centres at a half, OpenCV at integers.
    matrix[:, 2] += matrix[:, :2].sum(axis=1) / 2
    size = (row.shape[1], row.shape[0])

    def laid(image: NDArray[Any]) -> NDArray[np.float32]:
        return np.asarray(cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR), np.float32)

    # The outermost pixels are half lip.
    pure = cv2.erode(own.seen.astype(np.float32), np.ones((3, 3), np.uint8))
    share = laid(cv2.GaussianBlur(pure, (0, 0), 0.8))
    colour = laid(cv2.GaussianBlur(picture * pure[..., None], (0, 0), 0.8))
    colour /= np.maximum(share, 1e-3)[..., None]
    seen, between = (laid(each.astype(np.float32)) > 0.5 for each in (own.seen, own.between))
    columns = np.flatnonzero(seen.any(axis=0))
    if columns.size == 0:
        return False
    last, lip = (len(row) - 1 - np.argmax(each[::-1, columns], axis=0) for each in (seen, between))
    ends_hidden = bool(np.median(lip - last) < _HIDDEN * unit_px)
    if ends_hidden:
        last = np.full_like(last, len(row))
    ends = np.interp(np.arange(row.shape[1]), columns, last)
    above = np.clip(ends - np.arange(len(row))[:, None] + 0.5, 0.0, 1.0)
    row[..., 3] = np.maximum(row[..., 3] * above, 255.0 * share).astype(np.uint8)
    drawn = row[..., :3].astype(np.float32)
    row[..., :3] = drawn + share[..., None] * (colour - drawn)
    return ends_hidden
