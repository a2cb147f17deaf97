import random
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from realtime.capture.picture import read_picture, read_picture_size
from realtime.errors import InputError
from tests.capture.media import BLUE, RED, corners, png_header, scene

ORIENTATION = 0x112
MID_GREY = 128

# What was done to the upright picture to get the stored one, by EXIF orientation.
STORED = {
    1: lambda upright: upright,
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.rot90(upright, 2).transpose(1, 0, 2),
    8: lambda upright: np.rot90(upright, -1),
}


def saved(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".webp"])
def test_gives_the_pixels_of_the_file(tmp_path: Path, suffix: str) -> None:
    lossless = {"lossless": True} if suffix == ".webp" else {}
    path = saved(tmp_path / f"p{suffix}", Image.fromarray(scene()), **lossless)

    pixels = read_picture(path)

    assert np.array_equal(pixels, scene())
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert pixels.flags.writeable


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_stands_upright_as_exif_says(tmp_path: Path, orientation: int, suffix: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored = np.ascontiguousarray(STORED[orientation](scene()))
    path = saved(tmp_path / f"p{suffix}", Image.fromarray(stored), exif=exif)

    pixels = read_picture(path)

    assert pixels.shape == scene().shape
    assert corners(pixels) == corners(scene())
    assert read_picture_size(path) == (64, 48)


def test_lays_transparent_parts_over_mid_grey(tmp_path: Path) -> None:
    rgba = np.dstack([scene(), np.full((48, 64), 255, np.uint8)])
    rgba[:24, :32, 3] = 0
    rgba[:24, 32:, 3] = 128
    path = saved(tmp_path / "p.png", Image.fromarray(rgba))

    pixels = read_picture(path)

    assert (pixels[:24, :32] == MID_GREY).all()
    half_green = np.array([10, 250, 10]) * (128 / 255) + MID_GREY * (127 / 255)
    assert pixels[10, 50] == pytest.approx(half_green, abs=1)
    assert tuple(pixels[40, 10]) == BLUE


def test_a_transparent_palette_entry_is_mid_grey(tmp_path: Path) -> None:
    palette = Image.fromarray(scene()).quantize(4)
    index_of_red = np.asarray(palette)[0, 0]
    path = saved(tmp_path / "p.gif", palette, transparency=int(index_of_red))

    pixels = read_picture(path)

    assert (pixels[:24, :32] == MID_GREY).all()
    assert corners(pixels)[1:] == corners(scene())[1:]


def test_grey_with_alpha(tmp_path: Path) -> None:
    grey = np.full((48, 64), 200, np.uint8)
    alpha = np.where(np.arange(64) < 32, 0, 255).astype(np.uint8)
    image = Image.merge("LA", (Image.fromarray(grey), Image.fromarray(np.tile(alpha, (48, 1)))))

    pixels = read_picture(saved(tmp_path / "p.png", image))

    assert (pixels[:, :32] == MID_GREY).all()
    assert (pixels[:, 32:] == 200).all()


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bits_are_scaled_not_cut(tmp_path: Path, suffix: str) -> None:
    deep = np.tile(np.array([0, 257, 32_896, 65_535], np.uint16), (4, 1))
    path = saved(tmp_path / f"p{suffix}", Image.fromarray(deep))

    pixels = read_picture(path)

    assert pixels.shape == (4, 4, 3)
    for channel in range(3):
        assert pixels[0, :, channel].tolist() == [0, 1, 128, 255]


@pytest.mark.parametrize("mode", ["1", "L"])
def test_black_and_white_becomes_grey_rgb(tmp_path: Path, mode: str) -> None:
    half = np.zeros((48, 64), np.uint8)
    half[:, 32:] = 255
    path = saved(tmp_path / "p.png", Image.fromarray(half).convert(mode))

    pixels = read_picture(path)

    assert (pixels[:, :32] == 0).all()
    assert (pixels[:, 32:] == 255).all()
    assert pixels.shape == (48, 64, 3)


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk_becomes_rgb(tmp_path: Path, suffix: str) -> None:
    red = Image.fromarray(np.full((48, 64, 3), RED, np.uint8)).convert("CMYK")
    path = saved(tmp_path / f"p{suffix}", red)

    assert read_picture(path)[20, 20] == pytest.approx(np.array(RED), abs=6)


@pytest.mark.parametrize(
    ("size", "told"),
    [
        pytest.param((30_000, 30_000), "too large", id="Pillow refuses by itself"),
        pytest.param((10_000, 10_000), "10000 x 10000", id="Pillow would warn"),
        pytest.param((30_000, 20), "30000 x 20", id="long side"),
        pytest.param((9_000, 9_000), "9000 x 9000", id="just over in all"),
    ],
)
def test_too_large_is_refused_by_its_header(
    tmp_path: Path, size: tuple[int, int], told: str
) -> None:
    path = tmp_path / "p.png"
    path.write_bytes(png_header(*size))

    for read in (read_picture, read_picture_size):
        with warnings.catch_warnings(record=True) as leaked, pytest.raises(InputError) as caught:
            read(path)

        assert told in str(caught.value)
        assert "make it smaller" in str(caught.value)
        assert not leaked


def test_the_largest_side_is_accepted(tmp_path: Path) -> None:
    path = saved(tmp_path / "p.png", Image.new("1", (16_384, 2), 1))

    assert read_picture(path).shape == (2, 16_384, 3)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"", "is empty", id="zero bytes"),
        pytest.param(b"hello " * 100, "is not a picture", id="text"),
        pytest.param(
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n",
            "is not a picture",
            id="a format that runs programs",
        ),
        pytest.param(png_header(64, 48), "is damaged", id="too few rows"),
        pytest.param(None, "no picture at", id="missing"),
    ],
)
def test_refuses_in_one_line(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "p.png"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InputError, match=told) as caught:
        read_picture(path)

    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_refuses_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        read_picture(tmp_path)


def test_refuses_floating_point(tmp_path: Path) -> None:
    path = saved(tmp_path / "p.tif", Image.fromarray(np.zeros((4, 4), np.float32)))

    with pytest.raises(InputError, match="floating-point"):
        read_picture(path)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "p.jpg", Image.fromarray(scene(400, 300)))
    path.write_bytes(path.read_bytes()[:1200])

    with pytest.raises(InputError, match="truncated"):
        read_picture(path)
    assert read_picture_size(path) == (400, 300)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".gif", ".bmp"])
def test_any_damage_gives_a_picture_or_the_one_error(tmp_path: Path, suffix: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    options = {} if suffix in {".gif", ".bmp"} else {"exif": exif}
    whole = saved(tmp_path / f"p{suffix}", Image.fromarray(scene()), **options).read_bytes()
    rng = random.Random(5)
    refused = 0
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(4):
            content[rng.randrange(min(len(content), 300))] = rng.randrange(256)
        path = tmp_path / f"damaged{suffix}"
        path.write_bytes(content)
        try:
            assert read_picture(path).shape[2] == 3
        except InputError:
            refused += 1
    assert refused
