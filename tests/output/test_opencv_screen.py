from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from realtime.errors import DeviceError
from realtime.output.display import display_missing
from realtime.output.opencv_screen import OpenCvScreen

PICTURE = np.full((60, 80, 3), 90, np.uint8)


@pytest.fixture
def screen() -> Iterator[OpenCvScreen]:
    missing = display_missing()
    if missing:
        pytest.skip(missing)
    screen = OpenCvScreen("mimicam test", (80, 60))
    yield screen
    screen.close()


@pytest.mark.device
def test_a_window_is_open_until_it_is_closed_and_has_no_key_by_itself(screen: OpenCvScreen) -> None:
    assert screen.is_open
    screen.show(PICTURE)
    assert screen.key() == ""
    assert screen.click() is None
    assert screen.is_open
    screen.close()
    assert not screen.is_open


@pytest.mark.device
def test_closing_twice_is_harmless(screen: OpenCvScreen) -> None:
    screen.show(PICTURE)
    screen.close()
    screen.close()


def test_without_a_display_it_is_an_error_and_not_an_abort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(DeviceError, match="DISPLAY is not set"):
        OpenCvScreen("mimicam test", (80, 60))


def test_presses_of_the_left_button_come_back_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    mouse: list[Callable[..., None]] = []
    for name in ("namedWindow", "resizeWindow", "destroyWindow", "pollKey"):
        monkeypatch.setattr(cv2, name, lambda *_: -1)
    monkeypatch.setattr(cv2, "setMouseCallback", lambda _, callback: mouse.append(callback))
    monkeypatch.setattr("realtime.output.opencv_screen.display_missing", lambda: None)
    screen = OpenCvScreen("mimicam test", (80, 60))
    (press,) = mouse
    press(cv2.EVENT_MOUSEMOVE, 1, 1, 0, None)
    press(cv2.EVENT_LBUTTONDOWN, 3, 4, 0, None)
    press(cv2.EVENT_LBUTTONUP, 3, 4, 0, None)
    press(cv2.EVENT_LBUTTONDOWN, 50, 6, 0, None)
    assert [screen.click(), screen.click(), screen.click()] == [(3, 4), (50, 6), None]
