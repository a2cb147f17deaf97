import cv2
import numpy as np

from realtime.render.plate import background_plate, cut_out, refine_matte


def test_cut_out_over_its_plate_is_the_picture() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)
    plate = rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)
    matte = rng.random((40, 50)).astype(np.float32)
    matte[:10] = 0
    matte[30:] = 1
    rgba = cut_out(picture, matte, plate).astype(float)
    alpha = rgba[..., 3:] / 255
    again = alpha * rgba[..., :3] + (1 - alpha) * plate
    assert np.abs(again - picture).max() <= 1


def test_plate_forgets_the_person_and_keeps_the_rest() -> None:
    picture = np.full((120, 120, 3), (30, 90, 200), np.uint8)
    matte = np.zeros((120, 120), np.float32)
    picture[40:80, 40:80] = (220, 180, 150)
    matte[40:80, 40:80] = 1
    plate = background_plate(picture, matte, np.ones((120, 120), np.float32), head_size=20)
    assert np.abs(plate.astype(int) - (30, 90, 200)).max() <= 3


def test_plate_keeps_a_person_who_does_not_move() -> None:
    picture = np.full((120, 120, 3), (30, 90, 200), np.uint8)
    picture[40:80, 40:80] = (220, 180, 150)
    matte = np.zeros((120, 120), np.float32)
    matte[40:80, 40:80] = 1
    plate = background_plate(picture, matte, np.zeros((120, 120), np.float32), head_size=20)
    assert (plate == picture).all()


def test_matte_is_drawn_to_the_pictures_own_edge() -> None:
    """The segmenter's border is soft; the picture's is sharp."""
    truth = np.zeros((120, 160), np.float32)
    truth[:, 60:] = 1
    picture = np.where(truth[..., None] > 0, (210, 170, 140), (30, 60, 120)).astype(np.uint8)
    matte = np.asarray(cv2.GaussianBlur(truth, (0, 0), 4.0), np.float32)
    oval = np.array([[100, 40], [140, 40], [140, 80], [100, 80]], np.float32)
    refined = refine_matte(matte, picture, oval, head_size=60)
    assert np.abs(refined - truth).mean() < 0.4 * np.abs(matte - truth).mean()
    assert (refined[40:80, 100:140] == 1).all(), "the face is the person's"
