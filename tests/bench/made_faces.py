"""Faces of known shape and movement."""

import numpy as np
from numpy.typing import NDArray

from bench.quality.judges import Likeness, Look
from realtime.models.blendshapes import NAMES
from realtime.models.face_mesh import EYES
from realtime.types import LANDMARK_COUNT, RGB, Face, Presence, Sighting
from tests.fakes import PERIOD_NS

BASE = np.random.default_rng(5).uniform(60, 190, (LANDMARK_COUNT, 3)).astype(np.float32)
for _eye, _left in zip(EYES, (90, 150), strict=True):
    BASE[list(_eye.corners), :2] = [(_left, 100), (_left + 20, 100)]


def made_face(
    offset: tuple[float, float] = (0, 0),
    *,
    turn: NDArray[np.float64] | None = None,
    **scores: float,
) -> Face:
    """The base face, moved and turned, with the blendshapes named."""
    rotation = np.eye(3) if turn is None else turn
    flip = np.diag([1.0, -1.0, -1.0])
    blendshapes = np.zeros(len(NAMES), np.float32)
    for name, value in scores.items():
        blendshapes[NAMES.index(name)] = value
    pose = np.eye(4, dtype=np.float32)
    pose[:3, :3] = rotation
    middle = BASE.mean(axis=0)
    landmarks = (BASE - middle) @ (flip @ rotation @ flip).T + middle + np.array([*offset, 0])
    return Face(landmarks.astype(np.float32), blendshapes, pose)


def sighted(faces: list[Face | None]) -> list[Sighting]:
    """A face or None a frame, at 30 fps."""
    return [
        Sighting(
            face,
            Presence.TRACKING if face is not None else Presence.AWAY,
            1.0,
            index,
            index * PERIOD_NS,
        )
        for index, face in enumerate(faces)
    ]


def about_y(degrees: float) -> NDArray[np.float64]:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def parting_lips(count: int) -> list[Likeness | None]:
    """Somebody whose inner lips part and meet again."""
    points = np.random.default_rng(3).uniform(50, 250, (68, 2))
    upper, lower = [61, 62, 63], [67, 66, 65]
    found: list[Likeness | None] = []
    for index in range(count):
        opened = points.copy()
        opened[lower] = points[upper] + (0, 30 * (1 + np.sin(index / 4)))
        found.append(Likeness(opened, None))
    return found


class ScriptedJudges:
    """Sees what it was told to, whatever the picture."""

    def __init__(self, faces: list[Face | None], likeness: Likeness | None = None) -> None:
        self._faces = faces
        self._likeness = likeness
        self.pictures: list[RGB] = []

    def look(self, picture: RGB, number: int) -> Look:
        self.pictures.append(picture)
        return Look(self._faces[number], self._likeness)
