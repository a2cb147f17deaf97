"""The visible mark: a small "AI avatar" pill in the lower left corner."""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.output.lettering import Patch, panel
from realtime.types import RGB

_TEXT = "AI avatar"
_OPACITY = 0.62
_TEXT_SHARE = 1 / 36
"Height of the text by the shorter side of the picture: 20 px at 1280x720."
_SMALLEST_TEXT_PX = 9
_MARGIN_SHARE = 1 / 36


class Badge:
    """The mark for pictures of one size, drawn once. Not for several threads."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Draw the mark for pictures of `size`, width and height in pixels."""
        width, height = size
        short_px = min(width, height)
        rgba = panel([_TEXT], max(_SMALLEST_TEXT_PX, round(short_px * _TEXT_SHARE)), _OPACITY)
        margin_px = round(short_px * _MARGIN_SHARE)
        self._patch = Patch(_shrunk_to(rgba, width - 2 * margin_px, height - 2 * margin_px))
        self.size = size
        self.box = (
            margin_px,
            height - margin_px - self._patch.height,
            self._patch.width,
            self._patch.height,
        )
        "Left, top, width and height of the mark; no pixel outside it changes."

    def stamp(self, pixels: RGB) -> None:
        """Draw the mark into a picture, in place."""
        self._patch.blend(pixels, self.box[0], self.box[1])


def _shrunk_to(rgba: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """The mark, made smaller where a thumbnail has no room for legible text."""
    scale = min(1.0, width / rgba.shape[1], height / rgba.shape[0])
    if scale == 1.0:
        return rgba
    fitted = (max(1, int(rgba.shape[1] * scale)), max(1, int(rgba.shape[0] * scale)))
    return np.asarray(cv2.resize(rgba, fitted, interpolation=cv2.INTER_AREA), np.uint8)
