"""How a video's pixels must be turned to stand upright."""

from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.types import RGB


@dataclass(frozen=True, slots=True)
class Orientation:
    """One of the eight ways to turn and mirror a picture: transpose first, then flip."""

    transpose: bool
    flip_x: bool
    flip_y: bool

    @classmethod
    def of_matrix(cls, matrix: tuple[int, ...]) -> Self:
        """The one nearest to a display matrix: 9 numbers, x' = ax + cy, y' = bx + dy, a b . c d."""
        a, b, _, c, d = matrix[:5]
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(transpose=True, flip_x=c < 0, flip_y=b < 0)
        return cls(transpose=False, flip_x=a < 0, flip_y=d < 0)

    @classmethod
    def of_rotation(cls, degrees: float) -> Self:
        """The one nearest to a turn against the clock."""
        quarters = round(degrees / 90) % 4
        return cls(
            transpose=quarters in {1, 3}, flip_x=quarters in {2, 3}, flip_y=quarters in {1, 2}
        )

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height after turning."""
        return (height, width) if self.transpose else (width, height)

    def turn(self, pixels: RGB) -> RGB:
        """The picture upright, C-contiguous; the same array when there is nothing to do."""
        turned: NDArray[Any] = pixels
        if self.transpose:
            turned = cv2.transpose(turned)
        if self.flip_x and self.flip_y:
            turned = cv2.flip(turned, -1)
        elif self.flip_x or self.flip_y:
            turned = cv2.flip(turned, 1 if self.flip_x else 0)
        return np.ascontiguousarray(turned)
