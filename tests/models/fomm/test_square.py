import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.models.face_mesh import OVAL
from realtime.models.fomm.square import Square, square_of
from realtime.types import RGB


def ramp(width: int, height: int) -> RGB:
    """Red tells x, green tells y."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.dstack([x, y, np.zeros_like(x)]).astype(np.uint8)


def test_whole_picture_is_itself() -> None:
    picture = ramp(64, 64)
    assert np.array_equal(Square(0, 0, 64).cut(picture, 64), picture)


@pytest.mark.parametrize("size", [32, 64, 128])
def test_cut_keeps_places(size: int) -> None:
    """Whatever the size, the middle of the cut shows the middle of the square."""
    cut = Square(40, 60, 64).cut(ramp(200, 200), size).astype(int)
    middle = cut[size // 2 - 1 : size // 2 + 1, size // 2 - 1 : size // 2 + 1].mean(axis=(0, 1))
    np.testing.assert_allclose(middle[:2], [71.5, 91.5], atol=0.6)


def test_edges_are_repeated_beyond_the_picture() -> None:
    picture = np.full((50, 50, 3), 9, np.uint8)
    picture[0] = 200
    cut = Square(0, -25, 50).cut(picture, 50)
    assert (cut[:25] == 200).all()
    assert (cut[26:] == 9).all()


def test_moved_square_keeps_its_middle_when_it_grows() -> None:
    square = Square(10, 20, 40).moved(np.array([5.0, -2.0]), 1.5)
    np.testing.assert_allclose(square.middle, [35, 38])
    assert square.side == pytest.approx(60)


def test_face_fills_a_little_more_than_half_of_its_square(avatar: Avatar) -> None:
    square = square_of(avatar.face.landmarks)
    oval = avatar.face.landmarks[list(OVAL), 1]
    assert np.ptp(oval) / square.side == pytest.approx(0.56, abs=0.01)
    assert square.top < oval.min()
    assert oval.max() < square.top + square.side
