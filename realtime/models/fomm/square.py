"""The square that the first-order model looks at, of portrait and driver alike.

The model was trained on VoxCeleb crops: the whole head, the face a little more than half as high
as the picture.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.models.face_mesh import OVAL
from realtime.types import RGB, Landmarks

_FACE_SHARE = 0.56
"Height of the face's oval in the square."
_FACE_MIDDLE = 0.54
"Where the oval's middle lies, from the top: hair takes more room than the chin."


@dataclass(frozen=True, slots=True)
class Square:
    """An upright square in a picture, pixels; it may reach out of it."""

    left: float
    top: float
    side: float

    @property
    def middle(self) -> NDArray[np.float64]:
        """(2,) the square's middle."""
        return np.array([self.left, self.top]) + self.side / 2

    def moved(self, shift: NDArray[np.float64], zoom: float = 1.0) -> "Square":
        """The square with its middle shifted and its side multiplied."""
        x, y = self.middle + shift
        side = self.side * zoom
        return Square(float(x - side / 2), float(y - side / 2), side)

    def cut(self, pixels: RGB, size: int) -> RGB:
        """The square as a new (size, size, 3) picture; edges are repeated beyond the picture."""
        # Shrinking takes two steps: the first keeps the pixels, the second averages them.
        between = max(size, round(self.side))
        scale = self.side / between
        # Pixel centres lie at integers plus a half on both sides.
        offset = scale / 2 - 0.5
        to_picture = np.array(
            [[scale, 0, self.left + offset], [0, scale, self.top + offset]], np.float64
        )
        picture = cv2.warpAffine(
            pixels,
            to_picture,
            (between, between),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        if between > size:
            picture = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
        return np.asarray(picture, np.uint8)


def square_of(landmarks: Landmarks) -> Square:
    """The square that frames a face as the model expects it."""
    oval = landmarks[list(OVAL), :2].astype(np.float64)
    low, high = oval.min(axis=0), oval.max(axis=0)
    side = float(high[1] - low[1]) / _FACE_SHARE
    x, y = (low + high) / 2
    return Square(float(x - side / 2), float(y - _FACE_MIDDLE * side), side)
