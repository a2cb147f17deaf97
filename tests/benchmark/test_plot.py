import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.benchmark.plot import plot
from realtime.types import RGB
from tests.benchmark.sessions import measured

AGE, LOST, REPEATED = (96, 178, 255), (255, 92, 92), (240, 190, 80)


def places(picture: RGB, colour: tuple[int, int, int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    ys, xs = np.nonzero((picture == colour).all(axis=2))
    return ys, xs


def test_every_configuration_has_a_row() -> None:
    two = plot([measured("identity", 12.0), measured("mesh", 30.0)])
    assert two.shape == (600, 1280, 3)
    ys, _ = places(two, AGE)
    assert ys.min() < 300 < ys.max()


def test_ages_stand_at_their_place_on_both_scales() -> None:
    """All pictures are 30 ms old, and the scale ends at 1.3 times that."""
    ys, xs = places(plot([measured("mesh", 30.0)]), AGE)
    bar = xs < 500
    assert np.ptp(xs[bar]) < 30, "one bar, two milliseconds wide"
    assert (xs[bar].mean() - 64) / 420 == pytest.approx(31 / 39, abs=0.02)
    dots = ~bar
    assert (260 - ys[dots].mean()) / (260 - 56) == pytest.approx(30 / 39, abs=0.02)


def test_losses_and_repeats_are_marked() -> None:
    picture = plot([measured("mesh", 30.0)])
    lost, repeated = places(picture, LOST), places(picture, REPEATED)
    assert len(set(lost[1].tolist())) == 2
    assert len(set(repeated[1].tolist())) == 4
    assert lost[1].max() < repeated[1].min()


def test_a_run_without_pictures_is_drawn_empty() -> None:
    picture = plot([measured("mesh", 30.0, count=0)])
    assert places(picture, AGE)[0].size == 0
    assert np.unique(picture).size > 3, "axes and title"
