"""The first-order motion model's reference frame: which driving frame relative motion starts from.

Siarohin et al. (2019), section 3.4, and the released code's "adapt movement scale" and "find best
frame". The driver must look like the avatar in the reference frame, or the difference between the
two is added to everything that follows.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from realtime.models.fomm.hull import hull_area
from realtime.motion.neutral import eyes_shut
from realtime.types import Face, Floats

Normalised = NDArray[np.float64]
"""(n, 2): landmarks about their mean, in units of the square root of their hull's area."""

_BETTER = 0.7
"A frame must come this much nearer, as each change of the reference shows in the picture."
_GOOD_FRAMES = 5
"Nearer for this many frames in a row: a face that passes through the avatar's pose is too fast."
_PATIENCE_FRAMES = 90
"Without a reference after so many frames, narrow eyes are the driver's own and no blink."


class ReferenceFinder:
    """Chooses the reference frame from a live driver, and goes on choosing better ones."""

    def __init__(self, avatar: Face) -> None:
        """`avatar`: the portrait's own face."""
        self._avatar = _normalised(avatar.landmarks)
        self._best = np.inf
        self._nearer = 0
        self._waited = 0

    def update(self, face: Face) -> bool:
        """Whether this frame shall be the reference from now on."""
        self._waited += 1
        distance = _distance(_normalised(face.landmarks), self._avatar)
        patient = self._best < np.inf or self._waited < _PATIENCE_FRAMES
        if distance >= self._best * _BETTER or (patient and eyes_shut(face)):
            self._nearer = 0
            return False
        self._nearer += 1
        if self._nearer < _GOOD_FRAMES:
            return False
        self._best, self._nearer = distance, 0
        return True


def best_frame(faces: Sequence[Face | None], avatar: Face) -> int:
    """The index of the face that is most like the avatar's; a blink only if there is nothing else.

    Raises:
        ValueError: there is no face.
    """
    seen = [(index, face) for index, face in enumerate(faces) if face is not None]
    if not seen:
        raise ValueError("no reference frame: none of the frames has a face")
    awake = [(index, face) for index, face in seen if not eyes_shut(face)]
    return min(awake or seen, key=lambda one: shape_distance(one[1].landmarks, avatar.landmarks))[0]


def shape_distance(landmarks_a: Floats, landmarks_b: Floats) -> float:
    """Mean squared distance of two faces in their own units: 0 the same, infinite without area.

    Args:
        landmarks_a: (n, 2 or more); only x and y count.
        landmarks_b: as many, of another face.
    """
    return _distance(_normalised(landmarks_a), _normalised(landmarks_b))


def _distance(first: Normalised | None, second: Normalised | None) -> float:
    if first is None or second is None:
        return np.inf
    return float(((first - second) ** 2).sum(axis=1).mean())


def _normalised(landmarks: Floats) -> Normalised | None:
    """Centred, and with a hull of area 1."""
    points = landmarks[:, :2].astype(np.float64)
    area = hull_area(landmarks[:, :2])
    if area == 0.0:
        return None
    result: Normalised = (points - points.mean(axis=0)) / np.sqrt(area)
    return result
