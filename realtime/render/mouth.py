"""The mouth's inside: the portrait's own where it shows, otherwise teeth and cavity in its light.

Upper teeth are fixed to the skull and lower teeth to the jaw; lips only uncover them.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.kernels.features import CURVE_SAMPLES, paint_mouth
from realtime.models.face_mesh import CHIN, INNER_LIP_LOWER, INNER_LIP_UPPER, MOUTH_CORNERS
from realtime.render.opening import Opening, measure_opening, pixel_box
from realtime.render.teeth import EDGE_ROWS, draw_teeth
from realtime.types import RGB, Landmarks, Similarity

_INNER_CORNERS = (INNER_LIP_UPPER[0], INNER_LIP_UPPER[-1])
_UPPER, _LOWER = list(INNER_LIP_UPPER[1:-1]), list(INNER_LIP_LOWER[1:-1])
_SKIN = (50, 280, 205, 425)
"Landmarks on the cheeks: what the skin's colour and light are taken from."
_PARTED = 0.05
"Opening over width from which the portrait's own mouth counts as open."
_SHOWN, _FEW_PX = 0.25, 12
"Share of its opening that must be bright for the portrait to have teeth of its own, and of how \
many pixels at least."
_SPRITE_SCALE = 1.25
"Pixels of the teeth's sprites per pixel of the portrait."
_SKIN_CHROMA = 0.18
"(max - min) / max of a colour portrait's skin; less is a faded or grey one."
_UPPER_EDGE, _LOWER_EDGE = 0.03, -0.03
"Edges of the teeth below the closed lips' line, in inter-ocular distances."

_UPPER_BARE, _LONGEST = 0.135, 1.5
"Upper teeth grow where the lip lifts beyond their gum, in inter-ocular distances, up to so much."

_LOWER_TEETH_BARE = 0.07
"At most this much of the lower teeth shows above the lip, in inter-ocular distances."


class Mouth:
    """The mouth of one avatar."""

    def __init__(self, picture: RGB, landmarks: Landmarks, head_size: float) -> None:
        """Learn colours and teeth from `picture` (h, w, 3); `head_size`: inter-ocular, pixels."""
        self._head_size = head_size
        opening = _opening(landmarks)
        self._rest_ratio = opening.gap / opening.half_width
        upper, lower = landmarks[[INNER_LIP_UPPER[5], INNER_LIP_LOWER[5]]].astype(np.float64)
        self._axes = _face_axes(landmarks)
        self._chin = landmarks[CHIN].astype(np.float64)
        skin = _skin_colour(picture, landmarks)
        self._colours = _inner_colours(skin)
        # Drawn about as large as they will be seen: minified more, the gaps would flicker.
        self._unit_px = max(24, round(_SPRITE_SCALE * head_size))
        self._upper_teeth, self._lower_teeth = draw_teeth(self._unit_px, skin)
        bright = _bright_share(picture, landmarks, skin)
        self._own_teeth = self._rest_ratio > 2 * _PARTED and bright > _SHOWN
        # Parted lips uncover teeth as far as the opening is bright; else they just hide them.
        self._upper_anchor, self._lower_anchor = upper + bright * (lower - upper), lower
        if self._own_teeth:
            self._upper_teeth, corner = _cut_out(picture, landmarks)
            self._picture_corner = corner

    def paint(
        self,
        out: RGB,
        landmarks: Landmarks,
        head: Similarity,
        window: tuple[int, int, int, int],
    ) -> None:
        """Draw the inside between the lips of `landmarks`, no pixel outside `window`."""
        opening = _opening(landmarks)
        if opening.half_width < 2.0 or opening.gap < 0.5:
            return
        strength = self._strength(opening)
        box = pixel_box(landmarks[_UPPER + _LOWER, :2], window)
        if strength <= 0.0 or box[0] >= box[2] or box[1] >= box[3]:
            return
        # Face axes (across, down) and the lip line, carried along by the head, in out pixels.
        axes = (head.scale * self._axes @ head.rotation.T)[:2, :2]
        rest = np.stack([self._upper_anchor, self._lower_anchor, self._chin])
        upper, lower, chin = (head.scale * rest @ head.rotation.T + head.translation)[:, :2]
        jaw = self._lower_teeth_shift(landmarks, axes, lower, landmarks[CHIN, :2] - chin)
        upper_map = self._upper_map(axes, upper, opening)
        lower_map = self._to_sprite(
            axes, lower + jaw, _LOWER_EDGE, (self._lower_teeth.shape[1] / 2, EDGE_ROWS)
        )
        paint_mouth(
            out, box, opening.frame, opening.rims, upper_map, lower_map,
            self._upper_teeth, self._lower_teeth, self._colours, strength,
        )  # fmt: skip

    def _lower_teeth_shift(
        self,
        landmarks: Landmarks,
        axes: NDArray[np.float64],
        anchor: NDArray[np.float64],
        jaw: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """How far the lower teeth went down: with the jaw, but never far out of the lower lip."""
        down = axes[1] / np.linalg.norm(axes[1])
        edge = anchor + 0.85 * jaw + _LOWER_EDGE * self._head_size * axes[1]
        lip = landmarks[INNER_LIP_LOWER[5], :2]
        bare = float((lip - edge) @ down) / (self._head_size * float(np.linalg.norm(axes[1])))
        excess = max(0.0, bare - _LOWER_TEETH_BARE) * self._head_size
        shift: NDArray[np.float64] = 0.85 * jaw + excess * axes[1]
        return shift

    def _strength(self, opening: Opening) -> float:
        """0 while the mouth is as in the portrait; 1 once it is open further."""
        ratio = opening.gap / opening.half_width
        if self._own_teeth:
            return float(np.clip((abs(ratio - self._rest_ratio) - 0.02) / 0.10, 0.0, 1.0))
        return float(np.clip((ratio - max(0.0, self._rest_ratio) - 0.03) / 0.10, 0.0, 1.0))

    def _upper_map(
        self, axes: NDArray[np.float64], anchor: NDArray[np.float64], opening: Opening
    ) -> NDArray[np.float32]:
        if not self._own_teeth:
            down = axes[1] / np.linalg.norm(axes[1])
            top = opening.outline[: CURVE_SAMPLES // 2 + 1 :][-1]
            bare = float((anchor - top) @ down) / (self._head_size * np.linalg.norm(axes[1]))
            longer = np.clip((bare + _UPPER_EDGE) / _UPPER_BARE, 1.0, _LONGEST)
            height, width = self._upper_teeth.shape[:2]
            middle = (width / 2, height - EDGE_ROWS)
            return self._to_sprite(axes * [[1.0], [longer]], anchor, _UPPER_EDGE / longer, middle)
        # The sprite is cut from the portrait: face axes lead back to its pixels at rest.
        rest = self._axes[:, :2]
        matrix = rest.T @ np.linalg.inv(axes.T)
        shift = self._upper_anchor[:2] - self._picture_corner - matrix @ anchor - 0.5
        return np.column_stack([matrix, shift]).astype(np.float32).reshape(-1)

    def _to_sprite(
        self,
        axes: NDArray[np.float64],
        origin: NDArray[np.float64],
        edge: float,
        middle: tuple[float, float],
    ) -> NDArray[np.float32]:
        """(6,) affine map from out pixels to sprite pixels, `middle` that of the cutting edge."""
        matrix = self._unit_px / self._head_size * np.linalg.inv(axes.T)
        shift = np.array(middle) - matrix @ (origin + edge * self._head_size * axes[1]) - 0.5
        return np.column_stack([matrix, shift]).astype(np.float32).reshape(-1)


def _opening(landmarks: Landmarks) -> Opening:
    return measure_opening(
        landmarks[list(_INNER_CORNERS), :2], landmarks[_UPPER, :2], landmarks[_LOWER, :2]
    )


def _face_axes(landmarks: Landmarks) -> NDArray[np.float64]:
    """(2, 3) unit vectors across the mouth and down the face, in the portrait's pixels."""
    right, left = (landmarks[corner].astype(np.float64) for corner in MOUTH_CORNERS)
    across = (left - right) / np.linalg.norm(left - right)
    down = landmarks[CHIN].astype(np.float64) - landmarks[168]
    down -= (down @ across) * across
    return np.stack([across, down / np.linalg.norm(down)])


