import cv2
import numpy as np

from realtime.marking.matte import drawn_matte, sees_face
from realtime.types import RGB, Points

TURNS = np.linspace(0, 2 * np.pi, 36, endpoint=False)
OVAL: Points = np.stack([150 + 60 * np.sin(TURNS), 160 - 80 * np.cos(TURNS)], axis=1).astype(
    np.float32
)


def drawing() -> RGB:
    """A green head with one ear on a body, before sand."""
    picture = np.full((400, 300, 3), (240, 225, 190), np.uint8)
    cv2.rectangle(picture, (90, 250), (210, 400), (50, 100, 60), -1)
    cv2.ellipse(picture, (150, 160), (70, 95), 0, 0, 360, (90, 150, 100), -1)
    cv2.circle(picture, (100, 75), 22, (90, 150, 100), -1)
    return picture


def test_drawn_figure_is_cut_out_whole() -> None:
    matte = drawn_matte(drawing(), OVAL)
    assert matte.shape == (400, 300)
    assert matte.dtype == np.float32
    for inside in ((160, 150), (75, 100), (240, 150), (380, 100)):
        assert matte[inside] > 0.9, inside
    for outside in ((10, 10), (200, 40), (30, 200), (390, 260)):
        assert matte[outside] < 0.1, outside


def test_face_that_fills_the_picture_is_all_figure() -> None:
    matte = drawn_matte(np.full((80, 60, 3), 90, np.uint8), 3 * OVAL - 420)
    assert matte[40, 30] == 1.0


def test_matte_must_hold_most_of_the_face() -> None:
    matte = np.zeros((400, 300), np.float32)
    assert not sees_face(matte, OVAL)
    matte[100:] = 1.0
    assert sees_face(matte, OVAL)
    assert not sees_face(matte, OVAL + 1000), "a face outside the picture"
