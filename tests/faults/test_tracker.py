"""What goes wrong with the landmark model."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from realtime.types import Face
from tests.faults.conftest import Tell
from tests.faults.show import Show
from tests.faults.world import PERIOD_NS, ticks

BEGIN, END = 30, 120

Look = Callable[[list[Face]], list[Face]]


def during(show: Show, begin: int, end: int, look: Look) -> None:
    """Let the landmarker see that from one tick to the other."""
    sound = show.detector.on_look
    show.world.at(begin, lambda: setattr(show.detector, "on_look", look))
    show.world.at(end, lambda: setattr(show.detector, "on_look", sound))


def fails(faces: list[Face]) -> list[Face]:
    raise RuntimeError("the graph\nhas stopped")


def spoilt(**parts: float) -> Look:
    """One number of each of these parts of every face is that instead."""

    def look(faces: list[Face]) -> list[Face]:
        changes = {}
        for name, value in parts.items():
            changes[name] = getattr(faces[0], name).copy()
            changes[name].flat[-1] = value
        return [replace(face, **changes) for face in faces]

    return look


def moved(x: float, y: float) -> Look:
    def look(faces: list[Face]) -> list[Face]:
        offset = np.array([x, y, 0], np.float32)
        return [replace(face, landmarks=face.landmarks + offset) for face in faces]

    return look


@pytest.mark.parametrize(
    ("fault", "end"), [("landmarker raises once", BEGIN + 1), ("landmarker raises always", END)]
)
def test_raises(
    show: Show, tell: Tell, caplog: pytest.LogCaptureFixture, fault: str, end: int
) -> None:
    during(show, BEGIN, end, fails)
    show.run(150)
    assert show.longest_gap() == 1
    tell(fault, show.seen(BEGIN), show.until_normal(end), "; ".join(caplog.messages))


def test_stalls(show: Show, tell: Tell, caplog: pytest.LogCaptureFixture) -> None:
    def stall(faces: list[Face]) -> list[Face]:
        show.world.sleep_until(show.world.now_ns() + 2_000_000_000)
        return faces

    def brief(faces: list[Face]) -> list[Face]:
        # Time enough for the face that comes so late to be taken up before the next one.
        show.world.sleep_until(show.world.now_ns() + 1)
        return faces

    during(show, BEGIN, BEGIN + 1, stall)
    during(show, BEGIN + 1, 150, brief)
    show.run(150)
    assert show.longest_gap() == 1
    assert show.world.now_ns() == ticks(150)
    tell(
        "landmarker stalls for 2 s",
        show.seen(BEGIN),
        show.until_normal(BEGIN + 60),
        "; ".join(caplog.messages),
    )


def test_slows(show: Show, tell: Tell, caplog: pytest.LogCaptureFixture) -> None:
    def slow(faces: list[Face]) -> list[Face]:
        # Never done at the moment of a tick or of the camera.
        show.world.sleep_until(ticks(int(show.world.now_ns() / PERIOD_NS) + 3.3))
        # A head that stands still for a moment would be drawn alike twice.
        return moved(0.2 * show.detector.looks, 0)(faces)

    during(show, BEGIN, END, slow)
    report = show.run(150)
    assert show.longest_gap() == 1
    assert report.repeats == 0
    assert show.detector.looks == pytest.approx(60 + (END - BEGIN) / 3, abs=3)
    tell(
        "landmarker slows to 10 pictures a second",
        show.seen(BEGIN),
        show.until_normal(END),
        "; ".join(caplog.messages),
    )


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(spoilt(landmarks=np.nan), id="landmarks"),
        pytest.param(spoilt(landmarks=np.inf), id="infinite"),
        pytest.param(spoilt(blendshapes=np.nan), id="blendshapes"),
        pytest.param(spoilt(pose=np.nan), id="pose"),
    ],
)
def test_returns_nan(show: Show, tell: Tell, caplog: pytest.LogCaptureFixture, look: Look) -> None:
    during(show, BEGIN, END, look)
    show.run(150)
    assert show.longest_gap() == 1
    tell(
        "landmarker returns NaN",
        show.seen(BEGIN),
        show.until_normal(END),
        "; ".join(caplog.messages),
    )


@pytest.mark.parametrize("offset", [(1e3, 0), (0, -1e3), (3e38, 0)])
def test_finds_faces_outside_the_frame(
    show: Show, tell: Tell, caplog: pytest.LogCaptureFixture, offset: tuple[float, float]
) -> None:
    during(show, BEGIN, END, moved(*offset))
    show.run(150)
    assert show.longest_gap() == 1
    tell(
        "landmarker finds faces outside the frame",
        show.seen(BEGIN),
        show.until_normal(END),
        "; ".join(caplog.messages),
    )
