"""The person's texture, whose mouth leaves no line behind where its corners are drawn in.

Beside a mouth's corners the line between the lips ends in a crease. Where the mouth is pursed the
skin there is drawn out, and the crease with it: a dark streak on either side, which looks like more
mouth, to people as to the landmarker. So it fades as the mouth gets narrower.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.kernels.raster import pack_texels
from realtime.models.face_mesh import MOUTH_CORNERS
from realtime.types import RGB, Landmarks

_OUTWARDS, _REACH = 0.06, 0.16
"Where the crease's middle is, out from the corner, and how far it goes, in inter-ocular distances."
_SLENDER = 0.6
"It is so much as high as long."
_CREASE = 0.18
"What is dark and narrower than this is a crease."
_GRAIN = 2.0
"Or a whisker: only what is darker than its surroundings by more than so many times what most of \
the patch is, fades."
_INWARDS = 0.04
"So far within the corner the lips' line is left."
_FROM, _OVER = 0.04, 0.20
"Shares of the mouth's width: drawn in so far the crease begins to fade; after so much more it is \
gone."
_STEPS = 64
"Of fading: a texture is written anew for no less than this."


@dataclass(frozen=True, slots=True)
class _Patch:
    """What lies beside one corner."""

    rows: slice
    columns: slice
    creased: NDArray[np.int32]
    "(h, w, 4) as it is."
    plain: NDArray[np.int32]
    "(h, w, 4) without the crease."


class Texture:
    """A texture with the corners of its mouth, packed for `draw_mesh`."""

    def __init__(self, person: RGB, landmarks: Landmarks, head_size: float) -> None:
        """Pack a texture.

        Args:
            person: (h, w, 4) RGB and alpha.
            landmarks: (478, 3) at rest, in its pixels.
            head_size: inter-ocular distance, pixels.
        """
        self._texels = pack_texels(person)
        corners = landmarks[list(MOUTH_CORNERS)].astype(np.float64)
        self._width = max(float(np.linalg.norm(corners[1] - corners[0])), 1e-3)
        self._patches = [
            _beside(person, first, second, head_size)
            for first, second in (corners[:, :2], corners[::-1, :2])
        ]
        self._faded = 0

    def texels(self, landmarks: Landmarks, scale: float) -> NDArray[np.uint64]:
        """The texture for one moment: (h, w), this object's own and good until the next call.

        Args:
            landmarks: (478, 3) of the face then, pixels; depth counts, lest a turn be a pout.
            scale: how many times as large as at rest the head is.
        """
        right, left = landmarks[list(MOUTH_CORNERS)]
        drawn_in = 1.0 - float(np.linalg.norm(left - right)) / (scale * self._width)
        share = float(smoothstep((drawn_in - _FROM) / _OVER))
        faded = round(_STEPS * share) if math.isfinite(share) else 0
        if faded != self._faded:
            self._faded = faded
            for patch in self._patches:
                change = faded * (patch.plain - patch.creased) // _STEPS
                mixed = (patch.creased + change).astype(np.uint8)
                self._texels[patch.rows, patch.columns] = pack_texels(mixed)
        return self._texels


def _beside(
    person: RGB, corner: NDArray[np.float64], other: NDArray[np.float64], head_size: float
) -> _Patch:
    """What lies beyond `corner` (2,) as seen from the `other`, in pixels of `person` (h, w, 4)."""
    outwards = (corner - other) / max(float(np.linalg.norm(corner - other)), 1e-3)
    middle = corner + _OUTWARDS * head_size * outwards
    reach = _REACH * head_size
    left, top = np.maximum(np.floor(middle - reach).astype(int), 0)
    right, bottom = np.ceil(middle + reach).astype(int)
    rows, columns = slice(top, max(bottom, top)), slice(left, max(right, left))
    creased = person[rows, columns]
    ys, xs = np.mgrid[rows, columns][:, : creased.shape[0], : creased.shape[1]] + 0.5
    dx, dy = xs - middle[0], ys - middle[1]
    along = dx * outwards[0] + dy * outwards[1]
    across = (dy * outwards[0] - dx * outwards[1]) / _SLENDER
    near = np.clip(2.0 - 2.0 * np.hypot(along, across) / reach, 0.0, 1.0)
    share = near * np.clip((along / head_size + _OUTWARDS + _INWARDS) / (1.5 * _INWARDS), 0.0, 1.0)
    plain = creased.astype(np.int32)
    if (share > 0.0).any():
        lift = _darker_than_around(person, rows, columns, max(1, round(_CREASE * head_size / 2)))
        grain = (_GRAIN * np.median(lift[share > 0.0], axis=0)).astype(np.int32)
        fading = np.round(share[..., None] * np.maximum(lift - grain, 0))
        plain[..., :3] += fading.astype(np.int32)
    return _Patch(rows, columns, creased.astype(np.int32), plain)


def _darker_than_around(person: RGB, rows: slice, columns: slice, margin: int) -> NDArray[np.int32]:
    """(h, w, 3) grey levels by which what is narrower than two margins is darker than its sides."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
    above, before = min(margin, rows.start), min(margin, columns.start)
    wider = person[
        rows.start - above : rows.stop + margin, columns.start - before : columns.stop + margin
    ]
    closed = cv2.morphologyEx(np.ascontiguousarray(wider[..., :3]), cv2.MORPH_CLOSE, disc)
    inner = person[rows, columns, :3].astype(np.int32)
    height, width = inner.shape[:2]
    around = closed[above : above + height, before : before + width].astype(np.int32)
    return around - inner
