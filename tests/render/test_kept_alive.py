"""A model that draws when the test lets it."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.models.fomm.square import square_of
from realtime.render.kept_alive import KeptAlive
from realtime.render.neural import NeuralRenderer
from realtime.types import RGB, Driving, Motion, Presence
from tests.fakes import GUARD_S, FakeRenderer, motion

SIZE = 64
SPOT = np.s_[24:40, 24:40]
"Where a picture tells the driver that it was drawn for."


class GatedAnimator:
    """Draws the source with the driving level in its middle, once for each `gate.release()`."""

    size = SIZE

    def __init__(self) -> None:
        self.gate = threading.Semaphore(1)
        self.began: list[int] = []
        self.drawing = threading.Semaphore(0)
        "Released whenever a picture is begun."
        self.failure: Exception | None = None
        self.threads: set[str] = set()

    def set_source(self, source: RGB) -> None:
        self._source = source

    def set_reference(self, reference: RGB) -> None:
        raise AssertionError("absolute motion has no reference")

    def animate(self, driving: RGB) -> RGB:
        self.threads.add(threading.current_thread().name)
        self.began.append(int(driving[0, 0, 0]))
        self.drawing.release()
        assert self.gate.acquire(timeout=GUARD_S)
        if self.failure is not None:
            raise self.failure
        picture = self._source.copy()
        picture[SPOT] = driving[0, 0]
        return picture


class Stage:
    """The renderer, its animator, and what it shows."""

    def __init__(self, avatar: Avatar) -> None:
        self.avatar = avatar
        self.animator = GatedAnimator()
        height, width = avatar.portrait.canvas.shape[:2]
        self.idle = FakeRenderer((width, height))
        self.square = square_of(avatar.face.landmarks)
        neural = NeuralRenderer(avatar.portrait, self.square, self.animator, self.idle)
        assert self.animator.drawing.acquire(timeout=GUARD_S), "the rest, to match colours"
        self.animator.began.clear()
        self.animator.threads.clear()
        self.renderer = KeptAlive(neural, self.idle, avatar.mesh)

    def motion(self, level: int | None, *, x: float = 0.0, at: Presence) -> Motion:
        way = np.array([x, 0.0, 0.0])
        head = replace(motion().head, translation=way)
        driving = None
        if level is not None:
            driving = Driving(np.full((SIZE, SIZE, 3), level, np.uint8), None)
        landmarks = (self.avatar.face.landmarks + way).astype(np.float32)
        return replace(motion(300, presence=at), landmarks=landmarks, head=head, driving=driving)

    def show(
        self, level: int | None = None, *, x: float = 0.0, at: Presence = Presence.TRACKING
    ) -> RGB:
        out = np.full_like(self.avatar.portrait.canvas, 77)
        self.renderer.render(self.motion(level, x=x, at=at), out)
        return out

    def begun(self) -> int:
        """The level of the driver that the model looks at, once it does."""
        assert self.animator.drawing.acquire(timeout=GUARD_S)
        return self.animator.began[-1]

    def finish(self) -> None:
        """Let the model finish its picture and wait until it has begun the next."""
        self.animator.gate.release()
        self.begun()

    def is_idle(self, out: RGB) -> bool:
        return bool((out[..., 0] == 300 & 0xFF).all())

    def spot(self, out: RGB, x: float = 0.0) -> float:
        """The level in the middle of the square, `x` pixels to the right of it."""
        column, row = (self.square.middle + np.array([x, 0.0])).astype(int)
        return float(out[row - 8 : row + 8, column - 8 : column + 8].mean())


@pytest.fixture
def stage(avatar: Avatar) -> Iterator[Stage]:
    stage = Stage(avatar)
    yield stage
    for _ in range(4):
        stage.animator.gate.release()
    stage.renderer.close()


def test_idle_draws_until_the_model_has(stage: Stage) -> None:
    assert stage.is_idle(stage.show(200))
    assert stage.begun() == 200
    assert stage.is_idle(stage.show(210)), "nobody waits for the model"
    stage.finish()
    assert stage.spot(stage.show(220)) == pytest.approx(200, abs=12)


def test_last_picture_follows_the_motion_between_the_models(stage: Stage) -> None:
    stage.show(250)
    stage.begun()
    stage.show(250)
    stage.finish()
    still, moved = stage.show(250), stage.show(250, x=20.0)
    assert stage.spot(moved, x=20.0) == pytest.approx(stage.spot(still), abs=1.0)
    edge = stage.square.middle.astype(int) - np.array([int(stage.square.side / 8) - 4, 0])
    beside = np.s_[edge[1] - 8 : edge[1] + 8, edge[0] - 4 : edge[0] + 4]
    assert np.abs(moved[beside].astype(int) - still[beside]).mean() > 20, "it has moved away"


def test_last_picture_follows_motion_without_pixels(stage: Stage) -> None:
    stage.show(250)
    stage.begun()
    stage.show(240)
    stage.finish()
    still = stage.spot(stage.show(240))
    for presence in (Presence.TRACKING, Presence.RETURNING):
        moved = stage.show(x=20.0, at=presence)
        assert stage.spot(moved, x=20.0) == pytest.approx(still, abs=1.0)
    assert stage.animator.began == [250, 240], "the model has nothing new to read"


def test_model_takes_the_newest_motion_and_no_other_thread_uses_it(stage: Stage) -> None:
    stage.show(10)
    assert stage.begun() == 10
    for level in (20, 30, 40):
        stage.show(level)
    stage.finish()
    assert stage.animator.began == [10, 40]
    assert stage.animator.threads == {"mimicam-model"}


def test_overlooked_driver_is_held_and_one_who_left_is_forgotten(stage: Stage) -> None:
    stage.show(200)
    stage.begun()
    stage.show(210)
    stage.finish()
    assert stage.spot(stage.show(at=Presence.HELD)) == pytest.approx(200, abs=12)
    assert stage.is_idle(stage.show(at=Presence.AWAY))
    assert stage.is_idle(stage.show(220, at=Presence.RETURNING)), "his last picture is gone"


def test_failure_of_the_model_is_raised_by_the_next_picture(stage: Stage) -> None:
    stage.animator.failure = ValueError("the device is lost")
    stage.show(10)
    stage.begun()
    stage.animator.gate.release()
    stage.renderer._thread.join(GUARD_S)
    with pytest.raises(ValueError, match="the device is lost"):
        stage.show(20)


def test_close_waits_for_the_model_and_frees_the_rest(avatar: Avatar) -> None:
    stage = Stage(avatar)
    stage.show(10)
    stage.begun()
    stage.animator.gate.release()
    stage.renderer.close()
    assert "mimicam-model" not in {thread.name for thread in threading.enumerate()}
    assert stage.idle.closes == 1
