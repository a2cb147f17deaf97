import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.runtime.metrics import Histogram, Metrics, Spread

MS = 1_000_000


@given(st.lists(st.integers(1_000, 90 * 10**9), min_size=1, max_size=300))
def test_percentiles_are_within_one_percent(durations_ns: list[int]) -> None:
    histogram = Histogram()
    for duration_ns in durations_ns:
        histogram.add(duration_ns)
    spread = histogram.spread()
    exact = np.percentile(durations_ns, [50, 95, 99], method="inverted_cdf") * 1e-6
    np.testing.assert_allclose([spread.p50_ms, spread.p95_ms, spread.p99_ms], exact, rtol=0.01)
    assert spread.count == len(durations_ns)
    assert spread.max_ms == pytest.approx(max(durations_ns) * 1e-6)


def test_an_empty_histogram_is_all_zero() -> None:
    assert Histogram().spread() == Spread(0, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("duration_ns", "p50_ms"),
    [
        pytest.param(-5 * MS, 0.0, id="negative"),
        pytest.param(0, 0.0, id="zero"),
        pytest.param(999, 0.0, id="below a microsecond"),
        pytest.param(1_000, 0.001, id="a microsecond"),
        pytest.param(10**13, 1e5, id="hours count as the last bin"),
    ],
)
def test_extremes_are_clamped(duration_ns: int, p50_ms: float) -> None:
    histogram = Histogram()
    histogram.add(duration_ns)
    assert histogram.spread().p50_ms == pytest.approx(p50_ms, rel=0.03)


def test_a_run_is_summed_up() -> None:
    metrics = Metrics()
    metrics.ticked(0, 0, 0)
    metrics.sent_card()
    for n in range(1, 11):
        metrics.ticked(n * 100 * MS, n * 100 * MS + 2 * MS, missed=1 if n == 4 else 0)
        if n % 2:
            metrics.sent_picture(n * 100 * MS + 3 * MS, captured_ns=n * 100 * MS - 37 * MS)
        else:
            metrics.sent_again()
    metrics.took("track", 8 * MS)
    metrics.took("render", 2 * MS)
    metrics.took("track", 8 * MS)
    metrics.dropped("track busy")
    metrics.dropped("source", 3)
    metrics.became("tracking")

    report = metrics.report()
    assert report.elapsed_s == pytest.approx(1.002)
    assert (report.ticks, report.missed_ticks) == (11, 1)
    assert (report.cards, report.pictures, report.repeats) == (1, 5, 5)
    assert report.fps == pytest.approx(5.0)
    assert report.age.count == 5
    assert report.age.p50_ms == pytest.approx(40, rel=0.01)
    assert report.jitter.p50_ms == pytest.approx(2, rel=0.01)
    assert list(report.stages) == ["track", "render"]
    assert report.stages["track"].count == 2
    assert report.stages["track"].p99_ms == pytest.approx(8, rel=0.01)
    assert report.drops == {"track busy": 1, "source": 3}
    assert report.state == "tracking"


def test_before_anything_happened() -> None:
    report = Metrics().report()
    assert (report.ticks, report.fps, report.recent_fps, report.elapsed_s) == (0, 0.0, 0.0, 0.0)
    assert report.state == "starting"
    assert not report.stages
    assert not report.drops


def test_pictures_without_a_frame_have_no_age() -> None:
    metrics = Metrics()
    metrics.sent_picture(5 * MS, captured_ns=None)
    assert metrics.report().pictures == 1
    assert metrics.report().age.count == 0


def test_the_recent_rate_forgets_the_past() -> None:
    metrics = Metrics()
    now_ns = 0
    for period_ms, count in ((100, 200), (25, 200)):
        for _ in range(count):
            now_ns += period_ms * MS
            metrics.sent_picture(now_ns, now_ns)
    report = metrics.report()
    assert report.recent_fps == pytest.approx(40)
    assert report.fps == pytest.approx(16, rel=0.01)


def test_a_report_does_not_change_afterwards() -> None:
    metrics = Metrics()
    metrics.dropped("track busy")
    before = metrics.report()
    metrics.dropped("track busy")
    metrics.took("track", MS)
    assert before.drops == {"track busy": 1}
    assert not before.stages


def test_threads_lose_no_count() -> None:
    metrics = Metrics()

    def work() -> None:
        for _ in range(2000):
            metrics.took("track", MS)
            metrics.dropped("track busy")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = metrics.report()
    assert report.stages["track"].count == 8000
    assert report.drops["track busy"] == 8000


def test_memory_does_not_grow() -> None:
    metrics = Metrics()

    def a_while() -> None:
        for n in range(3000):
            metrics.ticked(n * MS, n * MS + n % 7, 0)
            metrics.sent_picture(n * 1000 * MS, 0)
            metrics.took("track", n * n)

    a_while()
    tracemalloc.start()
    try:
        a_while()
        grown = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert grown < 16_000
