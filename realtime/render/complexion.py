"""A portrait's colours and shadows, which what is made up takes after."""

import numpy as np
from numpy.typing import NDArray

from realtime.models.face_mesh import INNER_LIP_LOWER, INNER_LIP_UPPER, LOWER_LIP, UPPER_LIP
from realtime.types import RGB, Landmarks

_CHEEKS, _CHEEK_SIZE = [50, 280, 205, 425], 0.07
"Landmarks, and how far about them they are looked at, in inter-ocular distances."
_BETWEEN_EDGES = [*UPPER_LIP[9:27], *LOWER_LIP[9:27]]
_LINE_ABOVE, _LINE_BELOW, _LINE_SIZE = (
    list(INNER_LIP_UPPER[2:-2]),
    list(INNER_LIP_LOWER[2:-2]),
    0.05,
)
"The line between the lips runs between these, likewise."
_DARKEST = 5
"Percentile of the light in a place that is its darkest."
_DARK, _DARK_OVER = 0.25, 0.15
"Shadows are dark that have less light than this over skin's, and are not from so much more on: it \
tells the dark mouths of 21 people from the light ones."


def skin_colour(picture: RGB, landmarks: Landmarks, head_size: float) -> NDArray[np.float64]:
    """(3,) median colour of the cheeks.

    Args:
        picture: (h, w, 3) the portrait.
        landmarks: its own.
        head_size: inter-ocular distance, pixels.
    """
    cheeks = _about(picture, landmarks[_CHEEKS], _CHEEK_SIZE * head_size)
    colour: NDArray[np.float64] = np.median(np.concatenate(cheeks), axis=0)
    return colour


def lips_colour(picture: RGB, landmarks: Landmarks) -> NDArray[np.float64]:
    """(3,) median colour on the landmarks between the lips' edges."""
    last = np.array(picture.shape[1::-1]) - 1
    x, y = np.clip(landmarks[_BETWEEN_EDGES, :2].astype(int), 0, last).T
    colour: NDArray[np.float64] = np.median(picture[y, x], axis=0)
    return colour


def darkness_of_shadows(picture: RGB, landmarks: Landmarks, head_size: float) -> float:
    """1 where no light gets between lips, nor would into a mouth; 0 where it does.

    Takes what `skin_colour` does. Lips that show teeth tell of no darkness.
    """
    line = (landmarks[_LINE_ABOVE] + landmarks[_LINE_BELOW]) / np.float32(2.0)
    places = _about(picture, line, _LINE_SIZE * head_size)
    darkest = np.median([np.percentile(place.mean(axis=1), _DARKEST) for place in places])
    over_skin = float(darkest) / max(1.0, float(skin_colour(picture, landmarks, head_size).mean()))
    return min(1.0, max(0.0, (_DARK + _DARK_OVER - over_skin) / _DARK_OVER))


def _about(picture: RGB, points: Landmarks, size_px: float) -> list[RGB]:
    """(n, 3) pixels each that are as near as `size_px` to `points` (m, 2 or 3), row or column."""
    size = max(1, round(size_px))
    last = np.array(picture.shape[1::-1]) - size - 1
    return [
        picture[y - size : y + size + 1, x - size : x + size + 1].reshape(-1, 3)
        for x, y in np.clip(points[:, :2].astype(int), size, last)
    ]
