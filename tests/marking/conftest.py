from pathlib import Path

import numpy as np
import pytest

from realtime.marking.points import LANDMARKS, Marks
from realtime.models.face_mesh import FaceMesh, load_face_mesh
from realtime.motion.geometry import rotation_from_degrees


@pytest.fixture(scope="session")
def mesh(landmarker_path: Path) -> FaceMesh:
    return load_face_mesh(landmarker_path)


@pytest.fixture
def marks(mesh: FaceMesh) -> Marks:
    """The canonical face, straight ahead, in the middle of a picture of 400 x 400."""
    return canonical_landmarks(mesh, 0, 0, 0)[list(LANDMARKS), :2]


def canonical_landmarks(mesh: FaceMesh, yaw_deg: float, pitch_deg: float, roll_deg: float) -> Marks:
    """(468, 3) the canonical face turned, 15 pixels a centimetre, at (200, 200)."""
    turned = mesh.vertices * [1, -1, -1] @ rotation_from_degrees(yaw_deg, pitch_deg, roll_deg).T
    result: Marks = 15 * turned + np.array([200, 200, 0])
    return result
