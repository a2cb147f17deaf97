"""A number drawn as bars, that survives a virtual camera and tells on whatever else comes."""

import numpy as np
from numpy.typing import NDArray

from realtime.types import RGB

BITS = 16
COLOUR = (200, 40, 90)
"""Fills the lower half."""

CARD_LEVEL = 77
_DARK, _BRIGHT = 50, 200


def draw(number: int, out: RGB) -> None:
    """Fill the picture: `number` (below 65536) in the upper half, `COLOUR` in the lower."""
    height, width = out.shape[:2]
    for bit in range(BITS):
        level = 255 if number >> bit & 1 else 0
        out[: height // 2, bit * width // BITS : (bit + 1) * width // BITS] = level
    out[height // 2 :] = COLOUR


def read(row: NDArray[np.uint8]) -> int | None:
    """The number in one row of grey pixels of the upper half; None when something else is there."""
    centres = row[row.size // (2 * BITS) :: row.size // BITS].astype(int)
    if np.any((centres > _DARK) & (centres < _BRIGHT)):
        return None
    return sum(1 << bit for bit, level in enumerate(centres) if level >= _BRIGHT)
