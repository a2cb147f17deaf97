import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.kernels.unfold import push_open

Array = NDArray[np.float64]
RANDOM = np.random.default_rng(12)


def twin(
    points: Array, triangles: NDArray[np.intp], sign: Array, least: Array, rounds: int, eager: float
) -> int:
    """The same by whole arrays."""
    for done in range(rounds):
        x, y = points[:, 0][triangles.T], points[:, 1][triangles.T]
        areas = ((x[1] - x[0]) * (y[2] - y[0]) - (y[1] - y[0]) * (x[2] - x[0])) / 2
        lacking = least - areas * sign
        folded = np.flatnonzero(lacking > 0.0)
        if not len(folded):
            return done
        corners = triangles[folded]
        opposite = (
            points[np.roll(corners, -2, axis=1), :2] - points[np.roll(corners, -1, axis=1), :2]
        )
        gradient = 0.5 * np.stack([-opposite[..., 1], opposite[..., 0]], axis=-1)
        gradient *= sign[folded, None, None]
        power = np.maximum((gradient**2).sum(axis=(1, 2)), 1e-9)
        step = eager * (lacking[folded] / power)[:, None, None] * gradient
        count = np.bincount(corners.ravel(), minlength=len(points))
        for axis in (0, 1):
            total = np.bincount(corners.ravel(), step[..., axis].ravel(), minlength=len(points))
            points[:, axis] += total / np.maximum(count, 1)
    return rounds


def grid(side: int) -> tuple[Array, NDArray[np.intp]]:
    """A square sheet of triangles in three dimensions."""
    rows, columns = np.mgrid[0:side, 0:side]
    points = np.stack([columns, rows, np.zeros_like(rows)], axis=-1).reshape(-1, 3)
    corner = np.arange(side * side).reshape(side, side)
    first = [corner[:-1, :-1], corner[:-1, 1:], corner[1:, :-1]]
    second = [corner[1:, 1:], corner[1:, :-1], corner[:-1, 1:]]
    triangles = np.vstack([np.stack(each, axis=-1).reshape(-1, 3) for each in (first, second)])
    return points.astype(np.float64), triangles.astype(np.intp)


@pytest.mark.parametrize("trembling", [0.0, 0.3, 0.8, 3.0])
@pytest.mark.parametrize("rounds", [1, 40])
@pytest.mark.parametrize("mirrored", [False, True])
def test_it_pushes_as_its_numpy_twin_does(trembling: float, rounds: int, mirrored: bool) -> None:
    points, triangles = grid(7)
    if mirrored:
        points[:, 0] *= -1
    points += RANDOM.normal(0.0, trembling, points.shape)
    points[triangles[3]] = points[triangles[3][0]]  # of no size at all
    sign = np.full(len(triangles), -1.0 if mirrored else 1.0)
    least = np.where(RANDOM.uniform(size=len(triangles)) < 0.2, -np.inf, 0.05)
    expected, depth = points.copy(), points[:, 2].copy()
    moved = push_open(points, triangles, sign, least, rounds, 1.5, np.empty_like(points))
    assert moved == twin(expected, triangles, sign, least, rounds, 1.5)
    np.testing.assert_allclose(points, expected, rtol=1e-6, atol=1e-8)
    assert np.array_equal(points[:, 2], depth)


def test_a_sound_sheet_is_left_alone() -> None:
    points, triangles = grid(4)
    before = points.copy()
    sign, least = np.ones(len(triangles)), np.full(len(triangles), 0.2)
    assert push_open(points, triangles, sign, least, 9, 2.0, np.empty_like(points)) == 0
    assert np.array_equal(points, before)


def test_a_corner_pulled_over_its_neighbour_goes_back() -> None:
    points, triangles = grid(3)
    points[4, 0] += 1.3
    sign, least = np.ones(len(triangles)), np.full(len(triangles), 0.05)
    moved = push_open(points, triangles, sign, least, 60, 1.5, np.empty_like(points))
    assert 0 < moved < 60
    assert points[4, 0] < points[5, 0]
