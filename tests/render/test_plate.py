import numpy as np
from numpy.typing import NDArray

from realtime.render.plate import background_plate

EVERYWHERE = np.ones((120, 120), np.float32)


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


def head(at: tuple[int, int] = (60, 60), radius: float = 25.0) -> NDArray[np.bool_]:
    """Where a round head is."""
    ys, xs = np.mgrid[:120, :120] + 0.5
    return np.asarray(np.hypot(xs - at[0], ys - at[1]) < radius)


def test_plate_has_the_grain_of_what_is_beside_the_head() -> None:
    rng = np.random.default_rng(0)
    picture = np.clip(rng.normal(120, 12, (120, 120, 3)), 0, 255).astype(np.uint8)
    picture[head()] = (220, 180, 150)
    plate = background_plate(picture, head().astype(np.float32), EVERYWHERE, head_size=30)
    filled, beside = plate[head(radius=20)], plate[~head(radius=32)]
    assert 0.6 < filled.std() / beside.std() < 1.3
    assert abs(filled.mean() - 120) < 6


def test_grain_is_that_of_the_wall_and_not_of_the_table_round_the_photograph() -> None:
    rng = np.random.default_rng(0)
    picture = np.clip(rng.normal(120, 25, (120, 120, 3)), 0, 255).astype(np.uint8)
    wall = head(radius=34)
    picture[wall] = np.clip(rng.normal(120, 3, (int(wall.sum()), 3)), 0, 255)
    picture[head()] = (220, 180, 150)
    plate = background_plate(picture, head().astype(np.float32), EVERYWHERE, head_size=14)
    assert plate[head(radius=20)].std() < 6


def test_fill_goes_on_as_evenly_as_the_wall_does() -> None:
    xs, ys = np.meshgrid(np.arange(120), np.arange(120))
    wall = np.stack([40 + xs, 60 + ys, 200 - xs], axis=-1).astype(np.uint8)
    picture = wall.copy()
    picture[head()] = (220, 180, 150)
    plate = background_plate(picture, head().astype(np.float32), EVERYWHERE, head_size=30)
    assert np.abs(plate - wall)[head()].max() < 8


def test_dark_rim_that_the_matte_misses_goes_with_the_head() -> None:
    picture = np.full((120, 120, 3), (150, 140, 130), np.uint8)
    picture[head(radius=27)] = (30, 20, 20)
    picture[head()] = (220, 180, 150)
    plate = background_plate(picture, head().astype(np.float32), EVERYWHERE, head_size=60)
    assert np.abs(plate - (150, 140, 130)).max() < 10


def test_picture_that_is_all_person_is_not_filled_with_black() -> None:
    picture = np.full((120, 120, 3), (150, 140, 130), np.uint8)
    plate = background_plate(picture, EVERYWHERE, EVERYWHERE, head_size=50)
    assert np.abs(plate - picture).max() < 3
