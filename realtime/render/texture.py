"""The person's texture, which changes beside the mouth and where a hidden side comes to light.

Beside a mouth's corners the line between the lips ends in a crease. Where the mouth is pursed or
wide open the skin there is drawn out, and the crease with it: a streak on either side, which looks
like more mouth, to people as to the landmarker. So it fades as the mouth gets narrower, or taller.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.kernels.raster import pack_texels
from realtime.models.face_mesh import INNER_LIP_LOWER, INNER_LIP_UPPER, MOUTH_CORNERS
from realtime.types import RGB, Landmarks

_OUTWARDS, _REACH = 0.06, 0.16
"Where the crease's middle is, out from the corner, and how far it goes, in inter-ocular distances."
_SLENDER = 0.6
"It is so much as high as long."
_CREASE = 0.18
"What is darker or brighter than skin, and narrower than this, is a crease."
_GRAIN = 2.0
"Or a whisker: only what is unlike its surroundings by more than so many times what most of the \
patch is, fades."
_INWARDS = 0.04
"So far within the corner the lips' line is left."
_FROM, _OVER = 0.04, 0.20
"Shares of the mouth's width: drawn in so far the crease begins to fade; after so much more it is \
gone."
_AGAPE, _AGAPE_OVER = 0.2, 0.3
"Lips that are further apart than at rest by so much do the same to it, over the width at rest."
_STEPS = 64
"Of fading: a texture is written anew for no less than this."


class _Patch:
    """A part of the texture that changes."""

    def __init__(self, where: tuple[slice, slice], looks: Sequence[tuple[RGB, RGB]]) -> None:
        """Keep what it looks like.

        Args:
            where: rows and columns.
            looks: (h, w, 4) as it is and faded, as seen in the portrait and in light; or one of
                them, where that is the same.
        """
        self._where = where
        self._looks = [(first.astype(np.int32), faded.astype(np.int32)) for first, faded in looks]

    def show(self, texels: NDArray[np.uint64], in_light: int, faded: int) -> None:
        """Have so many of `_STEPS` of either change in the texture."""
        shown = [_mixed(as_it_is, plain, faded) for as_it_is, plain in self._looks]
        mixed = _mixed(shown[0], shown[-1], in_light)
        texels[self._where] = pack_texels(mixed.astype(np.uint8))


class Texture:
    """A texture that can change, packed for `draw_mesh`."""

    def __init__(
        self, landmarks: Landmarks, head_size: float, person: RGB, in_light: RGB | None = None
    ) -> None:
        """Pack a texture.

        Args:
            landmarks: (478, 3) at rest, in its pixels.
            head_size: inter-ocular distance, pixels.
            person: (h, w, 4) RGB and alpha.
            in_light: (h, w, 4) what it is to be when the hidden side of the face comes to light.
        """
        self._texels = pack_texels(person)
        corners = landmarks[list(MOUTH_CORNERS)].astype(np.float64)
        self._width = max(float(np.linalg.norm(corners[1] - corners[0])), 1e-3)
        self._parted = _parted(landmarks) / self._width
        looks = [person] if in_light is None else [person, in_light]
        self._far_side = _difference(person, in_light)
        self._corners = [
            _corner(looks, first, second, head_size)
            for first, second in (corners[:, :2], corners[::-1, :2])
        ]
        self._in_light, self._faded = 0, 0

    def texels(
        self, landmarks: Landmarks, scale: float, in_light: float = 0.0
    ) -> NDArray[np.uint64]:
        """The texture for one moment: (h, w), this object's own and good until the next call.

        Args:
            landmarks: (478, 3) of the face then, pixels; depth counts, lest a turn be a pout.
            scale: how many times as large as at rest the head is.
            in_light: how much of the hidden side has come to light, 0..1.
        """
        right, left = landmarks[list(MOUTH_CORNERS)]
        drawn_in = 1.0 - float(np.linalg.norm(left - right)) / (scale * self._width)
        agape = _parted(landmarks) / (scale * self._width) - self._parted
        share = float(smoothstep(max((drawn_in - _FROM) / _OVER, (agape - _AGAPE) / _AGAPE_OVER)))
        before, now = (self._in_light, self._faded), (_step(in_light), _step(share))
        if now == before:
            return self._texels
        self._in_light, self._faded = now
        far_side = self._far_side if self._in_light != before[0] else []
        # Corners last: of a face seen at a slant one lies on the far side.
        for patch in (*far_side, *self._corners):
            patch.show(self._texels, self._in_light, self._faded)
        return self._texels


def _step(share: float) -> int:
    return round(_STEPS * share) if math.isfinite(share) else 0


def _mixed(first: NDArray[np.int32], second: NDArray[np.int32], step: int) -> NDArray[np.int32]:
    return first + step * (second - first) // _STEPS


def _difference(person: RGB, in_light: RGB | None) -> list[_Patch]:
    """The smallest rectangle that holds all that is different, if anything is."""
    if in_light is None or (person == in_light).all():
        return []
    where = bounds((person != in_light).any(axis=2))
    return [_Patch(where, [(each[where], each[where]) for each in (person, in_light)])]


def bounds(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns of the smallest rectangle that holds all of a mask (h, w), which has any."""
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    return slice(top, top + height), slice(left, left + width)


