import numpy as np
import pytest

from realtime.render.portrait import Portrait, lay_out
from realtime.types import LANDMARK_COUNT


def lay(picture_size: tuple[int, int], size: tuple[int, int]) -> Portrait:
    width, height = picture_size
    picture = np.full((height, width, 3), (200, 40, 90), np.uint8)
    landmarks = np.tile(np.array([width / 2, height / 4, 8], np.float32), (LANDMARK_COUNT, 1))
    return lay_out(picture, landmarks, np.ones((height, width), np.float32), size)


def test_own_size_is_the_picture_itself() -> None:
    portrait = lay((60, 80), (60, 80))
    assert portrait.window == (0, 0, 60, 80)
    assert (portrait.canvas == (200, 40, 90)).all()
    np.testing.assert_allclose(portrait.landmarks[0], [30, 20, 8])


@pytest.mark.parametrize(
    ("picture", "size", "window"),
    [
        pytest.param((60, 80), (320, 160), (100, 0, 220, 160), id="bars at the sides"),
        pytest.param((200, 50), (100, 100), (0, 38, 100, 63), id="bars above and below"),
    ],
)
def test_portrait_is_fitted_whole(
    picture: tuple[int, int], size: tuple[int, int], window: tuple[int, int, int, int]
) -> None:
    portrait = lay(picture, size)
    left, top, right, bottom = portrait.window
    assert np.abs(np.subtract(portrait.window, window)).max() <= 1
    assert portrait.canvas.shape == (size[1], size[0], 3)
    assert (portrait.canvas[top:bottom, left:right] == (200, 40, 90)).all()
    np.testing.assert_allclose(
        portrait.landmarks[0, :2], [(left + right) / 2, top + (bottom - top) / 4], atol=0.5
    )


def test_what_is_left_free_is_the_portrait_darkened() -> None:
    portrait = lay((60, 80), (320, 160))
    margin = portrait.canvas[:, :90]
    assert (margin < (200, 40, 90)).all()
    assert margin[..., 0].mean() > 2 * margin[..., 1].mean(), "the portrait's own hue"
    assert portrait.matte[:, :90].max() == 0
