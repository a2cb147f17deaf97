import threading
from collections.abc import Callable

import numpy as np
import pytest

from realtime.errors import DeviceError, OutputError
from realtime.output import Output
from realtime.output.reopened import Reopened
from realtime.runtime.metrics import Metrics
from realtime.runtime.stopwatch import Stopwatch
from realtime.types import Picture
from tests.fakes import GUARD_S, ManualClock

PICTURE = Picture(np.full((2, 2, 3), 7, np.uint8), sequence=5, captured_ns=11)
GONE = DeviceError("the camera is gone")


class Device:
    """One opening of the device."""

    def __init__(self) -> None:
        self.sent = self.closes = 0
        self.error: Exception | None = None
        self.closed = threading.Event()

    def send(self, picture: Picture) -> None:
        if self.error is not None:
            raise self.error
        self.sent += 1

    def close(self) -> None:
        self.closes += 1
        self.closed.set()


class Bench:
    """A device that tests break, and the output that is opened anew."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.clock = ManualClock()
        self.devices = [Device()]
        self.tries_ns: list[int] = []
        self.open: Callable[[], Output] = lambda: self.devices[0]
        self.output = Reopened(self.opened, "camera", Stopwatch(self.clock, self.metrics))

    def opened(self) -> Output:
        self.tries_ns.append(self.clock.now_ns())
        return self.open()

    @property
    def lost(self) -> int:
        return self.metrics.report().drops.get("camera away", 0)

    def search_is_over(self) -> None:
        for thread in threading.enumerate():
            if thread.name == "mimicam-reopen":
                thread.join(GUARD_S)
                assert not thread.is_alive()


def test_what_cannot_be_opened_at_the_start_is_an_error() -> None:
    bench = Bench()

    def refuse() -> Output:
        raise DeviceError("no such camera")

    with pytest.raises(DeviceError, match="no such camera"):
        Reopened(refuse, "camera", Stopwatch(bench.clock, bench.metrics))


def test_a_lost_device_is_closed_and_opened_anew_after_a_second(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench, second = Bench(), Device()
    (first,) = bench.devices
    bench.open = lambda: second
    bench.output.send(PICTURE)
    first.error = GONE
    bench.output.send(PICTURE)
    bench.search_is_over()
    assert (first.sent, first.closes, second.sent) == (1, 1, 0)
    bench.output.send(PICTURE)
    bench.output.send(PICTURE)
    bench.output.close()
    assert (second.sent, second.closes, first.closes) == (2, 1, 1)
    assert bench.tries_ns == [0, 1_000_000_000]
    assert bench.lost == 1
    assert caplog.messages == ["the camera is gone; looking for it every second"]


def test_while_it_is_away_it_is_tried_every_second_and_told_every_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench, back = Bench(), Device()

    def refuse_for_two_minutes() -> Output:
        if bench.clock.now_ns() <= 150_000_000_000:
            raise DeviceError("no such camera")
        return back

    bench.open = refuse_for_two_minutes
    bench.devices[0].error = GONE
    bench.output.send(PICTURE)
    bench.search_is_over()
    assert bench.tries_ns == [1_000_000_000 * second for second in range(152)]
    assert caplog.messages == [
        "the camera is gone; looking for it every second",
        "no such camera; looking for it every second",
        "no such camera; looking for it every second",
    ]
    bench.output.send(PICTURE)
    bench.output.close()
    assert (back.sent, back.closes) == (1, 1)


def test_a_picture_never_waits_for_an_opening_that_hangs() -> None:
    bench, late = Bench(), Device()
    trying, opening = threading.Event(), threading.Event()

    def hang() -> Output:
        trying.set()
        assert opening.wait(GUARD_S)
        return late

    bench.open = hang
    bench.devices[0].error = GONE
    for _ in range(5):
        bench.output.send(PICTURE)
    assert bench.lost == 5
    assert trying.wait(GUARD_S)
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr("realtime.output.reopened._CLOSE_S", 0.0)
        with pytest.raises(DeviceError, match="the camera is gone"):
            bench.output.close()
    opening.set()
    bench.search_is_over()
    assert (late.sent, late.closes) == (0, 1)


def test_the_end_ends_the_search_and_tells_that_it_is_away() -> None:
    bench = Bench()

    def refuse() -> Output:
        raise DeviceError("no such camera")

    bench.open = refuse
    bench.devices[0].error = GONE
    bench.output.send(PICTURE)
    assert bench.devices[0].closed.wait(GUARD_S)
    with pytest.raises(DeviceError, match="the camera is gone"):
        bench.output.close()
    bench.search_is_over()
    assert bench.devices[0].closes == 1


def test_a_device_that_came_back_too_late_for_a_picture_is_closed() -> None:
    bench, back = Bench(), Device()
    bench.open = lambda: back
    bench.devices[0].error = GONE
    bench.output.send(PICTURE)
    bench.search_is_over()
    with pytest.raises(DeviceError, match="the camera is gone"):
        bench.output.close()
    assert (back.sent, back.closes) == (0, 1)


def test_a_bug_in_the_opening_surfaces() -> None:
    bench = Bench()

    def fail() -> Output:
        raise ZeroDivisionError

    bench.open = fail
    bench.devices[0].error = GONE
    bench.output.send(PICTURE)
    bench.search_is_over()
    with pytest.raises(ZeroDivisionError):
        bench.output.send(PICTURE)


@pytest.mark.parametrize("error", [OutputError("the disk is full"), ZeroDivisionError()])
def test_other_failures_are_not_its_matter(error: Exception) -> None:
    bench = Bench()
    bench.devices[0].error = error
    with pytest.raises(type(error)):
        bench.output.send(PICTURE)
    bench.output.close()
    assert bench.devices[0].closes == 1
