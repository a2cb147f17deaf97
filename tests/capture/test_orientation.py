import numpy as np
import pytest

from realtime.capture.orientation import Orientation
from tests.capture.media import corners, scene


@pytest.mark.parametrize("degrees", [0, 90, -90, 180, -180, 270, 87])
def test_a_rotation_is_against_the_clock(degrees: int) -> None:
    orientation = Orientation.of_rotation(degrees)

    expected = np.rot90(scene(), round(degrees / 90))
    turned = orientation.turn(scene())
    assert np.array_equal(turned, expected)
    assert turned.flags.c_contiguous
    assert orientation.size(64, 48) == (turned.shape[1], turned.shape[0])


def test_a_matrix_may_scale_and_mirror() -> None:
    half_size_upside_down = (32_768, 0, 0, 0, -32_768, 0, 0, 0, 1 << 30)

    turned = Orientation.of_matrix(half_size_upside_down).turn(scene())

    assert corners(turned) == corners(np.flipud(scene()))


def test_nothing_to_do_costs_no_copy() -> None:
    pixels = scene()

    assert Orientation.of_rotation(0).turn(pixels) is pixels
