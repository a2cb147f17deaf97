import numpy as np
from numpy.typing import NDArray

from realtime.models.face_mesh import OVAL
from realtime.render.head_layer import HeadLayer
from realtime.types import LANDMARK_COUNT

HEAD_SIZE = 40.0
MIDDLE, HALF_WIDTH, HALF_HEIGHT = np.array([200.0, 150.0]), 50.0, 70.0


def weights() -> NDArray[np.float32]:
    """Of a head 100 px wide whose chin is in row 220."""
    angle = 2 * np.pi * np.arange(len(OVAL)) / len(OVAL)
    landmarks = np.zeros((LANDMARK_COUNT, 3), np.float32)
    # The oval begins at the forehead and goes round to the right of the picture.
    x = MIDDLE[0] + HALF_WIDTH * np.sin(angle)
    y = MIDDLE[1] - HALF_HEIGHT * np.cos(angle)
    landmarks[list(OVAL), :2] = np.stack([x, y], axis=1)
    bounds = np.array([0, 0, 400, 400], np.float32)
    return HeadLayer(landmarks, HEAD_SIZE, bounds).weight_map(400, 400)


def test_hair_and_ears_follow_the_head_and_shoulders_do_not() -> None:
    weight = weights()
    assert weight[40, 200] == 1, "hair above"
    assert weight[150, 265] == 1, "an ear"
    assert weight[190, 262] > 0.9, "hair beside the jaw"
    assert weight[340, 200] == 0, "the chest"


def test_shoulder_as_high_as_the_chin_is_not_drawn_up_with_the_hair() -> None:
    """A puffed sleeve would become a spike."""
    weight = weights()
    assert weight[205:220, 330:].max() < 0.05
    assert weight[205:220, :70].max() < 0.05
