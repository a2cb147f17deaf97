from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from realtime.errors import InputError, OutputError
from realtime.output.video_writer import VideoWriter
from tests.output.full_disk import largest_file
from tests.output.videos import BARS, bar_error, bars, noise, read_film

SIZE = (160, 120)
BEFORE = b"what was there before"


def write_noise(path: Path, count: int = 40) -> None:
    with VideoWriter(path, SIZE, Fraction(25)) as writer:
        for seed in range(count):
            writer.write(noise(SIZE, seed))


@pytest.mark.parametrize(
    "rate",
    [
        Fraction(25),
        Fraction(30000, 1001),
        Fraction(24000, 1001),
        Fraction(25, 2),
        Fraction(1000, 33),
        Fraction(123457, 4113),
    ],
    ids=str,
)
def test_count_rate_and_times_are_exact(tmp_path: Path, rate: Fraction) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, SIZE, rate) as writer:
        for index in range(37):
            writer.write(bars(SIZE, index // 9))
    film = read_film(path)
    assert len(film.pictures) == 37
    assert film.rate == rate
    assert film.duration_s == pytest.approx(float(37 / rate), abs=1e-9)
    np.testing.assert_allclose(film.times_s, [float(k / rate) for k in range(37)], atol=1e-9)


def test_colours_survive_and_are_tagged(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, SIZE, Fraction(25)) as writer:
        for shift in range(6):
            writer.write(bars(SIZE, shift))
    film = read_film(path)
    assert film.colour_tags == (1, 1, 1, 1)
    for shift, decoded in enumerate(film.pictures):
        assert bar_error(decoded, SIZE, shift) <= 5


@pytest.mark.parametrize(
    ("size", "padded"),
    [((161, 121), (162, 122)), ((160, 121), (160, 122)), ((161, 120), (162, 120))],
)
def test_odd_sizes_are_padded_with_their_own_edge(
    tmp_path: Path, size: tuple[int, int], padded: tuple[int, int]
) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, size, Fraction(25)) as writer:
        for _ in range(3):
            writer.write(bars(size))
    decoded = read_film(path).pictures[-1]
    assert decoded.shape == (padded[1], padded[0], 3)
    assert bar_error(decoded, size) <= 5
    np.testing.assert_allclose(decoded[-1, -1], BARS[-1], atol=5)


def test_the_index_comes_first_so_that_browsers_start_at_once(tmp_path: Path) -> None:
    write_noise(tmp_path / "out.mp4")
    data = (tmp_path / "out.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_nothing_shows_before_it_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(BEFORE)
    writer = VideoWriter(path, SIZE, Fraction(25))
    writer.write(noise(SIZE, 0))
    assert path.read_bytes() == BEFORE
    writer.finish()
    assert len(read_film(path).pictures) == 1
    assert list(tmp_path.iterdir()) == [path]


def write_and_fail(path: Path) -> None:
    with VideoWriter(path, SIZE, Fraction(25)) as writer:
        writer.write(noise(SIZE, 0))
        raise KeyboardInterrupt


def test_an_exception_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(BEFORE)
    with pytest.raises(KeyboardInterrupt):
        write_and_fail(path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == BEFORE


@pytest.mark.parametrize("missing_bytes", [200_000, 30_000, 100], ids=str)
def test_a_full_disk_is_one_line_and_leaves_the_folder_as_it_was(
    tmp_path: Path, missing_bytes: int
) -> None:
    path = tmp_path / "out.mp4"
    write_noise(path)
    full_at = path.stat().st_size - missing_bytes
    path.write_bytes(BEFORE)
    with largest_file(full_at), pytest.raises(OutputError) as caught:
        write_noise(path)
    assert str(caught.value).startswith(f"cannot write {path}: File too large")
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == BEFORE


def test_no_picture_at_all_is_an_error_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="not a single picture"):
        write_noise(tmp_path / "out.mp4", count=0)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_found_out_at_once(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file or directory; choose another place"):
        VideoWriter(tmp_path / "missing" / "out.mp4", SIZE, Fraction(25))


def test_a_folder_of_that_name_is_found_out_at_once(tmp_path: Path) -> None:
    (tmp_path / "out.mp4").mkdir()
    with pytest.raises(OutputError, match="Is a directory"):
        VideoWriter(tmp_path / "out.mp4", SIZE, Fraction(25))


@pytest.mark.parametrize("name", ["out.avi", "out", "out.gif"])
def test_another_suffix_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"ends in \.mp4"):
        VideoWriter(tmp_path / name, SIZE, Fraction(25))
    assert list(tmp_path.iterdir()) == []


def test_names_that_ffmpeg_would_read_as_something_else(tmp_path: Path) -> None:
    path = tmp_path / "http:call %03d.mp4"
    write_noise(path, count=2)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    with av.open(f"file:{path}") as container:
        assert container.streams.video[0].frames == 2
