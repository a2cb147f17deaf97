import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.output.lettering import Patch, panel


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("alpha", [0, 1, 77, 128, 254, 255])
def test_blend_is_the_weighted_mean(alpha: int) -> None:
    below = noise(40, 50)
    rgba = np.dstack([noise(11, 13)[::-1], np.full((11, 13), alpha, np.uint8)])
    blended = below.copy()
    Patch(rgba).blend(blended, 5, 20)
    weight = alpha / 255
    expected = below.astype(float)
    expected[20:31, 5:18] = (1 - weight) * below[20:31, 5:18] + weight * rgba[..., :3]
    assert np.abs(blended - expected).max() <= 1.0


def test_a_clear_patch_changes_nothing_and_a_solid_one_everything() -> None:
    below = noise(8, 8)
    colours = noise(8, 8)[::-1]
    kept, covered = below.copy(), below.copy()
    Patch(np.dstack([colours, np.zeros((8, 8), np.uint8)])).blend(kept, 0, 0)
    Patch(np.dstack([colours, np.full((8, 8), 255, np.uint8)])).blend(covered, 0, 0)
    np.testing.assert_array_equal(kept, below)
    np.testing.assert_array_equal(covered, colours)


def test_panel_has_white_text_on_a_dark_translucent_ground() -> None:
    rgba = panel(["30 fps", "tracking"], 18, opacity=0.6)
    alpha = rgba[..., 3]
    assert alpha[0, 0] == 0  # a rounded corner
    assert alpha[alpha.shape[0] // 2, 3] == round(255 * 0.6)  # the ground
    letters = rgba[(alpha == 255)][:, :3]
    assert len(letters) > 50
    assert letters.min() > 200


def test_panel_grows_with_lines_and_text() -> None:
    one = panel(["tracking"], 18, 0.6).shape
    two = panel(["tracking", "hello"], 18, 0.6).shape
    large = panel(["tracking"], 36, 0.6).shape
    assert two[1] == one[1]
    assert 20 <= two[0] - one[0] <= 32
    assert large[0] == pytest.approx(2 * one[0], abs=2)
    assert large[1] == pytest.approx(2 * one[1], abs=4)
