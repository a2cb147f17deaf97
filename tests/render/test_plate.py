import numpy as np

from realtime.render.plate import background_plate


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
