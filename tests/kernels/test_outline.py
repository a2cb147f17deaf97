"""Outlines of folded meshes: equal to a NumPy twin, and straight where they were stairs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from realtime.kernels.outline import soften_outlines

WINDOW = (0, 0, 40, 30)
EDGES = np.array([[0, 1, 2, 3]], np.int32)
Pixels = NDArray[np.uint8]


def soften(
    vertices: NDArray[np.float64],
    out: Pixels,
    *,
    depth: float = 0.0,
    window: tuple[int, int, int, int] = WINDOW,
) -> Pixels:
    """Two triangles on the edge from vertex 0 to 1, at depth 0, over what is drawn at `depth`."""
    result = out.copy()
    soften_outlines(
        vertices.astype(np.float32), np.zeros(len(vertices), np.float32), EDGES,
        np.array(window), np.full(out.shape[:2], depth, np.float32), 3.0, result,
    )  # fmt: skip
    return result


def reference(vertices: NDArray[np.float64], out: Pixels) -> NDArray[np.float64]:
    """What becomes of every pixel when none of those that it looks at has changed before."""
    a, b, c, d = vertices
    length = np.hypot(*(b - a))
    along_line = (b - a) / length
    normal = np.array([-along_line[1], along_line[0]])
    sides = (c - a) @ normal, (d - a) @ normal
    expected = out.astype(float)
    if sides[0] * sides[1] <= 0:
        return expected
    normal *= np.sign(sides[0])
    ys, xs = np.mgrid[: out.shape[0], : out.shape[1]] + 0.5
    along = (xs - a[0]) * along_line[0] + (ys - a[1]) * along_line[1]
    across = (xs - a[0]) * normal[0] + (ys - a[1]) * normal[1]
    way = np.where(across >= 0, -1.2, 1.2)
    there_x = np.floor(xs + way * normal[0]).astype(int)
    there_y = np.floor(ys + way * normal[1]).astype(int)
    inside = (there_x >= 0) & (there_x < out.shape[1]) & (there_y >= 0) & (there_y < out.shape[0])
    on_line = (along >= 0) & (along < length) & (np.abs(across) < 0.5) & inside
    share = np.where(on_line, 0.5 - np.abs(across), 0.0)[..., None]
    beyond = out[np.clip(there_y, 0, out.shape[0] - 1), np.clip(there_x, 0, out.shape[1] - 1)]
    covered: NDArray[np.float64] = expected + share * (beyond - expected)
    return covered


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_an_outline_equals_its_numpy_twin_within_one_grey_level(seed: int) -> None:
    random = np.random.default_rng(seed)
    vertices = random.uniform([-4, -4], [44, 34], (4, 2)).astype(np.float32).astype(float)
    # Slow changes: a pixel changed before the one that looks at it counts for less than a level.
    ys, xs = np.mgrid[:30, :40]
    out = np.stack([100 + ys // 4, 100 + xs // 4, 150 - xs // 4], axis=-1).astype(np.uint8)
    assert np.abs(soften(vertices, out) - reference(vertices, out)).max() <= 1.0


def slanted(third: float, fourth: float) -> tuple[NDArray[np.float64], Pixels, NDArray[np.float64]]:
    """Triangles that lie so far to the right of a slanted edge, drawn white without softness.

    Also gives the true coverage of rows 5 to 25.
    """
    vertices = np.array([[14.03, 0], [20.03, 30], [17 + third, 15], [17 + fourth, 15]])
    at = 14.03 + 6 * (np.arange(30)[:, None] + 0.5) / 30
    right_of = np.arange(40)[None] + 0.5 - at
    drawn = np.where(right_of > 0, 255, 0).astype(np.uint8)
    coverage = np.clip(right_of + 0.5, 0, 1)[5:25]
    return vertices, np.repeat(drawn[..., None], 3, axis=2), coverage


def test_stairs_become_a_straight_line() -> None:
    vertices, stairs, coverage = slanted(15, 10)
    soft = soften(vertices, stairs)[5:25, :, 0] / 255
    assert np.abs(stairs[5:25, :, 0] / 255 - coverage).max() > 0.4
    assert np.abs(soft - coverage).max() < 0.1


@pytest.mark.parametrize(
    ("sides", "depth"),
    [
        pytest.param((15, -15), 0.0, id="a surface that goes on"),
        pytest.param((15, 10), -9.0, id="an outline behind what is drawn"),
        pytest.param((15, np.nan), 0.0, id="not a number"),
    ],
)
def test_what_is_no_visible_outline_is_left_alone(sides: tuple[float, float], depth: float) -> None:
    vertices, drawn, _ = slanted(*sides)
    assert (soften(vertices, drawn, depth=depth) == drawn).all()


def test_pixels_outside_the_window_are_left_alone() -> None:
    vertices, drawn, _ = slanted(15, 10)
    soft = soften(vertices, drawn, window=(0, 10, 40, 20))
    assert (soft[:10] == drawn[:10]).all()
    assert (soft[20:] == drawn[20:]).all()
    assert (soft[10:20] != drawn[10:20]).any()
