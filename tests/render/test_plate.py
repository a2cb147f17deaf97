import numpy as np

from realtime.render.plate import background_plate


def test_plate_forgets_the_person_and_keeps_the_rest() -> None:
    picture = np.full((120, 120, 3), (30, 90, 200), np.uint8)
    matte = np.zeros((120, 120), np.float32)
    picture[40:80, 40:80] = (220, 180, 150)
    matte[40:80, 40:80] = 1
    plate = background_plate(picture, matte, np.ones((120, 120), np.float32), head_size=20)
    assert np.abs(plate.astype(int) - (30, 90, 200)).max() <= 3


def test_plate_takes_nothing_from_an_outline_softer_than_the_matte() -> None:
    ys, xs = np.mgrid[:480, :480] + 0.5
    inside_px = 140.0 - np.hypot(xs - 240, ys - 240)
    coverage = np.clip(inside_px / 6 + 0.5, 0.0, 1.0)[..., None]
    picture = np.round(coverage * (40, 20, 10) + (1 - coverage) * (190, 200, 210)).astype(np.uint8)
    matte = (inside_px > 0).astype(np.float32)
    plate = background_plate(picture, matte, np.ones((480, 480), np.float32), head_size=60)
    near_the_outline = plate[(inside_px > 0) & (inside_px < 25)]
    assert np.abs(near_the_outline.astype(int) - (190, 200, 210)).max() <= 3


def test_plate_keeps_a_person_who_does_not_move() -> None:
    picture = np.full((120, 120, 3), (30, 90, 200), np.uint8)
    picture[40:80, 40:80] = (220, 180, 150)
    matte = np.zeros((120, 120), np.float32)
    matte[40:80, 40:80] = 1
    plate = background_plate(picture, matte, np.zeros((120, 120), np.float32), head_size=20)
    assert (plate == picture).all()
