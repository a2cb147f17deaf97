import sys
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.errors import DeviceError
from realtime.output.window import Key, Window
from realtime.types import Picture

SIZE = (640, 360)
PICTURE = Picture(np.random.default_rng(1).integers(0, 256, (360, 640, 3), np.uint8), 4, 7)


class FakeScreen:
    """Keeps what it shows; keys are pressed, and the window closed, by script."""

    def __init__(self, keys: str = "") -> None:
        self.is_open = True
        self.keys = list(keys)
        self.shown: list[NDArray[np.uint8]] = []
        self.closed = 0

    def show(self, bgr: NDArray[np.uint8]) -> None:
        self.shown.append(bgr.copy())

    def key(self) -> str:
        return self.keys.pop(0) if self.keys else ""

    def close(self) -> None:
        self.closed += 1

    def altered(self, index: int = -1) -> NDArray[np.bool_]:
        """Which pixels differ from the picture that was sent."""
        differs: NDArray[np.bool_] = (self.shown[index][..., ::-1] != PICTURE.pixels).any(axis=2)
        return differs


class Bench:
    """A window on a fake screen, and what it asks for."""

    def __init__(self, keys: str = "", size: tuple[int, int] = SIZE) -> None:
        self.screen = FakeScreen(keys)
        self.asked: list[str] = []
        self.lines: Sequence[str] = ["30 fps", "tracking"]
        self.window = Window(
            size,
            status=self.status,
            on_quit=lambda: self.asked.append("quit"),
            keys=[Key("n", "new neutral face", lambda: self.asked.append("recalibrate"))],
            screen=self.screen,
        )

    def status(self) -> Sequence[str]:
        self.asked.append("status")
        return self.lines

    def send(self, times: int = 1) -> None:
        for _ in range(times):
            self.window.send(PICTURE)

    def quits(self) -> int:
        return self.asked.count("quit")


def test_shows_the_picture_in_bgr_with_a_small_overlay_in_its_corner() -> None:
    bench = Bench()
    bench.send()
    altered = bench.screen.altered()
    rows, columns = np.nonzero(altered)
    assert altered.any()
    assert rows.max() < 360 // 4
    assert columns.max() < 640 // 4


def test_the_overlay_stays_out_of_the_picture_itself() -> None:
    before = PICTURE.pixels.copy()
    Bench("?").send(3)
    np.testing.assert_array_equal(PICTURE.pixels, before)


def test_o_toggles_the_overlay() -> None:
    bench = Bench("oo")
    bench.send(3)
    assert [bench.screen.altered(index).any() for index in range(3)] == [True, False, True]


def test_question_mark_lists_the_keys_below_the_overlay() -> None:
    bench = Bench("??")
    bench.send(3)
    plain, listed, again = (bench.screen.altered(index) for index in range(3))
    assert listed.sum() > 1.8 * plain.sum()
    assert np.nonzero(listed)[0].max() > np.nonzero(plain)[0].max() + 40
    np.testing.assert_array_equal(again, plain)


def test_the_keys_are_listed_without_the_overlay_too() -> None:
    bench = Bench("o?")
    bench.send(3)
    assert not bench.screen.altered(1).any()
    assert bench.screen.altered(2).any()


@pytest.mark.parametrize("key", ["q", "\x1b"], ids=["q", "escape"])
def test_quit_keys(key: str) -> None:
    bench = Bench(key)
    bench.send(2)
    assert bench.quits() == 1


def test_closing_the_window_quits_once_and_never_shows_again() -> None:
    bench = Bench()
    bench.send(2)
    bench.screen.is_open = False
    bench.send(3)
    assert bench.quits() == 1
    assert len(bench.screen.shown) == 2


def test_n_learns_the_neutral_face_anew_each_time() -> None:
    bench = Bench("nxn")
    bench.send(4)
    assert bench.asked.count("recalibrate") == 2
    assert bench.quits() == 0


def test_status_is_asked_at_every_eighth_picture_and_shown() -> None:
    bench = Bench()
    bench.send(8)
    assert bench.asked.count("status") == 1
    bench.lines = ["29 fps", "away, and a longer line"]
    first = bench.screen.altered()
    bench.send(9)
    assert bench.asked.count("status") == 3
    assert bench.screen.altered().sum() > 1.2 * first.sum()


def test_a_window_smaller_than_its_text_still_shows() -> None:
    bench = Bench("?", size=(48, 32))
    pixels = np.full((32, 48, 3), 200, np.uint8)
    for _ in range(2):
        bench.window.send(Picture(pixels, 0, None))
    assert len(bench.screen.shown) == 2
    assert (bench.screen.shown[1] != 200).any()


def test_closes_its_screen() -> None:
    bench = Bench()
    bench.window.close()
    assert bench.screen.closed == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is a display")
def test_without_a_display_it_does_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(DeviceError, match="DISPLAY is not set"):
        Window(SIZE, status=list, on_quit=lambda: None)
