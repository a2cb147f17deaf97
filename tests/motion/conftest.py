from pathlib import Path

import numpy as np
import pytest

from realtime.models.face_mesh import EYES, FaceMesh, load_face_mesh
from realtime.motion.geometry import Shape


@pytest.fixture(scope="session")
def mesh(landmarker_path: Path) -> FaceMesh:
    return load_face_mesh(landmarker_path)


@pytest.fixture
def shape(mesh: FaceMesh) -> Shape:
    """MediaPipe's canonical face with irises: symmetric, looking straight ahead."""
    vertices = mesh.vertices * [1, -1, -1]
    irises = []
    for eye in EYES:
        centre = vertices[list(eye.ring)].mean(axis=0)
        irises += [centre + np.array([x, y, 0]) * 0.6 for x, y in _IRIS]
    return np.vstack([vertices, irises])


_IRIS = ((0, 0), (1, 0), (0, -1), (-1, 0), (0, 1))
