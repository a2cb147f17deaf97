"""The mouth's inside: the portrait's own where it shows, otherwise teeth and cavity in its light.

Upper teeth are fixed to the skull and lower teeth to the jaw; lips only uncover them.
"""

import math

import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.kernels.features import paint_mouth, shade_teeth
from realtime.models.face_mesh import (
    CHIN,
    INNER_LIP_LOWER,
    INNER_LIP_UPPER,
    MOUTH_CORNERS,
)
from realtime.render.complexion import darkness_of_shadows, lips_colour, skin_colour
from realtime.render.focus import softness_px
from realtime.render.opening import Opening, OpeningLandmarks
from realtime.render.own_teeth import find_teeth, lay_over
from realtime.render.teeth import EDGE_ROWS, LOWER_RISE, draw_teeth, enamel_beside, flesh
from realtime.types import RGB, Floats, Landmarks, Similarity

_LIPS = OpeningLandmarks(
    np.array([INNER_LIP_UPPER[0], INNER_LIP_UPPER[-1]]),
    np.array(INNER_LIP_UPPER[1:-1]),
    np.array(INNER_LIP_LOWER[1:-1]),
)
_RIM = np.array([*INNER_LIP_UPPER, *INNER_LIP_LOWER])
_PARTED = 0.05
"Opening over width from which the portrait's own mouth counts as open."
_ENAMEL = 80
"Percentile of the light of own teeth that drawn ones beside them start from, before any shade."
_UNSHADED = 95
"Percentile of their light that no lip's shade is taken for part of."
_SPRITE_SCALE = 1.25
"Pixels of the teeth's sprites per pixel of the portrait."
_DRAWN_PX = 0.7
"An edge that is drawn without any blur is so soft."
_CAVITY = np.array([0.45, 0.23, 0.26])
"Over skin: measured on videos of talking people, as are these."
_TONGUE, _TONGUE_TINT = 0.68, np.array([1.0, 0.91, 1.04])
"Light over that of skin, and tint over the one between skin's and the lips': by skin alone it \
would be mauve in a pale face, by lips alone red as they are painted."
_UPPER_EDGE, _LOWER_EDGE = 0.03, -0.03
"Edges of the teeth below the closed lips' line, in inter-ocular distances."
_OVERBITE = 0.05
"Own teeth that end at the lower lip are shut: they stand so far before the lower row, likewise."
_NOSE_BASE = np.array([2, 97, 326])
"Landmarks: the jaw that holds the upper teeth bears them too, and a smile lifts them."
_JAW = 0.85
"How far the lower teeth go down with the chin."
_UPPER_BARE, _LOWER_BARE, _LOWER_BARE_OPEN = 0.16, 0.10, 0.05
"At most this much of either row is uncovered by its lip, in inter-ocular distances; of the lower \
one less once the jaw has dropped."
_DROPS_FROM, _DROPS_OVER = 0.08, 0.12
"So far it may sink with shut teeth, and after so much more it has dropped, likewise."
_UPPER_COVERED, _LOWER_COVERED, _COVERED_UP_TO, _UNCOVERED = 0.45, 0.70, 0.03, 0.12
"Shares of what is bare of both rows that lips cover which bare no more of the upper one than the \
third, likewise, and none that bare the fourth: who talks shows few teeth."
_AGAPE_FROM, _AGAPE_OVER = 0.20, 0.10
"A mouth so far open hides less, and none of them after so much more, likewise."
_BY_JAW, _BY_JAW_OVER = 0.3, 0.4
"Lips part before shut teeth where the jaw drops by less than so much of that, and no teeth are \
hidden then; from so much more on it is the jaw that parts them: measured on 17 people."
_DEEP, _DIMMED = 0.5, 0.1
"Shares of their light that cavity and tongue lose then, in a picture of dark shadows, and that \
teeth always lack in one."
_UPPER_BARE_ROUND, _LOWER_BARE_ROUND = 0.04, 0.01
"Lips that are drawn together stand before the teeth and bare at most this."
_ROUND, _ROUND_OVER = 0.75, 0.25
"A mouth of so much of its width at rest is drawn together wholly; after so much more not at all."
_DIM, _LIT, _BRIGHT = 0.65, 1.1, 0.28
"Light between lips that hardly part, over that in which the colours here are seen, and between \
those whose distance times the square of their width over that at rest is the third, in \
inter-ocular distances: measured on 26 people."
_PURSED, _PURSED_OVER, _PURSED_SHADE = 0.35, 0.35, 0.65
"Lips so near together, over their distance at rest, are pursed wholly; over so much more not at \
all. Share of light that they take from what is behind them."


