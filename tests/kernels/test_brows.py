import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from realtime.kernels.brows import draw_skin_out, sound_share

Array = NDArray[np.float64]
LIDS = np.array([(0, 2), (1, 3)])
ENDS = np.array([(2, 4), (3, 5)])
MOVED = np.array([(6, 7), (8, 9)])
SHARES = np.array([(0.3, 0.7), (0.4, 0.6)])
MOST = np.array([0.5, 0.2])
FOLD_SHARE, DRAWN = 0.35, 0.1
LEAST, SLIVER = 0.1, 0.5


def twin(told: Array, still: Array, up: Array) -> Array:
    """`draw_skin_out` by whole arrays."""
    lids, folds = LIDS.T
    opened = np.maximum((told[lids] - still[lids]) @ up, 0.0)
    went = told[folds] - still[folds]
    went -= (1.0 - FOLD_SHARE) * np.maximum(went @ up - opened, 0.0)[:, None] * up
    tops = ENDS[:, 1]
    further = told[tops] - still[tops] - went
    column = still[tops] - still[folds]
    longer = (further * column).sum(axis=1) / np.maximum((column**2).sum(axis=1), 1e-6)
    by_skin = np.minimum(longer, MOST)[:, None] * (np.array([0.0, 1.0]) - SHARES)
    there = still[MOVED] + went[:, None] + SHARES[..., None] * further[:, None]
    there += by_skin[..., None] * column[:, None]
    wanted = told.copy()
    wanted[folds] = still[folds] + went
    wanted[MOVED] += np.clip(longer / DRAWN, 0.0, 1.0)[:, None, None] * (there - told[MOVED])
    return wanted


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-30.0, 60.0))
def test_skin_is_drawn_out_as_its_numpy_twin_draws_it(seed: int, rise: float) -> None:
    random = np.random.default_rng(seed)
    still = random.uniform(-5, 5, (11, 2))
    still[:, 1] -= np.array([0, 0, 10, 10, 40, 40, 20, 30, 20, 30, 0])
    told = still + random.normal(0, 3, still.shape)
    told[:, 1] -= rise * np.array([0, 0, 0.4, 0.4, 1, 1, 0.6, 0.8, 0.6, 0.8, 0])
    angle = random.uniform(-3, 3)
    up = np.array([np.sin(angle), -np.cos(angle)])
    turn = np.array([[-up[1], up[0]], [-up[0], -up[1]]])
    told, still = told @ turn, still @ turn
    wanted = told.copy()
    draw_skin_out(told, still, up, LIDS, ENDS, MOVED, SHARES, MOST, FOLD_SHARE, DRAWN, wanted)
    np.testing.assert_allclose(wanted, twin(told, still, up), rtol=1e-9, atol=1e-9)


def areas(points: Array, triangles: NDArray[np.int64]) -> Array:
    first = points[triangles[:, 1]] - points[triangles[:, 0]]
    second = points[triangles[:, 2]] - points[triangles[:, 0]]
    result: Array = (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    return result


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 12.0))
def test_no_triangle_folds_over_and_the_way_ends_where_the_first_one_would(
    seed: int, far: float
) -> None:
    random = np.random.default_rng(seed)
    start = random.uniform(0, 10, (8, 2))
    triangles = np.array([random.choice(8, 3, replace=False) for _ in range(6)])
    backwards = areas(start, triangles) < 0
    triangles[backwards] = triangles[backwards, ::-1]
    end = start + random.normal(0, far, start.shape)
    share = sound_share(start, end, triangles, LEAST, SLIVER)
    bound = LEAST * areas(start, triangles) - SLIVER

    def spare(gone: float) -> float:
        return float((areas(start + gone * (end - start), triangles) - bound).min())

    assert 0.0 < share <= 1.0
    assert spare(share) > -1e-9
    assert share == 1.0 or spare(share) < 1e-9


def test_a_triangle_that_faces_away_from_the_start_holds_nothing_back() -> None:
    start = np.array([[0.0, 0.0], [0.0, 9.0], [9.0, 0.0]])
    end = start + np.array([3.0, 1.0])
    assert areas(start, np.array([[0, 1, 2]]))[0] < 0
    assert sound_share(start, end, np.array([[0, 1, 2]]), LEAST, SLIVER) == 1.0
