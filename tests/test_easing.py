import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.easing import smoothstep, soft_limit


@given(st.floats(allow_nan=False))
def test_a_number_goes_as_an_array_does(x: float) -> None:
    assert smoothstep(x) == smoothstep(np.array([x]))[0]


def test_it_starts_and_ends_level_and_stays_within() -> None:
    x = np.linspace(-0.5, 1.5, 201)
    y = smoothstep(x)
    assert (y[x <= 0] == 0).all()
    assert (y[x >= 1] == 1).all()
    assert (np.diff(y) >= 0).all()
    assert smoothstep(0.5) == pytest.approx(0.5)
    assert smoothstep(0.01) < 0.001
    assert smoothstep(0.99) > 0.999


def test_nan_stays_nan() -> None:
    assert np.isnan(smoothstep(np.nan))
    assert np.isnan(smoothstep(np.array([np.nan]))[0])


@given(st.floats(-1000, 1000), st.floats(0.1, 100))
def test_soft_limit_keeps_small_values_and_bounds_large_ones(value: float, limit: float) -> None:
    bent = float(soft_limit(value, limit))
    assert abs(bent) <= min(limit, abs(value)) + 1e-9
    assert bent * value >= 0
    if abs(value) <= 0.7 * limit:
        assert bent == value


@given(st.floats(0, 300), st.floats(0, 300))
def test_soft_limit_keeps_order(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert float(soft_limit(low, 50.0)) <= float(soft_limit(high, 50.0))
