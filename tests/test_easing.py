import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.easing import smoothstep


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
