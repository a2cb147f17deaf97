import io
import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from realtime.capture import EndOfSource
from realtime.capture.video import VideoFile
from realtime.errors import InputError
from realtime.types import Frame
from tests.capture.media import (
    RED,
    blank_packets,
    corners,
    counted,
    grey_level,
    level_of,
    scene,
    write_song,
    write_video,
)

MS = 1_000_000


def play(source: VideoFile) -> list[Frame]:
    frames = []
    try:
        while True:
            frames.append(source.read())
    except EndOfSource:
        source.close()
    return frames


@pytest.mark.parametrize(
    ("name", "codec", "told_count"),
    [("v.mp4", "libx264", 10), ("v.avi", "mpeg4", 10), ("v.mkv", "mpeg4", None)],
)
def test_gives_every_frame_once_in_order(
    tmp_path: Path, name: str, codec: str, told_count: int | None
) -> None:
    video = VideoFile(write_video(tmp_path / name, counted(10), codec=codec))

    assert video.frame_count == told_count
    assert (video.size, video.rate, video.fps) == ((64, 48), Fraction(30), 30.0)
    frames = play(video)
    assert [frame.sequence for frame in frames] == list(range(10))
    for index, frame in enumerate(frames):
        assert abs(grey_level(frame.pixels) - level_of(index)) <= 3
        assert frame.captured_ns == pytest.approx(index * 1e9 / 30, abs=0.6 * MS)
        assert frame.pixels.dtype == np.uint8
        assert frame.pixels.flags.c_contiguous


def test_ntsc_rate_is_exact(tmp_path: Path) -> None:
    rate = Fraction(30_000, 1001)

    video = VideoFile(write_video(tmp_path / "v.mp4", counted(6), rate=rate))

    assert video.rate == rate
    assert [frame.captured_ns for frame in play(video)] == [round(i * 1e9 / rate) for i in range(6)]


def test_keeps_the_time_stamps_of_a_varying_rate(tmp_path: Path) -> None:
    times = [0, 33, 50, 150, 151, 400]
    path = write_video(tmp_path / "v.mp4", counted(6), times_ms=times)

    frames = play(VideoFile(path))

    assert [frame.captured_ns for frame in frames] == [time * MS for time in times]


def test_time_counts_from_the_start_of_the_file_not_of_its_pictures(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "v.mkv",
        counted(3),
        codec="mpeg4",
        times_ms=[500, 540, 580],
        sound_from_ms=100,
    )

    first = VideoFile(path).read()

    # AAC starts with a priming block, which begins up to 64 ms before the first sample.
    assert 400 * MS <= first.captured_ns <= 470 * MS


