"""Eyes: the white without its iris, the iris made whole, and both between the lids."""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.kernels.features import paint_eye
from realtime.models.face_mesh import EyeLandmarks
from realtime.render.opening import Opening, measure_opening, pixel_box
from realtime.types import RGB, Landmarks

_SHUT = 0.10
"Below this opening over width the portrait's eye is taken for shut, and left as it is."
_REACH = 0.5
"The crop's margin round the lids, in eye widths."


class Eyeball:
    """One eye of one avatar."""

    def __init__(self, picture: RGB, landmarks: Landmarks, eye: EyeLandmarks) -> None:
        """Take the eye out of `picture` (h, w, 3), whose landmarks are `landmarks`."""
        self._eye = eye
        lids = landmarks[list(eye.ring), :2]
        iris = landmarks[eye.iris, :2]
        rim = landmarks[eye.iris + 1 : eye.iris + 5, :2]
        self._radius = float(np.linalg.norm(rim - iris, axis=1).mean())
        opening = _opening(landmarks, eye)
        reach = _REACH * 2 * opening.half_width
        box = pixel_box(
            np.stack([lids.min(axis=0) - reach, lids.max(axis=0) + reach]),
            (0, 0, picture.shape[1], picture.shape[0]),
        )
        offset = box[:2].astype(np.float32)
        crop = np.ascontiguousarray(picture[box[1] : box[3], box[0] : box[2]])
        self._open = (
            opening.gap > _SHUT * 2 * opening.half_width
            and min(crop.shape[:2]) >= 6
            and self._radius >= 1.5
        )
        if not self._open:
            return
        self._rest_opening = opening
        self._rest_ratio = opening.gap / opening.half_width
        self._rest_iris = iris - offset
        self._rest_iris_u = self._iris_in_frame(opening, iris)
        self._source_frame = opening.frame.copy()
        self._source_frame[:2] -= offset
        self._sclera, self._iris = _separate(crop, lids - offset, self._rest_iris, self._radius)

    def paint(self, out: RGB, landmarks: Landmarks, window: tuple[int, int, int, int]) -> None:
        """Draw the eye into `out` where `landmarks` says, no pixel outside `window`."""
        if not self._open:
            return
        opening = _opening(landmarks, self._eye)
        if opening.half_width < 2.0 or opening.gap < 0.5:
            return
        wanted = landmarks[self._eye.iris, :2]
        strength = self._strength(opening, wanted)
        box = pixel_box(landmarks[list(self._eye.ring), :2], window)
        if strength <= 0.0 or box[0] >= box[2] or box[1] >= box[3]:
            return
        rest = self._rest_opening
        # Complex numbers: one division is the rotation and scale from out to the crop.
        turn = complex(*rest.frame[2:4]) * rest.half_width
        turn /= complex(*opening.frame[2:4]) * opening.half_width
        iris = np.array([*wanted, *self._rest_iris, self._radius, turn.real, turn.imag], np.float32)
        paint_eye(
            out, box, opening.frame, opening.rims, self._source_frame, rest.rims,
            iris, self._sclera, self._iris, np.float32(strength),
        )  # fmt: skip

    def _strength(self, opening: Opening, wanted: NDArray[np.float32]) -> float:
        """0 while the eye is as in the portrait, whose own pixels are the best eye; 1 soon after."""
        shift = np.linalg.norm(self._iris_in_frame(opening, wanted) - self._rest_iris_u)
        moved = (shift * opening.half_width / self._radius - 0.06) / 0.15
        ratio = opening.gap / opening.half_width / self._rest_ratio
        return float(np.clip(max(moved, (abs(ratio - 1.0) - 0.10) / 0.2), 0.0, 1.0))

    @staticmethod
    def _iris_in_frame(opening: Opening, iris: NDArray[np.float32]) -> NDArray[np.float64]:
        x, y = iris - opening.frame[:2]
        ax, ay = opening.frame[2:4]
        return np.array([x * ax + y * ay, y * ax - x * ay]) / opening.half_width


def _opening(landmarks: Landmarks, eye: EyeLandmarks) -> Opening:
    return measure_opening(
        landmarks[list(eye.corners), :2],
        landmarks[list(eye.upper), :2],
        landmarks[list(eye.lower), :2],
    )


def _separate(
    crop: RGB, lids: NDArray[np.float32], iris: NDArray[np.float32], radius: float
) -> tuple[RGB, RGB]:
    """The eye without its iris, and with its iris completed where the lids hide it."""
    height, width = crop.shape[:2]
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [np.round(lids).astype(np.int32)], 1)
    xs, ys = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    distance = np.hypot(xs - iris[0], ys - iris[1])
    white = (inside > 0) & (distance > 1.15 * radius)
    if white.sum() >= 6:
        sclera = cv2.inpaint(crop, (~white).astype(np.uint8), 3, cv2.INPAINT_TELEA)
        # Inpainting drags lashes into the hole; most of the white is one colour.
        bright = crop[white].astype(np.float32)
        colour = np.median(bright[bright.sum(axis=1) >= np.percentile(bright.sum(axis=1), 55)], 0)
        smooth = cv2.GaussianBlur(sclera, (0, 0), max(1.0, 0.25 * radius)).astype(np.float32)
        blend = np.clip((distance / radius - 1.0) / 0.3, 0.0, 1.0)[..., None] * white[..., None]
        sclera = (sclera * blend + (0.5 * smooth + 0.5 * colour) * (1 - blend)).astype(np.uint8)
    else:
        skin = np.median(crop.reshape(-1, 3), axis=0)
        sclera = np.broadcast_to((0.4 * skin + 110).astype(np.uint8), crop.shape).copy()
    visible = (cv2.erode(inside, np.ones((3, 3), np.uint8)) > 0) & (distance <= 1.08 * radius)
    whole = _complete_iris(crop, visible, distance, radius)
    return np.ascontiguousarray(sclera), np.ascontiguousarray(whole)


def _complete_iris(
    crop: RGB, visible: NDArray[np.bool_], distance: NDArray[np.float64], radius: float
) -> RGB:
    """Fill hidden parts of the iris with the colour that its visible part has at that radius."""
    whole = crop.copy()
    hidden = ~visible & (distance <= 1.3 * radius)
    if not hidden.any() or visible.sum() < 8:
        return whole
    rings = np.clip((distance / radius * 8).astype(int), 0, 8)
    fallback = np.median(crop[visible], axis=0)
    for ring in range(9):
        seen = visible & (rings == ring)
        colour = np.median(crop[seen], axis=0) if seen.sum() >= 3 else fallback
        whole[hidden & (rings == ring)] = colour
    blurred = cv2.GaussianBlur(whole, (0, 0), max(0.6, 0.06 * radius))
    whole[hidden] = blurred[hidden]
    return whole
