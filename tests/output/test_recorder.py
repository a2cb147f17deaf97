import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from realtime.errors import InputError, OutputError
from realtime.output.recorder import Recorder
from realtime.types import RGB, Picture
from tests.output.full_disk import largest_file
from tests.output.videos import bar_error, bars, noise, read_film

SIZE = (160, 120)
PERIOD_NS = 40_000_000


class StillClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.t_ns = 5_000_000_000

    def now_ns(self) -> int:
        return self.t_ns

    def wait_until(self, t_ns: int, wake: threading.Event) -> bool:
        self.t_ns = max(self.t_ns, t_ns)
        return wake.is_set()


def picture(pixels: RGB, sequence: int = 0) -> Picture:
    return Picture(pixels, sequence, captured_ns=0)


def send_noise(recorder: Recorder, clock: StillClock, count: int) -> None:
    """Sends `count` pictures of noise at 25 a second."""
    for seed in range(count):
        recorder.send(picture(noise(SIZE, seed)))
        clock.t_ns += PERIOD_NS


def record_noise(path: Path, count: int) -> Recorder:
    """A recorder that was sent `count` pictures of noise; the caller closes."""
    clock = StillClock()
    recorder = Recorder(path, SIZE, 25.0, clock)
    send_noise(recorder, clock, count)
    return recorder


def test_pictures_colours_and_times_survive(tmp_path: Path) -> None:
    path, clock = tmp_path / "call.mp4", StillClock()
    recorder = Recorder(path, SIZE, 25.0, clock)
    gaps_ms = [40, 40, 133, 7, 40]  # a stall, then two ticks close together
    for shift, gap_ms in enumerate([*gaps_ms, 0]):
        recorder.send(picture(bars(SIZE, shift)))
        clock.t_ns += gap_ms * 1_000_000
    recorder.close()
    film = read_film(path)
    np.testing.assert_allclose(film.times_s, np.cumsum([0, *gaps_ms]) / 1000, atol=1.2e-5)
    assert film.colour_tags == (1, 1, 1, 1)
    for shift, decoded in enumerate(film.pictures):
        assert bar_error(decoded, SIZE, shift) <= 6


def test_two_pictures_at_the_same_instant_are_both_kept(tmp_path: Path) -> None:
    path, clock = tmp_path / "call.mp4", StillClock()
    recorder = Recorder(path, SIZE, 25.0, clock)
    for shift in range(4):
        recorder.send(picture(bars(SIZE, shift)))
    recorder.close()
    times_s = read_film(path).times_s
    assert len(times_s) == 4
    assert all(later > earlier for earlier, later in pairwise(times_s))
    assert times_s[-1] < 0.001


def test_a_file_of_that_name_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "call.mp4"
    record_noise(path, 30).close()
    record_noise(path, 5).close()
    assert len(read_film(path).pictures) == 5


@pytest.mark.parametrize(("share", "whole_seconds"), [(0.5, 1), (0.72, 2), (0.95, 2)])
def test_what_was_recorded_before_the_disk_was_full_plays(
    tmp_path: Path, share: float, whole_seconds: int
) -> None:
    path = tmp_path / "call.mp4"
    record_noise(path, 75).close()
    full_at = round(share * path.stat().st_size)
    clock = StillClock()
    recorder = Recorder(path, SIZE, 25.0, clock)
    message = rf"{path}: File too large; what was recorded so far plays"
    with largest_file(full_at), pytest.raises(OutputError, match=message):
        send_noise(recorder, clock, 90)
    recorder.close()
    film = read_film(path)
    assert len(film.pictures) == 25 * whole_seconds
    last_sent = noise(SIZE, seed=25 * whole_seconds - 1)
    assert np.corrcoef(film.pictures[-1].ravel(), last_sent.ravel())[0, 1] > 0.5


def test_a_disk_that_fills_up_at_the_very_end_costs_nothing_written(tmp_path: Path) -> None:
    path = tmp_path / "call.mp4"
    record_noise(path, 50).close()
    recorder = record_noise(path, 50)
    with largest_file(path.stat().st_size + 40_000), pytest.raises(OutputError, match="plays"):
        recorder.close()
    assert len(read_film(path).pictures) == 25


def test_a_disk_that_is_full_at_once_leaves_nothing(tmp_path: Path) -> None:
    with largest_file(100), pytest.raises(OutputError, match="nothing was recorded"):
        record_noise(tmp_path / "call.mp4", 60)
    assert list(tmp_path.iterdir()) == []


def test_nothing_sent_leaves_nothing(tmp_path: Path) -> None:
    Recorder(tmp_path / "call.mp4", SIZE, 25.0, StillClock()).close()
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_dies_leaves_a_film_that_plays(tmp_path: Path) -> None:
    path = tmp_path / "call.mp4"
    program = (
        "import os, sys, pathlib\n"
        "from tests.output.test_recorder import record_noise\n"
        "kept = record_noise(pathlib.Path(sys.argv[1]), 80)\n"
        "os._exit(9)\n"
    )
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", program, str(path)], cwd=root, check=False)
    assert ended.returncode == 9
    assert len(read_film(path).pictures) == 75  # three whole seconds


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "no such folder" / "call.mp4"
    with pytest.raises(OutputError, match=r"call\.mp4: No such file or directory; choose another"):
        Recorder(path, SIZE, 25.0, StillClock())


def test_another_suffix_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in \.mp4"):
        Recorder(tmp_path / "call.avi", SIZE, 25.0, StillClock())
    assert list(tmp_path.iterdir()) == []


def test_the_card_is_not_recorded_and_touches_nothing(tmp_path: Path) -> None:
    path, clock = tmp_path / "call.mp4", StillClock()
    path.write_bytes(b"yesterday's call")
    recorder = Recorder(path, SIZE, 25.0, clock)
    recorder.send(Picture(bars(SIZE), sequence=-1, captured_ns=None))
    assert path.read_bytes() == b"yesterday's call"
    clock.t_ns += PERIOD_NS
    recorder.send(picture(bars(SIZE, 1)))
    recorder.close()
    film = read_film(path)
    assert len(film.pictures) == 1
    assert film.times_s == [0.0]
    assert bar_error(film.pictures[0], SIZE, 1) < 25
