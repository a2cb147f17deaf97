"""What goes wrong with the camera, and what the audience sees of it."""

from collections.abc import Callable
from unittest.mock import patch

import cv2
import numpy as np
import pytest

from tests.faults.conftest import Tell
from tests.faults.devices import Painter, film
from tests.faults.show import Show

BEGIN, END = 60, 150


def test_unplugged(show: Show, tell: Tell, caplog: pytest.LogCaptureFixture) -> None:
    show.world.at(BEGIN, lambda: setattr(show.camera, "plugged", False))
    show.world.at(END, lambda: setattr(show.camera, "plugged", True))
    show.run(250)
    assert show.longest_gap() == 1
    assert show.camera.opened > 2
    tell(
        "camera unplugged for 3 s",
        show.seen(BEGIN),
        show.until_normal(END),
        "; ".join(caplog.messages),
    )


def test_hangs(show: Show, tell: Tell, caplog: pytest.LogCaptureFixture) -> None:
    """It comes back once; the second time the run ends meanwhile."""

    def let_go() -> None:
        show.camera.hangs = False
        show.world.let_go()

    show.world.at(BEGIN, lambda: setattr(show.camera, "hangs", True))
    show.world.at(END, let_go)
    show.world.at(240, lambda: setattr(show.camera, "hangs", True))
    show.patience_s = 0.0
    with patch("realtime.capture.webcam._CLOSE_S", 0.0):
        show.run(245)
    assert show.longest_gap() == 1
    tell(
        "camera hangs in `read`",
        show.seen(BEGIN),
        show.until_normal(END),
        "; ".join(caplog.messages),
    )


def raises() -> None:
    raise cv2.error("broken")


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(lambda: None, id="nothing"),
        pytest.param(lambda: np.empty((0, 0, 3), np.uint8), id="empty"),
        pytest.param(lambda: film()[..., 0], id="grey"),
        pytest.param(lambda: np.dstack([film(), film()]), id="too many channels"),
        pytest.param(lambda: film().astype(np.float32), id="another type"),
        pytest.param(lambda: np.full((48, 64, 3), np.nan), id="NaN"),
        pytest.param(lambda: film().ravel(), id="not decoded"),
        pytest.param(raises, id="an exception"),
    ],
)
def test_gives_garbage(
    show: Show, tell: Tell, caplog: pytest.LogCaptureFixture, garbage: Callable[[], object]
) -> None:
    show.world.at(BEGIN, lambda: setattr(show.camera, "film", garbage))
    show.world.at(BEGIN + 30, lambda: setattr(show.camera, "film", film))
    show.run(110)
    assert show.longest_gap() == 1
    tell(
        "camera gives garbage",
        show.seen(BEGIN),
        show.until_normal(BEGIN + 30),
        "; ".join(caplog.messages),
    )


def test_gives_broken_pictures(show: Show, tell: Tell, caplog: pytest.LogCaptureFixture) -> None:
    show.world.at(BEGIN, lambda: setattr(show.camera, "whole", False))
    show.world.at(BEGIN + 30, lambda: setattr(show.camera, "whole", True))
    show.run(110)
    assert show.longest_gap() == 1
    tell(
        "camera gives broken pictures",
        show.seen(BEGIN),
        show.until_normal(BEGIN + 30),
        "; ".join(caplog.messages),
    )


@pytest.mark.parametrize("size", [(128, 96), (32, 24), (96, 48)])
def test_changes_its_resolution(
    show: Show, tell: Tell, caplog: pytest.LogCaptureFixture, size: tuple[int, int]
) -> None:
    show.renderer = painter = Painter()
    show.world.at(BEGIN, lambda: setattr(show.camera, "film", lambda: film(size)))
    show.run(160)
    assert show.longest_gap() == 1
    sizes = [head.scale for head in painter.heads[-60:]]
    assert sizes == pytest.approx([1.0] * 60, abs=0.02), "the head keeps its size"
    tell(
        "camera changes its resolution",
        show.seen(BEGIN),
        show.until_normal(BEGIN),
        "; ".join(caplog.messages),
    )


def test_falls_to_5_fps(show: Show, tell: Tell, caplog: pytest.LogCaptureFixture) -> None:
    show.world.at(BEGIN, lambda: setattr(show.camera, "every", 6))
    show.world.at(END, lambda: setattr(show.camera, "every", 1))
    show.run(200)
    assert show.longest_gap() == 1
    tell(
        "camera falls to 5 pictures a second",
        show.seen(BEGIN),
        show.until_normal(END),
        "; ".join(caplog.messages),
    )