def _inner_colours(skin: NDArray[np.float64]) -> NDArray[np.float32]:
    """(2, 3) cavity and tongue, seen in open mouths, in the skin's light."""
    colours = skin * np.array([[0.45, 0.23, 0.26], [0.72, 0.61, 0.70]])
    chroma = float(np.ptp(skin)) / max(float(skin.max()), 1.0)
    grey = colours.mean(axis=1, keepdims=True)
    result: NDArray[np.float32] = (
        grey + min(1.0, chroma / _SKIN_CHROMA) * (colours - grey)
    ).astype(np.float32)
    return result


def _skin_colour(picture: RGB, landmarks: Landmarks) -> NDArray[np.float64]:
    """(3,) median colour of the cheeks."""
    size = max(1, int(np.linalg.norm(landmarks[33, :2] - landmarks[263, :2]) * 0.05))
    patches = []
    for x, y in landmarks[list(_SKIN), :2].astype(int):
        x = int(np.clip(x, size, picture.shape[1] - size - 1))
        y = int(np.clip(y, size, picture.shape[0] - size - 1))
        patches.append(picture[y - size : y + size + 1, x - size : x + size + 1].reshape(-1, 3))
    colour: NDArray[np.float64] = np.median(np.concatenate(patches), axis=0)
    return colour


def _inner_mask(picture: RGB, landmarks: Landmarks) -> NDArray[np.uint8]:
    mask = np.zeros(picture.shape[:2], np.uint8)
    rim = [*INNER_LIP_UPPER, *reversed(INNER_LIP_LOWER)]
    cv2.fillPoly(mask, [np.round(landmarks[rim, :2]).astype(np.int32)], 255)
    return mask


def _bright_share(picture: RGB, landmarks: Landmarks, skin: NDArray[np.float64]) -> float:
    """How much of what lies between the lips is about as bright as skin: teeth, that is."""
    inside = picture[_inner_mask(picture, landmarks) > 0].astype(np.float64)
    if len(inside) < _FEW_PX:
        return 0.0
    return float((inside.mean(axis=1) > 0.75 * skin.mean()).mean())


def _cut_out(picture: RGB, landmarks: Landmarks) -> tuple[RGB, NDArray[np.float64]]:
    """The portrait's mouth interior as RGBA, and the pixel of its corner."""
    mask = cv2.GaussianBlur(_inner_mask(picture, landmarks), (0, 0), 1.0)
    ys, xs = np.nonzero(mask)
    left, top = max(0, xs.min() - 2), max(0, ys.min() - 2)
    right, bottom = xs.max() + 3, ys.max() + 3
    sprite = np.dstack([picture, mask])[top:bottom, left:right]
    return np.ascontiguousarray(sprite), np.array([left, top], np.float64)
