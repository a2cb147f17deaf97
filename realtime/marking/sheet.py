"""What the marking window shows: the picture, and beside it what is asked for and where it goes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.models.face_mesh import EYES, LOWER_LIP, MOUTH_CORNERS, OVAL, UPPER_LIP, FaceMesh
from realtime.output.lettering import Patch, panel
from realtime.types import RGB

_PICTURE_BOX = (1000, 760)
"The picture is shown as large as fits in here."
_MOST_ENLARGED = 4.0
_LEAST_HEIGHT_PX = 560
_BAR_PX = 340
_BAR_GREY = 40
_TEXT_PX = 14
_MARGIN_PX = 12
_FACE_PX = 240
"Width of the drawn face."
_LINE = (205, 208, 212)
_ASKED = (255, 150, 40)
_DONE = (90, 220, 120)
_DARK = (16, 18, 22)
_RIGHT_CORNER, _LEFT_CORNER = MOUTH_CORNERS
_OUTLINES: tuple[tuple[tuple[int, ...], bool], ...] = (
    (OVAL, True),
    *((eye.ring, True) for eye in EYES),
    ((_RIGHT_CORNER, *UPPER_LIP[:9], _LEFT_CORNER), False),
    ((_RIGHT_CORNER, *LOWER_LIP[:9], _LEFT_CORNER), False),
    ((_RIGHT_CORNER, *UPPER_LIP[-9:], _LEFT_CORNER, *reversed(LOWER_LIP[-9:])), True),
    ((70, 63, 105, 66, 107), False),
    ((300, 293, 334, 296, 336), False),
    ((168, 6, 197, 195, 5, 4), False),
    ((98, 97, 2, 326, 327), False),
)
"Landmark numbers of the lines that make a face, and whether they close."


@dataclass(frozen=True, slots=True)
class Legend:
    """What stands beside the picture."""

    lines: Sequence[str]
    asked: int | None
    "Landmark that glows in the drawn face."


class Sheet:
    """Lays out one picture with its legend."""

    def __init__(self, picture: RGB, mesh: FaceMesh) -> None:
        """`picture`: (h, w, 3)."""
        height, width = picture.shape[:2]
        self._source_size = np.array([width, height], np.float64)
        scale = min(_PICTURE_BOX[0] / width, _PICTURE_BOX[1] / height, _MOST_ENLARGED)
        self._shown = (max(1, round(width * scale)), max(1, round(height * scale)))
        method = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC
        self.size = (self._shown[0] + _BAR_PX, max(self._shown[1], _LEAST_HEIGHT_PX))
        "Width and height of what `draw` gives."
        self._blank = np.full((self.size[1], self.size[0], 3), _BAR_GREY, np.uint8)
        shown = cv2.resize(picture, self._shown, interpolation=method)
        self._blank[: self._shown[1], : self._shown[0]] = shown
        face = mesh.vertices[:, :2] * [1.0, -1.0]
        face = (face - face.min(axis=0)) * (_FACE_PX / np.ptp(face[:, 0]))
        left = self._shown[0] + (_BAR_PX - _FACE_PX) / 2
        self._face = face + np.array([left, _MARGIN_PX])
        self._text_top = round(float(self._face[:, 1].max())) + _MARGIN_PX
        for outline in _outlines(self._face):
            _draw_line(self._blank, outline, _LINE)

    def to_picture(self, x: float, y: float) -> tuple[float, float] | None:
        """The place in the picture that is shown at pixel (x, y); None beside the picture."""
        if not (0 <= x < self._shown[0] and 0 <= y < self._shown[1]):
            return None
        at = (np.array([x, y]) + 0.5) * self._source_size / self._shown
        return float(at[0]), float(at[1])

    def draw(
        self,
        marks: Iterable[tuple[float, float]],
        legend: Legend,
        face: NDArray[np.float32] | None,
    ) -> RGB:
        """A new picture of `size`.

        Args:
            marks: places that are marked, pixels of the picture.
            legend: what stands beside it.
            face: (478, 3) landmarks to outline, or None.
        """
        sheet = self._blank.copy()
        to_shown = np.array(self._shown) / self._source_size
        if face is not None:
            for outline in _outlines(face[:, :2] * to_shown):
                _draw_line(sheet[: self._shown[1], : self._shown[0]], outline, _DONE)
        for mark in marks:
            _draw_dot(sheet, np.array(mark) * to_shown, _DONE)
        if legend.asked is not None:
            _draw_dot(sheet, self._face[legend.asked], _ASKED)
        text = panel(legend.lines, _TEXT_PX, 0.6)[:, : _BAR_PX - _MARGIN_PX]
        left = self._shown[0] + _MARGIN_PX // 2
        Patch(text[: self.size[1] - self._text_top]).blend(sheet, left, self._text_top)
        return sheet


def _outlines(points: NDArray[np.floating]) -> list[tuple[NDArray[np.int32], bool]]:
    sixteenths = np.round(points * 16).astype(np.int32)
    return [(sixteenths[list(numbers)], closed) for numbers, closed in _OUTLINES]


def _draw_line(
    sheet: RGB, outline: tuple[NDArray[np.int32], bool], colour: tuple[int, int, int]
) -> None:
    points, closed = outline
    # A slice of columns is not contiguous, which OpenCV draws into only by way of a copy.
    drawn = np.ascontiguousarray(sheet)
    cv2.polylines(drawn, [points], closed, colour, 1, cv2.LINE_AA, 4)
    sheet[...] = drawn


def _draw_dot(sheet: RGB, at: NDArray[np.floating], colour: tuple[int, int, int]) -> None:
    x, y = np.round(at * 16).astype(int)
    for radius_px, shade in ((5, _DARK), (3, colour)):
        cv2.circle(sheet, (int(x), int(y)), radius_px * 16, shade, -1, cv2.LINE_AA, 4)
