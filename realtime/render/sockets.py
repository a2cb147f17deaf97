"""Eye sockets: the lower a brow, the deeper the shade in which it leaves its eye."""

import numpy as np
from numpy.typing import NDArray

from realtime.models.face_mesh import EYES, LEFT_BROW, RIGHT_BROW
from realtime.types import Floats, Landmarks

_LIDS = np.array([eye.upper for eye in EYES])
_BROWS = np.array([RIGHT_BROW, LEFT_BROW])
_CORNERS = np.array([eye.corners for eye in EYES])
_BROWS_AND_CORNERS = np.concatenate([_BROWS.ravel(), _CORNERS.ravel()])
_APART = np.hstack([
    np.kron(np.eye(2), np.full(_BROWS.shape[1], 1.0 / _BROWS.shape[1])),
    np.kron(np.eye(2), np.full(_CORNERS.shape[1], -1.0 / _CORNERS.shape[1])),
]).astype(np.float32)  # fmt: skip
"(2, 24) of those, each brow's middle less that of its eye's corners."
_SHADE = 1.5
"Share of the light that goes for each inter-ocular distance that a brow comes down: what fits \
fifteen people on videos."
_LID_SHARE, _REACH = 0.7, 0.22
"Where the shade is deepest, from the brow to the lid, and how far it reaches, in inter-ocular \
distances."
_DARKEST, _BRIGHTEST = 0.75, 1.12
"Times as bright as at rest, whatever a brow does; what is bright already, less."


class Sockets:
    """One avatar's."""

    def __init__(self, landmarks: Landmarks, room: NDArray[np.float64], head_size: float) -> None:
        """Find them.

        Args:
            landmarks: (478, 3) the portrait's own, pixels.
            room: see `Shading.room`.
            head_size: inter-ocular distance, pixels.
        """
        brows, lids = (landmarks[each].mean(axis=1) for each in (_BROWS, _LIDS))
        deepest = brows + _LID_SHARE * (lids - brows)
        distance = np.linalg.norm(landmarks[:, None, :2] - deepest[:, :2], axis=2) / head_size
        self._shade = _SHADE / head_size * np.exp(-((distance / _REACH) ** 2)).astype(np.float64)
        self._rest = _heights(landmarks)
        self._brightest = 1.0 + (_BRIGHTEST - 1.0) * room

    def __call__(self, landmarks: Landmarks, scale: float) -> NDArray[np.float64]:
        """(478,) how many times as bright as at rest each landmark is, 1 at rest.

        Args:
            landmarks: (478, 3) of the face then, pixels.
            scale: how many times as large as at rest the head is.
        """
        change = self._shade @ (_heights(landmarks) / scale - self._rest)
        result: NDArray[np.float64] = np.minimum(
            np.maximum(1.0 + change, _DARKEST), self._brightest
        )
        return result


def _heights(landmarks: Landmarks) -> Floats:
    """(2,) of the brows over their eyes' corners, pixels; in space, lest a nod be a frown."""
    heights: Floats = np.sqrt(((_APART @ landmarks[_BROWS_AND_CORNERS]) ** 2).sum(axis=1))
    return heights
