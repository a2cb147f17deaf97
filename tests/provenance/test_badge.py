import numpy as np
import pytest

from realtime.provenance.badge import Badge

SIZES = [(1920, 1080), (1280, 720), (640, 480), (256, 256), (481, 333), (96, 64), (24, 20)]


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_changes_pixels_inside_its_box_only(size: tuple[int, int], grey: int) -> None:
    width, height = size
    pixels = np.full((height, width, 3), grey, np.uint8)
    badge = Badge(size)
    badge.stamp(pixels)
    changed = (pixels != grey).any(axis=2)
    left, top, box_width, box_height = badge.box
    inside = changed[top : top + box_height, left : left + box_width]
    assert 0 <= left <= left + box_width <= width
    assert 0 <= top <= top + box_height <= height
    assert inside.mean() > 0.5
    assert changed.sum() == inside.sum()


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_text_stands_out_from_its_ground_on_any_picture(grey: int) -> None:
    pixels = np.full((720, 1280, 3), grey, np.uint8)
    badge = Badge((1280, 720))
    badge.stamp(pixels)
    left, top, width, height = badge.box
    inside = pixels[top : top + height, left : left + width].astype(int)
    assert np.percentile(inside, 99) - np.median(inside) > 120


def test_is_modest_and_scales_with_the_picture() -> None:
    _, _, width, height = Badge((1280, 720)).box
    _, _, large_width, large_height = Badge((2560, 1440)).box
    assert width * height < 0.006 * 1280 * 720
    assert height >= 30
    assert large_width == pytest.approx(2 * width, abs=3)
    assert large_height == pytest.approx(2 * height, abs=3)
