import pytest

from realtime.errors import DeviceError
from realtime.runtime.metrics import Metrics
from realtime.runtime.stopwatch import Stopwatch
from tests.fakes import ManualClock


def test_work_and_the_wait_for_it_are_told_apart() -> None:
    clock, metrics = ManualClock(5_000_000), Metrics()
    watch = Stopwatch(clock, metrics)
    with watch.timed("render", 3, ready_ns=1_000_000):
        clock.advance(2_000_000)
    report = metrics.report()
    assert report.stages["render"].max_ms == pytest.approx(2)
    assert report.waits["render"].max_ms == pytest.approx(4)


def test_failures_are_blamed_on_the_stage() -> None:
    watch = Stopwatch(ManualClock(), Metrics())
    with pytest.raises(DeviceError) as caught, watch.timed("track", 0):
        raise DeviceError("it broke")
    assert caught.value.__notes__ == ["stage: track"]


def test_drops_are_counted() -> None:
    metrics = Metrics()
    watch = Stopwatch(ManualClock(), metrics)
    watch.dropped("source", 2)
    watch.dropped("source")
    assert metrics.report().drops == {"source": 3}