def test_a_file_that_vanishes_between_rounds_is_an_error_and_still_closes(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mp4", counted(2))
    video = VideoFile(path, loop=True)
    for _ in range(2):
        video.read()
    path.unlink()

    with pytest.raises(InputError, match="does not exist"):
        video.read()
    video.close()


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_turns_pictures_upright(tmp_path: Path, quarters: int, mirrored: bool) -> None:
    upright = np.rot90(scene(), quarters)  # against the clock, as the file says
    upright = np.fliplr(upright) if mirrored else upright
    path = write_video(tmp_path / "v.mp4", [scene()] * 2, rotation=(90 * quarters, mirrored))

    video = VideoFile(path)
    pixels = video.read().pixels

    assert pixels.shape == upright.shape
    assert video.size == (upright.shape[1], upright.shape[0])
    assert corners(pixels) == corners(upright)
    assert pixels.flags.c_contiguous


def test_turns_motion_jpeg_whose_pictures_carry_exif(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x112] = 6  # the top of the scene is at the right of the stored picture
    jpeg = io.BytesIO()
    Image.fromarray(scene()).save(jpeg, "JPEG", exif=exif, quality=95)
    path = tmp_path / "v.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        packet = av.Packet(jpeg.getvalue())
        packet.stream, packet.pts, packet.dts = stream, 0, 0
        packet.time_base = Fraction(1, 25)
        container.mux(packet)

    pixels = VideoFile(path).read().pixels

    assert corners(pixels) == corners(np.rot90(scene(), -1))


@pytest.mark.parametrize(
    ("aspect", "size"),
    [
        pytest.param(Fraction(4, 3), (85, 48), id="wide"),
        pytest.param(Fraction(1, 2), (32, 48), id="narrow"),
        pytest.param(Fraction(200), (64, 48), id="broken header"),
    ],
)
def test_makes_pixels_square(tmp_path: Path, aspect: Fraction, size: tuple[int, int]) -> None:
    path = write_video(tmp_path / "v.mp4", [scene()] * 2, pixel_aspect=aspect)

    video = VideoFile(path)

    assert video.size == size
    pixels = video.read().pixels
    assert pixels.shape == (size[1], size[0], 3)
    assert corners(pixels) == corners(scene())


def test_odd_sizes_come_contiguous(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mp4", [scene(63, 47)] * 2, pix_fmt="yuv444p")

    pixels = VideoFile(path).read().pixels

    assert pixels.shape == (47, 63, 3)
    assert pixels.flags.c_contiguous
    assert corners(pixels) == corners(scene())


def test_colours_survive_the_way_through_yuv(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mp4", [np.full((48, 64, 3), RED, np.uint8)] * 2)

    assert VideoFile(path).read().pixels[24, 32] == pytest.approx(np.array(RED), abs=4)


def test_loop_goes_on_with_rising_time(tmp_path: Path) -> None:
    video = VideoFile(write_video(tmp_path / "v.mp4", counted(3), rate=Fraction(25)), loop=True)

    frames = [video.read() for _ in range(8)]

    assert [frame.sequence for frame in frames] == list(range(8))
    assert [frame.captured_ns for frame in frames] == [index * 40 * MS for index in range(8)]
    for index, frame in enumerate(frames):
        assert abs(grey_level(frame.pixels) - level_of(index % 3)) <= 3


def test_pixels_are_the_callers_for_good(tmp_path: Path) -> None:
    frames = play(VideoFile(write_video(tmp_path / "v.mp4", counted(10))))

    assert len({frame.pixels.ctypes.data for frame in frames}) == 10


def test_close_ends_it(tmp_path: Path) -> None:
    video = VideoFile(write_video(tmp_path / "v.mp4", counted(3)))
    video.read()

    video.close()

    with pytest.raises(EndOfSource):
        video.read()


def test_damage_in_the_middle_costs_only_the_frames_it_hit(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.avi", counted(12), codec="ffv1", pix_fmt="bgr0")
    blank_packets(path, range(4, 8))  # a whole group: each refers to its first

    frames = play(VideoFile(path))

    assert [frame.sequence for frame in frames] == [0, 1, 2, 3, 8, 9, 10, 11]
    for frame in frames:
        assert frame.captured_ns == pytest.approx(frame.sequence * 1e9 / 30, abs=1)
        assert grey_level(frame.pixels) == level_of(frame.sequence)


def test_a_file_cut_short_ends_where_it_was_cut(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mkv", [scene()] * 12, codec="mjpeg", pix_fmt="yuvj420p")
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])

    frames = play(VideoFile(cut))

    assert 5 <= len(frames) < 12
    assert corners(frames[0].pixels) == corners(scene())


def _empty(path: Path) -> None:
    path.touch()


def _text(path: Path) -> None:
    path.write_text("not a video\n" * 500)


def _folder(path: Path) -> None:
    path.mkdir()


def _song(path: Path) -> None:
    shutil.move(write_song(path.with_suffix(".m4a")), path)


def _picture(path: Path) -> None:
    Image.fromarray(scene()).save(path, "PNG")


def _headless(path: Path) -> None:
    whole = write_video(path.with_suffix(".mp4"), counted(10))
    path.write_bytes(whole.read_bytes()[:-600])  # the index of an MP4 stands at its end


def _undecodable(path: Path) -> None:
    whole = write_video(path.with_suffix(".avi"), counted(4), codec="ffv1", pix_fmt="bgr0")
    blank_packets(whole, range(4)).rename(path)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        pytest.param(lambda path: None, "does not exist", id="missing"),
        pytest.param(_empty, "is empty", id="zero bytes"),
        pytest.param(_text, "is not a video", id="text"),
        pytest.param(_folder, "is a folder", id="folder"),
        pytest.param(_song, "holds no video stream", id="sound only"),
        pytest.param(_picture, "is a still picture", id="picture"),
        pytest.param(_headless, "is damaged", id="truncated"),
        pytest.param(_undecodable, "can be decoded", id="no frame decodes"),
    ],
)
def test_refuses_what_is_no_video_in_one_line(tmp_path: Path, make: object, what: str) -> None:
    path = tmp_path / "v.bin"
    assert callable(make)
    make(path)

    with pytest.raises(InputError, match=what) as caught:
        VideoFile(path)

    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_names_with_a_colon_are_files_not_protocols(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mp4", counted(2)).rename(tmp_path / "tcp:v.mp4")

    assert len(play(VideoFile(path))) == 2