class Mouth:
    """The mouth of one avatar."""

    def __init__(self, picture: RGB, landmarks: Landmarks, head_size: float) -> None:
        """Learn colours and teeth from `picture` (h, w, 3); `head_size`: inter-ocular, pixels."""
        self._head_size = head_size
        opening = _LIPS.measure(landmarks)
        right, left = landmarks[list(_LIPS.corners)].astype(np.float64)
        self._rest_across = left - right
        self._rest_ratio = opening.gap / opening.half_width
        upper, lower = landmarks[[INNER_LIP_UPPER[5], INNER_LIP_LOWER[5]]].astype(np.float64)
        self._axes = _face_axes(landmarks)
        skin = skin_colour(picture, landmarks, head_size)
        edge = upper + _UPPER_EDGE * head_size * self._axes[1]
        # Drawn about as large as they will be seen: minified more, the gaps would flicker.
        self._unit_px = max(24, round(_SPRITE_SCALE * head_size))
        own = None
        if self._rest_ratio > 2 * _PARTED:
            own = find_teeth(picture, landmarks, skin, head_size)
        self._own_teeth = own is not None
        # Lips that are parted and show none are parted by the jaw.
        self._ajar = 0.0 if self._own_teeth else max(0.0, opening.gap / head_size)
        # Teeth of its own have the light that gets in at rest; what is made up has all of it.
        self._let_in_at_rest = _let_in(1.0, opening.gap / head_size) if self._own_teeth else 1.0
        tongue = flesh(np.sqrt(skin * lips_colour(picture, landmarks)), _TONGUE_TINT)
        tongue *= _TONGUE * skin.mean() / max(1.0, float(tongue.mean()))
        darkness = darkness_of_shadows(picture, landmarks, head_size)
        self._deep = _DEEP * darkness
        colours = self._let_in_at_rest * np.stack([flesh(skin, _CAVITY), tongue])
        self._colours = colours.astype(np.float32)
        enamel = enamel_beside(skin) * (1.0 - _DIMMED * darkness)
        if own is not None:
            enamel = np.percentile(picture[own.seen], _ENAMEL, axis=0)
            picture = _unshaded(picture, own.seen, opening)
        softness = _SPRITE_SCALE * _softness_px(picture, landmarks, head_size)
        self._upper_teeth, self._lower_teeth = draw_teeth(
            self._unit_px, skin, enamel, softness, darkness
        )
        height, width = self._upper_teeth.shape[:2]
        self._upper_middle = (width / 2, height - EDGE_ROWS)
        self._lower_middle = (
            self._lower_teeth.shape[1] / 2,
            EDGE_ROWS + LOWER_RISE * self._unit_px,
        )
        if own is not None:
            unit = head_size * self._axes[1]
            seen = (np.argwhere(own.seen)[:, ::-1] + 0.5 - upper[:2]) @ unit[:2] / (unit @ unit)
            edge = upper + min(_UPPER_BARE, float(np.percentile(seen, 98))) * unit
            to_row = self._to_row(self._axes[:, :2])
            rest = _to_sprite(to_row, edge[:2], self._upper_middle)
            if lay_over(self._upper_teeth, picture, own, rest, self._unit_px):
                lower = edge - _OVERBITE * unit
        base = landmarks[_NOSE_BASE].astype(np.float64).mean(axis=0)
        self._fixed = np.stack([edge, lower, landmarks[CHIN].astype(np.float64), base])
        "(4, 3) edges of both rows, chin and the nose's base at rest, which the head carries along."

    def paint(
        self,
        out: RGB,
        landmarks: Landmarks,
        light: Floats,
        head: Similarity,
        window: tuple[int, int, int, int],
    ) -> None:
        """Draw the inside between the lips.

        Args:
            out: (H, W, 3).
            landmarks: (478, 2 or more) where the lips are to be, pixels.
            light: (478,) how many times as bright as in the portrait each landmark is.
            head: what the head has moved by.
            window: left, top, right, bottom; no pixel outside is touched.
        """
        opening = _LIPS.measure(landmarks)
        if opening.half_width < 2.0 or opening.gap < 0.5:
            return
        strength = self._strength(opening)
        if strength <= 0.0:
            return
        # Face axes (across, down) and the lip line, carried along by the head, in out pixels.
        axes = (head.scale * self._axes @ head.rotation.T)[:2, :2]
        moved = head.scale * self._fixed @ head.rotation.T + head.translation
        upper, lower, chin, base = moved[:, :2]
        unit = self._head_size * axes[1]
        drop = landmarks[CHIN, :2] - chin
        lower += _LOWER_EDGE * unit + _JAW * drop
        sunk_by = float(drop @ unit) / float(unit @ unit)
        dropped = smoothstep((sunk_by - _DROPS_FROM) / _DROPS_OVER)
        width = self._width(opening, head)
        wide = smoothstep((width - _ROUND) / _ROUND_OVER)
        upper_bare = _UPPER_BARE_ROUND + wide * (_UPPER_BARE - _UPPER_BARE_ROUND)
        lower_bare = _LOWER_BARE + dropped * (_LOWER_BARE_OPEN - _LOWER_BARE)
        lower_bare = _LOWER_BARE_ROUND + wide * (lower_bare - _LOWER_BARE_ROUND)
        # Where the head's fit has the nose too high it has the teeth so, too.
        sunk = float((landmarks[_NOSE_BASE, :2].mean(axis=0) - base) @ unit) / float(unit @ unit)
        upper += max(0.0, sunk) * unit
        upper_lip, lower_lip = landmarks[[INNER_LIP_UPPER[5], INNER_LIP_LOWER[5]], :2]
        gap = opening.gap / (head.scale * self._head_size)
        by_jaw = smoothstep(((self._ajar + sunk_by) / gap - _BY_JAW) / _BY_JAW_OVER)
        covered = by_jaw * _covered(_beyond(upper, upper_lip, unit), gap)
        upper = _held(upper, upper_lip, unit, upper_bare, covered * _UPPER_COVERED)
        lower = _held(lower, lower_lip, -unit, lower_bare, covered * _LOWER_COVERED)
        to_row = self._to_row(axes)
        upper_map = _to_sprite(to_row, upper, self._upper_middle)
        lower_map = _to_sprite(to_row, lower, self._lower_middle)
        let_in = _let_in(width, gap) / self._let_in_at_rest
        colours = self._colours * np.float32(1.0 - self._deep * by_jaw)
        paint_mouth(
            out, opening.box(window), opening.frame, opening.rims, upper_map, lower_map,
            self._upper_teeth, self._lower_teeth, colours,
            float(light[_RIM].mean()) * let_in, strength,
        )  # fmt: skip

    def _width(self, opening: Opening, head: Similarity) -> float:
        """The mouth's width over what the head's turn leaves of that at rest."""
        across = head.scale * (head.rotation @ self._rest_across)[:2]
        return 2.0 * opening.half_width / max(1.0, float(np.linalg.norm(across)))

    def _strength(self, opening: Opening) -> float:
        """0 while the mouth is as in the portrait; 1 once it is open further."""
        ratio = opening.gap / opening.half_width
        if self._own_teeth:
            return min(1.0, max(0.0, (abs(ratio - self._rest_ratio) - 0.02) / 0.10))
        return min(1.0, max(0.0, (ratio - max(0.0, self._rest_ratio) - 0.03) / 0.10))

    def _to_row(self, axes: NDArray[np.float64]) -> NDArray[np.float64]:
        """(2, 2) from out pixels to a row's, along and across it."""
        (across_x, across_y), (down_x, down_y) = axes.tolist()
        # NumPy takes fifty times as long to invert so small a matrix.
        scale = self._unit_px / self._head_size / (across_x * down_y - across_y * down_x)
        return np.array([[scale * down_y, -scale * down_x], [-scale * across_y, scale * across_x]])


