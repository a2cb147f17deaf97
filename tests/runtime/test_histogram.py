import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.runtime.histogram import BUCKETS_MS, Histogram

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
    spread = Histogram().spread()
    assert (spread.count, spread.p50_ms, spread.p99_ms, spread.max_ms) == (0, 0.0, 0.0, 0.0)
    assert (spread.sum_ms, spread.mean_ms) == (0.0, 0.0)
    assert set(spread.up_to) == {0}


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


def test_the_sum_and_the_mean_are_exact() -> None:
    histogram = Histogram()
    for duration_ms in (10, 20, 90):
        histogram.add(duration_ms * MS)
    assert histogram.spread().sum_ms == pytest.approx(120)
    assert histogram.spread().mean_ms == pytest.approx(40)


@given(st.lists(st.integers(0, 5 * 10**9), max_size=100))
def test_buckets_count_what_took_no_longer(durations_ns: list[int]) -> None:
    histogram = Histogram()
    for duration_ns in durations_ns:
        histogram.add(duration_ns)
    for edge_ms, count in zip(BUCKETS_MS, histogram.spread().up_to, strict=True):
        surely = sum(1.02 * duration_ns <= edge_ms * MS for duration_ns in durations_ns)
        perhaps = sum(0.98 * duration_ns <= edge_ms * MS for duration_ns in durations_ns)
        assert surely <= count <= perhaps
