from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from realtime.capture import EndOfSource
from realtime.capture.folder import ImageFolder
from realtime.errors import InputError
from tests.capture.media import counted, grey_level, level_of

NTSC = Fraction(30_000, 1001)


def fill(folder: Path, *names: str, size: tuple[int, int] = (16, 12)) -> None:
    for name, pixels in zip(names, counted(len(names), *size), strict=True):
        Image.fromarray(pixels).save(folder / name)


def test_plays_in_natural_order_with_exact_times(tmp_path: Path) -> None:
    fill(tmp_path, "f1.png", "f2.png", "f03.PNG", "f9.png", "f10.png", "f100.png")

    folder = ImageFolder(tmp_path, NTSC)
    frames = [folder.read() for _ in range(6)]

    assert (folder.frame_count, folder.size, folder.rate) == (6, (16, 12), NTSC)
    assert [grey_level(frame.pixels) for frame in frames] == [level_of(i) for i in range(6)]
    assert [frame.sequence for frame in frames] == list(range(6))
    assert [frame.captured_ns for frame in frames] == [round(i * 1e9 / NTSC) for i in range(6)]
    with pytest.raises(EndOfSource):
        folder.read()


def test_a_rate_may_be_a_plain_number(tmp_path: Path) -> None:
    fill(tmp_path, "1.png")

    assert ImageFolder(tmp_path, 29.97).rate == Fraction(2997, 100)


def test_loop_goes_on_with_rising_time(tmp_path: Path) -> None:
    fill(tmp_path, "a.png", "b.png")

    folder = ImageFolder(tmp_path, Fraction(10), loop=True)
    frames = [folder.read() for _ in range(5)]

    levels = [grey_level(frame.pixels) for frame in frames]
    assert levels == [level_of(index) for index in (0, 1, 0, 1, 0)]
    assert [frame.captured_ns for frame in frames] == [index * 100_000_000 for index in range(5)]
    assert [frame.sequence for frame in frames] == list(range(5))


def test_passes_over_what_is_no_picture(tmp_path: Path) -> None:
    fill(tmp_path, "1.png", "2.png")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "._1.png").write_bytes(b"left by another system")
    (tmp_path / "sub.png").mkdir()

    assert ImageFolder(tmp_path, NTSC).frame_count == 2


def test_turned_pictures_count_with_their_upright_size(tmp_path: Path) -> None:
    fill(tmp_path, "1.png")
    exif = Image.Exif()
    exif[0x112] = 6
    Image.fromarray(np.zeros((16, 12, 3), np.uint8)).save(tmp_path / "2.jpg", exif=exif)

    folder = ImageFolder(tmp_path, NTSC)

    assert folder.size == (16, 12)
    assert {folder.read().pixels.shape for _ in range(2)} == {(12, 16, 3)}


def test_names_the_picture_of_another_size(tmp_path: Path) -> None:
    fill(tmp_path, "1.png", "2.png")
    fill(tmp_path, "3.png", size=(20, 12))

    with pytest.raises(InputError, match=r"3\.png is 20 x 12 pixels, but 1\.png is 16 x 12"):
        ImageFolder(tmp_path, NTSC)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("empty", "holds no pictures", id="empty"),
        pytest.param("missing", "does not exist", id="missing"),
        pytest.param("file", "is no folder", id="file"),
        pytest.param("broken", r"1\.png is empty", id="broken picture"),
    ],
)
def test_refuses_in_one_line(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "1.png").touch()

    with pytest.raises(InputError, match=told) as caught:
        ImageFolder(tmp_path / name, NTSC)

    assert str(tmp_path / name) in str(caught.value)


def test_a_picture_that_goes_bad_on_the_way_is_named(tmp_path: Path) -> None:
    fill(tmp_path, "1.png", "2.png")
    folder = ImageFolder(tmp_path, NTSC)
    folder.read()
    (tmp_path / "2.png").unlink()

    with pytest.raises(InputError, match=r"2\.png"):
        folder.read()


def test_close_ends_it(tmp_path: Path) -> None:
    fill(tmp_path, "1.png", "2.png")
    folder = ImageFolder(tmp_path, NTSC)
    folder.read()

    folder.close()

    with pytest.raises(EndOfSource):
        folder.read()