def _unshaded(picture: RGB, teeth: NDArray[np.bool_], opening: Opening) -> RGB:
    """The picture (h, w, 3) with its `teeth` (h, w) as they were before the lips: painting shades.

    None becomes brighter than the brightest are, which no lip shades.
    """
    shade = np.ones(picture.shape[:2], np.float32)
    shade_teeth(opening.frame, opening.rims, shade)
    light = picture.max(axis=2)
    room = np.percentile(light[teeth], _UNSHADED) / np.maximum(light, 1)
    brighter = np.clip(room, 1.0, 1.0 / shade)
    result: RGB = np.minimum(picture * brighter[..., None] + 0.5, 255.0).astype(np.uint8)
    return result


def _covered(bare: float, gap: float) -> float:
    """How far lips cover teeth, 0..1, whose upper row is so far bare; inter-ocular distances."""
    lip = 1.0 - (bare - _COVERED_UP_TO) / (_UNCOVERED - _COVERED_UP_TO)
    agape = (gap - _AGAPE_FROM) / _AGAPE_OVER
    return min(1.0, max(0.0, lip)) * (1.0 - min(1.0, max(0.0, agape)))


def _let_in(width: float, gap: float) -> float:
    """How bright it is between lips, which shade it the more the nearer they are; about 1.

    `width` over that at rest; `gap` in inter-ocular distances.
    """
    pursed = _PURSED_SHADE * (1.0 - smoothstep((width - _PURSED) / _PURSED_OVER))
    bright = smoothstep(width**2 * gap / _BRIGHT)
    return (1.0 - pursed) * (_DIM + (_LIT - _DIM) * bright)


