"""The teeth that a portrait shows between its parted lips."""

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
_CLOSE = 0.04
"Gaps between teeth are narrower than this, in inter-ocular distances."


def find_teeth(
    picture: RGB, landmarks: Landmarks, skin: NDArray[np.float64], head_size: float
) -> NDArray[np.bool_] | None:
    """(h, w) where `picture` (h, w, 3) shows teeth; None where they do not show.

    Args:
        picture: the portrait.
        landmarks: its own.
        skin: (3,) its skin's colour.
        head_size: inter-ocular distance, pixels.
    """
    between = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(between, [np.round(landmarks[_RIM, :2]).astype(np.int32)], 1)
    inside = between > 0
    bright = inside & (picture.mean(axis=2) > _BRIGHT * skin.mean())
    if inside.sum() < _FEW_PX or bright.sum() < _SHOWN * inside.sum():
        return None
    # Wet lips shine as well: the largest piece is teeth.
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(bright.astype(np.uint8), connectivity=4)
    bright = pieces == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    size = 2 * max(1, round(_CLOSE * head_size / 2)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    closed = cv2.morphologyEx(bright.astype(np.uint8), cv2.MORPH_CLOSE, disc)
    return (closed > 0) & inside


def lay_over(row: RGB, picture: RGB, teeth: NDArray[np.bool_], to_row: NDArray[np.float32]) -> None:
    """Lay the portrait's own teeth over a drawn upper row, which then ends where they do.

    Args:
        row: (h, w, 4) the drawn row, written.
        picture: (H, W, 3) the portrait.
        teeth: (H, W) where it shows teeth.
        to_row: (6,) affine map from picture to row, as `paint_mouth` has it.
    """
    matrix = to_row.reshape(2, 3).astype(np.float64)
    # The map takes pixel centres at a half, OpenCV at integers.
    matrix[:, 2] += matrix[:, :2].sum(axis=1) / 2
    size = (row.shape[1], row.shape[0])
    soft = cv2.GaussianBlur(teeth.astype(np.float32), (0, 0), 0.8)
    share = cv2.warpAffine(soft, matrix, size, flags=cv2.INTER_LINEAR)
    own = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR)
    seen = share > 0.5
    columns = np.flatnonzero(seen.any(axis=0))
    last = len(row) - 1 - np.argmax(seen[::-1, columns], axis=0)
    ends = np.interp(np.arange(row.shape[1]), columns, last)
    above = np.clip(ends - np.arange(len(row))[:, None] + 0.5, 0.0, 1.0)
    row[..., 3] = np.maximum(row[..., 3] * above, 255.0 * share).astype(np.uint8)
    drawn = row[..., :3].astype(np.float32)
    row[..., :3] = drawn + share[..., None] * (own - drawn)
