import numpy as np
import pytest

from realtime.models.face_mesh import OVAL
from realtime.render.head_layer import HeadLayer
from realtime.types import LANDMARK_COUNT, Floats, Landmarks, Similarity

HEAD_SIZE = 40.0
MIDDLE, HALF_WIDTH, HALF_HEIGHT = np.array([200.0, 150.0]), 50.0, 70.0


def landmarks() -> Landmarks:
    """Of a head 100 px wide whose chin is in row 220."""
    angle = 2 * np.pi * np.arange(len(OVAL)) / len(OVAL)
    face = np.zeros((LANDMARK_COUNT, 3), np.float32)
    face[:, :2] = MIDDLE + np.random.default_rng(0).uniform(-40, 40, (LANDMARK_COUNT, 2))
    # The oval begins at the forehead and goes round to the right of the picture.
    x = MIDDLE[0] + HALF_WIDTH * np.sin(angle)
    y = MIDDLE[1] - HALF_HEIGHT * np.cos(angle)
    face[list(OVAL), :2] = np.stack([x, y], axis=1)
    return face


@pytest.fixture
def layer() -> HeadLayer:
    return HeadLayer(landmarks(), HEAD_SIZE, np.array([0, 0, 400, 400], np.float32))


def moved(layer: HeadLayer, head: Similarity) -> Floats:
    """How far each ring point goes."""
    face = head.scale * landmarks() @ head.rotation.T + head.translation
    points, _ = layer.move(face.astype(np.float32), head)
    return (points - layer.rest).astype(np.float32)


def turned(angle_deg: float, axis: int) -> Similarity:
    """About the middle of the face."""
    x, y = (each for each in range(3) if each != axis)
    rotation, angle = np.eye(3), np.radians(angle_deg)
    rotation[[x, y, x, y], [x, y, y, x]] = np.cos(angle), np.cos(angle), np.sin(angle), 0.0
    rotation[y, x] = -np.sin(angle)
    middle = np.array([*MIDDLE, 0.0])
    return Similarity(1.0, rotation, middle - rotation @ middle)


def shifted(x: float) -> Similarity:
    return Similarity(1.0, np.eye(3), np.array([x, 0.0, 0.0]))


def near(layer: HeadLayer, x: float, y: float) -> int:
    """The ring point nearest to a place."""
    return int(np.argmin(np.hypot(*(layer.rest - (x, y)).T)))


def test_hair_and_ears_may_follow_the_head_and_the_chest_may_not(layer: HeadLayer) -> None:
    weight = layer.weight_map(400, 400)
    assert weight[40, 200] == 1, "hair above"
    assert weight[150, 265] == 1, "an ear"
    assert weight[190, 262] > 0.9, "hair beside the jaw"
    assert weight[360, 200] == 0, "the chest"


def test_shoulder_as_high_as_the_chin_is_not_drawn_up_with_the_hair(layer: HeadLayer) -> None:
    """A puffed sleeve would become a spike."""
    way = moved(layer, turned(15.0, axis=2))
    for x in (70, 330):
        assert np.abs(way[near(layer, x, 212)]).max() < 1.0


def test_a_neck_bends_and_is_not_drawn_out(layer: HeadLayer) -> None:
    """Of a small shift the chest knows nothing, on a far one it goes along."""
    chest = near(layer, 200, 265)
    assert np.abs(moved(layer, shifted(5.0))[chest]).max() < 0.2
    assert moved(layer, shifted(60.0))[chest, 0] > 45


def test_a_nod_brings_the_crown_to_sight(layer: HeadLayer) -> None:
    """Hair's outline lies as deep as the middle of the head: it stays while the face goes down."""
    way = moved(layer, turned(-20.0, axis=0))
    assert way[near(layer, 200, 82), 1] > 2.0, "the forehead goes down"
    assert way[near(layer, 200, 47), 1] < -4.0


def test_hair_goes_with_the_skull_and_not_with_a_smile(layer: HeadLayer) -> None:
    """The head's fit takes a smile for a larger head; nose and temples do not move."""
    face = landmarks()
    mistaken = Similarity(1.03, np.eye(3), np.array([-6.0, -9.0, 0.0]))
    points, _ = layer.move(face, mistaken)
    assert np.abs(points - layer.rest).max() < 0.5


def test_hair_is_as_dark_as_the_face_beside_it_and_the_chest_as_it_was(layer: HeadLayer) -> None:
    light = layer.lit(np.where(np.arange(len(OVAL)) < len(OVAL) / 2, 0.7, 1.2))
    # The first half of the oval lies at the picture's right.
    assert light[near(layer, 265, 150)] == pytest.approx(0.7)
    assert light[near(layer, 135, 150)] == pytest.approx(1.2)
    assert light[near(layer, 200, 390)] == 1.0
