import threading
from collections.abc import Callable, Iterator
from unittest.mock import patch

import pytest

from realtime.benchmark.configurations import Configuration
from realtime.benchmark.measure import measure, timeline
from realtime.errors import DeviceError
from realtime.runtime.metrics import Metrics
from realtime.runtime.trace import Trace

MS = 1_000_000


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    with patch("realtime.benchmark.measure._LOOK_S", 0.001):
        yield


def configuration(run: Callable[[Metrics, threading.Event], None]) -> Configuration:
    return Configuration("fake", run, settle_s=0.02)


def test_what_happened_before_it_was_warm_does_not_count() -> None:
    def run(metrics: Metrics, stop: threading.Event) -> None:
        metrics.ticked(0, 0, missed=5)
        metrics.sent_picture(0, captured_ns=None)
        while metrics.report().pictures == 1:
            assert not stop.wait(0.001)
        metrics.ticked(0, 0, missed=2)
        stop.wait()

    found = measure(configuration(run), seconds=0.1)
    assert found.name == "fake"
    assert (found.missed_while_starting, found.report.missed_ticks) == (5, 2)
    assert found.report.pictures == 0
    assert 0 <= found.cpu_cores < 64


@pytest.mark.parametrize("warm", [True, False])
def test_a_run_that_ended_early_was_interrupted(warm: bool) -> None:
    def run(metrics: Metrics, stop: threading.Event) -> None:
        if warm:
            metrics.sent_picture(0, captured_ns=None)
            while metrics.report().pictures == 1:
                assert not stop.wait(0.001)

    with pytest.raises(KeyboardInterrupt):
        measure(configuration(run), seconds=3600)
    assert "mimicam-bench" not in [thread.name for thread in threading.enumerate()]


def test_a_failing_run_fails_the_measurement() -> None:
    def run(metrics: Metrics, stop: threading.Event) -> None:
        raise DeviceError("no camera")

    with pytest.raises(DeviceError, match="no camera"):
        measure(configuration(run), seconds=3600)
    assert "mimicam-bench" not in [thread.name for thread in threading.enumerate()]


def test_a_timeline_begins_with_the_measured_time() -> None:
    trace = Trace()
    for t_ms in (100, 200, 300):
        trace.counter("age", t_ms * MS, t_ms * MS // 10)
        trace.instant("repeat", (t_ms + 20) * MS)
        trace.span("track", t_ms * MS, t_ms * MS + 5, sequence=1)
    trace.instant("missed ticks", 250 * MS)
    trace.instant("dropped: track busy", 260 * MS)
    found = timeline(trace.events(), 200 * MS)
    assert found.sent_s.tolist() == pytest.approx([0.0, 0.1])
    assert found.age_ms.tolist() == pytest.approx([20, 30])
    assert found.repeated_s.tolist() == pytest.approx([0.02, 0.12])
    assert found.lost_s.tolist() == pytest.approx([0.05, 0.06])
