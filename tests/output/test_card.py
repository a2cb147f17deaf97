import numpy as np
import pytest

from realtime.output.card import starting_card


@pytest.mark.parametrize(
    "size", [(320, 240), (1280, 720), (1920, 1080), (240, 320)], ids=lambda s: f"{s[0]}x{s[1]}"
)
def test_card_fills_the_canvas_and_its_text_stands_out(size: tuple[int, int]) -> None:
    card = starting_card(size)
    width, height = size
    assert card.shape == (height, width, 3)
    assert card.dtype == np.uint8
    assert card.flags.c_contiguous
    assert card.flags.writeable
    bright = card.min(axis=2) > 150
    rows = np.flatnonzero(bright.any(axis=1))
    columns = np.flatnonzero(bright.any(axis=0))
    assert rows[-1] - rows[0] >= 12
    assert columns[-1] - columns[0] >= 0.4 * width
    margins = np.concatenate([card[:, :4].ravel(), card[:, -4:].ravel(), card[:4].ravel()])
    assert margins.max() < 80


def test_long_text_is_made_smaller_until_it_fits() -> None:
    card = starting_card((320, 240), title="the model is being fetched, 3 of 4 megabytes so far")
    bright = (card.min(axis=2) > 150).any(axis=0)
    assert not bright[:10].any()
    assert not bright[-10:].any()
    assert bright[20:-20].any()


def test_texts_differ() -> None:
    assert (starting_card((320, 240), detail="a") != starting_card((320, 240), detail="b")).any()
