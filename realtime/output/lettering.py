"""Text on pictures: drawn once into a patch, then blended in place for a few microseconds."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from realtime.types import RGB

_DARK = (16, 18, 22)
_WHITE = (255, 255, 255)
_RIM = (150, 152, 156)
# Drawn this much larger and averaged down: letters keep their true spacing, corners are smooth.
_SUPERSAMPLED = 4


class Patch:
    """A small translucent picture that can be laid over larger ones. Not for several threads."""

    def __init__(self, rgba: NDArray[np.uint8]) -> None:
        self.height, self.width = rgba.shape[:2]
        # Alpha in 256ths: then 255 * 256 + 128 still fits 16 bits, and alpha 0 changes nothing.
        alpha = np.round(rgba[..., 3:].astype(np.float64) * (256 / 255))
        self._kept = (256 - alpha).astype(np.uint16)
        self._added = (rgba[..., :3] * alpha + 128).astype(np.uint16)
        self._sum = np.empty((self.height, self.width, 3), np.uint16)

    def blend(self, pixels: RGB, left: int, top: int) -> None:
        """Lay the patch over `pixels`, in place; all of it must fit in there."""
        under = pixels[top : top + self.height, left : left + self.width]
        np.multiply(under, self._kept, out=self._sum)
        self._sum += self._added
        self._sum >>= 8
        under[...] = self._sum


def panel(lines: Sequence[str], text_px: int, opacity: float) -> NDArray[np.uint8]:
    """White text on a dark rounded panel of `opacity` 0..1: (height, width, 4), RGBA."""
    unit = text_px * _SUPERSAMPLED
    font = ImageFont.load_default(size=unit)
    pitch, margin = round(1.45 * unit), round(0.7 * unit)
    text_width = max(round(font.getlength(line)) for line in lines)
    width = _whole_pixels(text_width + 2 * margin)
    height = _whole_pixels(pitch * len(lines) + round(0.35 * unit))
    image = Image.new("RGBA", (width, height), (*_DARK, 0))
    draw = ImageDraw.Draw(image)
    alpha = round(255 * opacity)
    draw.rounded_rectangle(
        (0, 0, width - 1, height - 1),
        radius=0.9 * unit,
        fill=(*_DARK, alpha),
        outline=(*_RIM, alpha),
        width=_SUPERSAMPLED,
    )
    first = (height - pitch * (len(lines) - 1)) / 2
    for row, line in enumerate(lines):
        # Anchored at half the height of a capital: text sits optically centred in its row.
        baseline = first + row * pitch + 0.36 * unit
        draw.text((margin, baseline), line, font=font, fill=(*_WHITE, 255), anchor="ls")
    size = (width // _SUPERSAMPLED, height // _SUPERSAMPLED)
    return np.asarray(image.resize(size, Image.Resampling.BOX))


def _whole_pixels(length: int) -> int:
    return -(-length // _SUPERSAMPLED) * _SUPERSAMPLED