def _to_sprite(
    to_row: NDArray[np.float64], edge: NDArray[np.float64], middle: tuple[float, float]
) -> NDArray[np.float32]:
    """(6,) map from out pixels to a row's: the middle of its cutting edge is at `edge`."""
    (a, b), (d, e) = to_row.tolist()
    x, y = edge.tolist()
    shift_x, shift_y = middle[0] - a * x - b * y - 0.5, middle[1] - d * x - e * y - 0.5
    return np.array([a, b, shift_x, d, e, shift_y], np.float32)


def _held(
    edge: NDArray[np.float64],
    lip: NDArray[np.float32],
    unit: NDArray[np.float64],
    most: float,
    covered: float,
) -> NDArray[np.float64]:
    """A row's `edge`, moved back until its lip bares `most` units of it and no `covered` share."""
    bare = max(0.0, _beyond(edge, lip, unit))
    result: NDArray[np.float64] = edge - (bare - min(most, (1.0 - covered) * bare)) * unit
    return result


def _beyond(
    edge: NDArray[np.float64], lip: NDArray[np.float32], unit: NDArray[np.float64]
) -> float:
    """How many units beyond its lip a row's edge is."""
    return float((edge - lip) @ unit) / float(unit @ unit)


def _face_axes(landmarks: Landmarks) -> NDArray[np.float64]:
    """(2, 3) unit vectors across the mouth and down the face, in the portrait's pixels."""
    right, left = (landmarks[corner].astype(np.float64) for corner in MOUTH_CORNERS)
    across = (left - right) / np.linalg.norm(left - right)
    down = landmarks[CHIN].astype(np.float64) - landmarks[168]
    down -= (down @ across) * across
    return np.stack([across, down / np.linalg.norm(down)])


def _softness_px(picture: RGB, landmarks: Landmarks, head_size: float) -> float:
    """Of teeth, beyond that of what is drawn anyway."""
    return math.sqrt(max(0.0, softness_px(picture, landmarks, head_size) ** 2 - _DRAWN_PX**2))
