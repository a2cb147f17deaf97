import cv2
import numpy as np
import pytest

from realtime.render.blur import blurred


@pytest.mark.parametrize("sigma_px", [1.5, 7.0, 12.0, 30.0])
@pytest.mark.parametrize("shape", [(240, 300), (240, 300, 1), (240, 300, 3)])
def test_a_wide_blur_on_a_smaller_picture_is_nearly_the_same(
    sigma_px: float, shape: tuple[int, ...]
) -> None:
    picture = np.zeros(shape, np.float32)
    picture[60:180, 100:170] = 200.0
    whole = cv2.GaussianBlur(picture, (0, 0), sigma_px).reshape(shape)
    found = blurred(picture, sigma_px)
    assert found.shape == shape
    assert found.dtype == np.float32
    assert np.abs(found - whole).max() < 6.0
    assert found.mean() == pytest.approx(whole.mean(), rel=0.02)


def test_even_is_even_to_the_edge() -> None:
    assert np.allclose(blurred(np.full((90, 50), 7.0, np.float32), 20.0), 7.0, atol=1e-4)
