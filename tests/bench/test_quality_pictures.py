import numpy as np
import pytest

from bench.quality.pictures import (
    Flicker,
    absolute_error,
    gradient_energy,
    hull_mask,
    psnr_db,
    sharpness,
    ssim,
)
from realtime.types import RGB


def flat(level: int, size: int = 32) -> RGB:
    return np.full((size, size, 3), level, np.uint8)


def noise(seed: int) -> RGB:
    return np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8)


EVERYWHERE = np.ones((32, 32), bool)


def test_error_is_the_mean_over_colours_and_white_against_black_is_one() -> None:
    assert absolute_error(flat(0), flat(255)).mean() == pytest.approx(1.0)
    red = flat(0)
    red[..., 0] = 255
    assert absolute_error(flat(0), red).mean() == pytest.approx(1 / 3)


def test_psnr_of_a_fifth_of_white_is_that_of_its_square() -> None:
    assert psnr_db(flat(0), flat(51)) == pytest.approx(10 * np.log10(25))
    assert psnr_db(flat(7), flat(7)) == pytest.approx(90)


def test_ssim_of_flat_pictures_is_their_luminance_term() -> None:
    c1 = (0.01 * 255) ** 2
    expected = (2 * 100 * 150 + c1) / (100**2 + 150**2 + c1)
    assert ssim(flat(100), flat(150)) == pytest.approx(expected, abs=1e-4)


def test_ssim_of_a_picture_with_itself_is_one_and_with_other_noise_near_zero() -> None:
    assert ssim(noise(1), noise(1)) == pytest.approx(1.0)
    assert abs(ssim(noise(1), noise(2))) < 0.15


def test_hull_covers_what_the_points_enclose_and_dilates() -> None:
    corners = np.array([[10, 10], [19, 10], [19, 19], [10, 19], [14, 15]], np.float32)
    assert hull_mask((32, 32, 3), corners).sum() == 100
    assert hull_mask((32, 32, 3), corners, 5).sum() == 14**2


def test_gradient_energy_of_a_ramp_is_its_slope_squared() -> None:
    ramp = np.repeat(np.tile(4 * np.arange(32), (32, 1))[..., None], 3, axis=2).astype(np.uint8)
    inside = np.zeros((32, 32), bool)
    inside[4:-4, 4:-4] = True
    assert gradient_energy(ramp, inside) == pytest.approx(16.0)
    assert sharpness(ramp, inside) == pytest.approx(0.0)


def test_one_bright_pixel_in_nine_times_nine_is_as_sharp_as_its_laplacian() -> None:
    dot = flat(0)
    dot[16, 16] = 90
    around = np.zeros((32, 32), bool)
    around[12:21, 12:21] = True
    assert sharpness(dot, around) == pytest.approx((4 * 90 + 4 * 90) / 81)


HEAD = np.array([[12, 14], [20, 24]], np.float32)


def test_flicker_beside_the_head_is_the_mean_change() -> None:
    flicker = Flicker()
    for level in (100, 110, 100):
        flicker.add(flat(level))
    flicker.exclude(HEAD)
    assert flicker.outside_head() == pytest.approx(10.0)


def test_flicker_ignores_the_head_and_the_body_below_it() -> None:
    flicker = Flicker()
    for level in (100, 200):
        picture = flat(100)
        picture[14:24, 12:20] = level
        picture[25:] = level
        flicker.add(picture)
    flicker.exclude(HEAD)
    assert flicker.outside_head() == 0.0


def test_flicker_is_unknown_where_the_head_fills_the_picture() -> None:
    flicker = Flicker()
    flicker.add(flat(1))
    flicker.add(flat(2))
    flicker.exclude(np.array([[0, 0], [32, 32]], np.float32))
    assert flicker.outside_head() is None