def _parted(landmarks: Landmarks) -> float:
    """How far the lips are apart, pixels."""
    upper, lower = landmarks[[INNER_LIP_UPPER[5], INNER_LIP_LOWER[5]]]
    return float(np.linalg.norm(lower - upper))


def _corner(
    looks: Sequence[RGB], corner: NDArray[np.float64], other: NDArray[np.float64], head_size: float
) -> _Patch:
    """What lies beyond `corner` (2,) as seen from the `other`, pixels of `looks` (h, w, 4)."""
    outwards = (corner - other) / max(float(np.linalg.norm(corner - other)), 1e-3)
    middle = corner + _OUTWARDS * head_size * outwards
    reach = _REACH * head_size
    left, top = np.maximum(np.floor(middle - reach).astype(int), 0)
    right, bottom = np.ceil(middle + reach).astype(int)
    rows, columns = slice(top, max(bottom, top)), slice(left, max(right, left))
    height, width = looks[0][rows, columns].shape[:2]
    ys, xs = np.mgrid[rows, columns][:, :height, :width] + 0.5
    dx, dy = xs - middle[0], ys - middle[1]
    along = dx * outwards[0] + dy * outwards[1]
    across = (dy * outwards[0] - dx * outwards[1]) / _SLENDER
    near = np.clip(2.0 - 2.0 * np.hypot(along, across) / reach, 0.0, 1.0)
    share = near * np.clip((along / head_size + _OUTWARDS + _INWARDS) / (1.5 * _INWARDS), 0.0, 1.0)
    margin = max(1, round(_CREASE * head_size / 2))
    return _Patch(
        (rows, columns),
        [(person[rows, columns], _faded(person, rows, columns, share, margin)) for person in looks],
    )


def _faded(
    person: RGB, rows: slice, columns: slice, share: NDArray[np.float64], margin: int
) -> RGB:
    """(h, w, 4) a part of the texture, with by `share` (h, w) no creases."""
    plain = person[rows, columns].astype(np.int32)
    if (share > 0.0).any():
        to_plain = _from_creases(person, rows, columns, margin)
        grain = _GRAIN * np.median(np.abs(to_plain[share > 0.0]), axis=0)
        faded = np.sign(to_plain) * np.maximum(np.abs(to_plain) - grain, 0.0)
        plain[..., :3] += np.round(share[..., None] * faded).astype(np.int32)
    return plain.astype(np.uint8)


def _from_creases(person: RGB, rows: slice, columns: slice, margin: int) -> NDArray[np.int32]:
    """(h, w, 3) grey levels from what is narrower than two margins to its surroundings.

    What is dark first, then what is bright: lips' corners cast light beside their shade.
    """
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
    above, before = min(2 * margin, rows.start), min(2 * margin, columns.start)
    wider = np.ascontiguousarray(
        person[
            rows.start - above : rows.stop + 2 * margin,
            columns.start - before : columns.stop + 2 * margin,
            :3,
        ]
    )
    closed = cv2.morphologyEx(wider, cv2.MORPH_CLOSE, disc)
    even = cv2.morphologyEx(closed, cv2.MORPH_OPEN, disc)
    inner = person[rows, columns, :3].astype(np.int32)
    height, width = inner.shape[:2]
    around = even[above : above + height, before : before + width].astype(np.int32)
    return around - inner
