from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from realtime.output.video_writer import VideoWriter
from tests.capture.media import png_header
from tests.cli.command import run
from tests.output.videos import read_film


@pytest.fixture
def pictures(portrait_file: Path, tmp_path: Path) -> Path:
    """A folder with the portrait three times."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    with Image.open(portrait_file) as image:
        for index in range(3):
            image.resize((256, 300)).save(folder / f"{index}.png")
    return folder


def test_film_has_one_picture_per_driving_picture(
    portrait_file: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.mp4"
    assert run("animate", str(portrait_file), str(pictures), "-o", str(out)) == 0
    film = read_film(out)
    assert len(film.pictures) == 3
    assert film.rate == 25
    assert film.pictures[0].shape == (600, 512, 3)
    assert capsys.readouterr().out == f"{out}: 3 frames at 25 fps\n"


def test_compare_puts_three_panels_side_by_side(
    portrait_file: Path, pictures: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.mp4"
    arguments = ["animate", str(portrait_file), str(pictures), "-o", str(out)]
    assert run(*arguments, "--compare", "--size", "256x300") == 0
    height, width = read_film(out).pictures[0].shape[:2]
    assert height >= 300
    assert 3 * 256 <= width < 3 * 256 + 40


def test_preset_shows_in_the_film(portrait_file: Path, tmp_path: Path) -> None:
    """The driver turns his head; `calm` shows 0.6 of it."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    with Image.open(portrait_file) as image:
        image.save(folder / "0.png")
        image.rotate(8, center=(256, 260), fillcolor=(90, 90, 90)).save(folder / "1.png")
    films = {}
    for preset in ("natural", "calm"):
        out = tmp_path / f"{preset}.mp4"
        arguments = ["animate", str(portrait_file), str(folder), "-o", str(out)]
        assert run(*arguments, "--preset", preset) == 0
        films[preset] = [picture.astype(int) for picture in read_film(out).pictures]
    still, turned = films["natural"]
    calm = films["calm"][1]
    head = (slice(60, 420), slice(100, 400))
    assert np.abs(calm - still)[head].mean() < 0.9 * np.abs(turned - still)[head].mean()


@pytest.mark.parametrize(
    ("picture", "complaint"),
    [
        pytest.param("blank.png", "no face found in", id="no face"),
        pytest.param("pair.png", "2 faces found in", id="two faces"),
        pytest.param("huge.png", "far too large", id="30000 pixels"),
        pytest.param("junk.png", "is not a picture", id="not a picture"),
        pytest.param("nothere.png", "no picture at", id="missing"),
    ],
)
def test_bad_portrait_is_one_line(
    picture: str,
    complaint: str,
    portrait_file: Path,
    pictures: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Image.open(portrait_file) as image:
        pair = Image.new("RGB", (1024, 600))
        pair.paste(image, (0, 0))
        pair.paste(image, (512, 0))
        pair.save(tmp_path / "pair.png")
    Image.new("RGB", (200, 200), (90, 90, 90)).save(tmp_path / "blank.png")
    (tmp_path / "huge.png").write_bytes(png_header(30000, 30000))
    (tmp_path / "junk.png").write_bytes(b"junk" * 100)
    out = tmp_path / "out.mp4"
    assert run("animate", str(tmp_path / picture), str(pictures), "-o", str(out)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mimicam: error: ")
    assert complaint in line
    assert not out.exists()


@pytest.mark.parametrize(
    ("driving", "complaint"),
    [
        pytest.param("zero.mp4", "is empty", id="zero bytes"),
        pytest.param("junk.mp4", "is not a video", id="corrupt"),
        pytest.param("wall.mp4", "no face in any of the 2 frames of", id="no face"),
        pytest.param("nothere.mp4", "does not exist", id="missing"),
    ],
)
def test_bad_driving_is_one_line_and_keeps_what_was_there(
    driving: str,
    complaint: str,
    portrait_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "zero.mp4").touch()
    (tmp_path / "junk.mp4").write_bytes(b"junk" * 1000)
    with VideoWriter(tmp_path / "wall.mp4", (64, 48), Fraction(25)) as writer:
        for _ in range(2):
            writer.write(np.full((48, 64, 3), 128, np.uint8))
    out = tmp_path / "out.mp4"
    out.write_bytes(b"yesterday")
    before = sorted(tmp_path.iterdir())
    assert run("animate", str(portrait_file), str(tmp_path / driving), "-o", str(out)) == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if "error" in line]
    assert len(errors) == 1
    assert complaint in errors[0]
    assert out.read_bytes() == b"yesterday"
    assert sorted(tmp_path.iterdir()) == before


def test_the_driving_video_is_not_overwritten(
    portrait_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film, other_name = tmp_path / "film.mp4", tmp_path / "link.mp4"
    film.write_bytes(b"of a holiday")
    other_name.hardlink_to(film)
    assert run("animate", str(portrait_file), str(film), "-o", str(other_name)) == 2
    assert f"cannot write {other_name}: it is read itself" in capsys.readouterr().err
    assert other_name.read_bytes() == b"of a holiday"


def test_unknown_preset_is_told_with_the_known_ones(
    portrait_file: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["animate", str(portrait_file), str(pictures), "-o", str(tmp_path / "o.mp4")]
    assert run(*arguments, "--preset", "wild") == 2
    message = capsys.readouterr().err
    assert all(name in message for name in ("wild", "natural", "expressive", "calm"))


@pytest.mark.parametrize(
    ("size", "complaint"),
    [
        pytest.param("720p", "'720p' is not WIDTHxHEIGHT", id="no two numbers"),
        pytest.param("0x0", "0x0 is out of range: 16 to 16384", id="nothing"),
        pytest.param("100000x100", "100000x100 is out of range: 16 to 16384", id="too wide"),
    ],
)
def test_size_must_be_width_and_height(
    size: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["animate", "portrait.png", "film.mp4", "-o", str(tmp_path / "o.mp4")]
    assert run(*arguments, "--size", size) == 2
    assert complaint in capsys.readouterr().err
