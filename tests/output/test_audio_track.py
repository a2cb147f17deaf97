from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from realtime.errors import InputError
from realtime.output.video_writer import VideoWriter
from tests.output.sounds import TONES_HZ, tone_at, tones, write_driving
from tests.output.videos import Film, bars, read_film

SIZE = (64, 48)


def animated(tmp_path: Path, source: Path, pictures: int) -> Film:
    path = tmp_path / "animated.mp4"
    with VideoWriter(path, SIZE, Fraction(25), audio_from=source) as writer:
        for _ in range(pictures):
            writer.write(bars(SIZE))
    return read_film(path)


@pytest.mark.parametrize(
    ("suffix", "codec", "rate", "becomes"),
    [
        pytest.param(".mp4", "aac", 44_100, "aac", id="aac-is-copied"),
        pytest.param(".mp4", "libmp3lame", 44_100, "mp3float", id="mp3-is-copied"),
        pytest.param(".mkv", "flac", 44_100, "aac", id="flac-is-encoded"),
        pytest.param(".mov", "pcm_s16le", 16_000, "aac", id="pcm-of-another-rate-is-encoded"),
    ],
)
def test_sound_is_carried_over_in_step_with_the_pictures(
    tmp_path: Path, suffix: str, codec: str, rate: int, becomes: str
) -> None:
    source = tmp_path / f"driving{suffix}"
    write_driving(source, codec, rate, seconds=3.0)
    film = animated(tmp_path, source, pictures=75)
    assert film.audio_codec == becomes
    seconds = film.audio.shape[1] / film.audio_rate
    assert 3.0 - 0.06 <= seconds <= 3.0
    reference = tones(film.audio_rate, 3.0)[0, : film.audio.shape[1]]
    assert np.corrcoef(film.audio[0], reference)[0, 1] > 0.95


def test_copied_sound_is_bit_for_bit_the_same(tmp_path: Path) -> None:
    source = tmp_path / "driving.mp4"
    write_driving(source, "aac", 48_000, seconds=2.0)
    film, original = animated(tmp_path, source, pictures=50), read_film(source)
    heard = film.audio.shape[1]
    np.testing.assert_array_equal(film.audio, original.audio[:, :heard])


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "aac"), (".mkv", "flac")])
def test_sound_ends_with_the_pictures(tmp_path: Path, suffix: str, codec: str) -> None:
    source = tmp_path / f"driving{suffix}"
    write_driving(source, codec, 44_100, seconds=3.0)
    film = animated(tmp_path, source, pictures=30)
    assert film.duration_s == pytest.approx(1.2)
    assert 1.2 - 0.06 <= film.audio.shape[1] / film.audio_rate <= 1.2


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "aac"), (".mkv", "flac")])
def test_short_sound_leaves_the_rest_silent(tmp_path: Path, suffix: str, codec: str) -> None:
    source = tmp_path / f"driving{suffix}"
    write_driving(source, codec, 44_100, seconds=1.0)
    film = animated(tmp_path, source, pictures=75)
    assert len(film.pictures) == 75
    assert film.audio.shape[1] / film.audio_rate == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "aac"), (".mkv", "flac")])
def test_time_zero_is_the_first_picture(tmp_path: Path, suffix: str, codec: str) -> None:
    source = tmp_path / f"driving{suffix}"
    write_driving(source, codec, 44_100, seconds=2.0, picture_from_s=0.6)
    film = animated(tmp_path, source, pictures=50)
    heard = [tone_at(film.audio[0], film.audio_rate, t_s) for t_s in (0.2, 0.6, 1.2, 1.6)]
    expected = [TONES_HZ[0], TONES_HZ[1], TONES_HZ[1], TONES_HZ[2]]
    assert heard == pytest.approx(expected, abs=6)


def test_a_damaged_sound_track_costs_only_itself(tmp_path: Path) -> None:
    source = tmp_path / "driving.mkv"
    write_driving(source, "flac", 44_100, seconds=3.0)
    data = bytearray(source.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = bytes(3000)
    source.write_bytes(data)
    film = animated(tmp_path, source, pictures=75)
    assert len(film.pictures) == 75
    assert tone_at(film.audio[0], film.audio_rate, 0.5) == pytest.approx(TONES_HZ[0], abs=6)


def test_a_video_without_sound_gives_one_without(tmp_path: Path) -> None:
    silent = tmp_path / "silent.mp4"
    with VideoWriter(silent, SIZE, Fraction(25)) as writer:
        writer.write(bars(SIZE))
    film = animated(tmp_path, silent, pictures=5)
    assert film.audio_codec is None
    assert len(film.pictures) == 5


@pytest.mark.parametrize(
    "content", [None, b"", b"this is no video" * 100], ids=["missing", "empty", "text"]
)
def test_sound_that_cannot_be_opened_is_one_line_and_nothing_is_left(
    tmp_path: Path, content: bytes | None
) -> None:
    source = tmp_path / "driving.mp4"
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot take the sound from .*driving\.mp4") as caught:
        VideoWriter(tmp_path / "animated.mp4", SIZE, Fraction(25), audio_from=source)
    assert "\n" not in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} <= {"driving.mp4"}
