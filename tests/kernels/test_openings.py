import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from realtime.kernels.openings import box_round, measure_rims

Array = NDArray[np.float32]
Box = NDArray[np.int64]
SAMPLES = 49


def measured(corners: Array, upper: Array, lower: Array) -> tuple[Array, Array, float]:
    frame, rims = np.full(5, 7, np.float32), np.full((2, SAMPLES), 7, np.float32)
    # Among other landmarks, so that one that is wrongly taken is seen.
    landmarks = np.concatenate([np.full_like(upper, -99), lower, corners, upper])
    numbers = np.arange(len(landmarks))[len(upper) :]
    below, ends, above = np.split(numbers, [len(lower), len(lower) + 2])
    gap = measure_rims(landmarks, ends, above, below, frame, rims)
    return frame, rims, gap


def box(frame: Array, rims: Array, margin: float, window: tuple[int, int, int, int]) -> Box:
    out = np.full(4, 7)
    box_round(frame, rims, margin, window, out)
    return out


def twin(corners: Array, upper: Array, lower: Array) -> tuple[Array, Array]:
    right_corner, left_corner = corners[:, :2].astype(np.float64)
    centre = (right_corner + left_corner) / 2
    axis = (left_corner - right_corner) / np.linalg.norm(left_corner - right_corner)
    to_frame = np.array([[axis[0], -axis[1]], [axis[1], axis[0]]])
    border = np.vstack([right_corner, upper[:, :2], left_corner, lower[::-1, :2]])
    border = (border - centre) @ to_frame
    border = np.roll(border, -int(np.argmin(border[:, 0])), axis=0)
    last = int(np.argmax(border[:, 0]))
    half, middle = np.ptp(border[:, 0]) / 2, (border[0, 0] + border[last, 0]) / 2
    border[:, 0] = (border[:, 0] - middle) / half
    rims = []
    for rim in (border[: last + 1], np.vstack([border[:1], border[last:][::-1]])):
        points = rim[np.argsort(rim[:, 0], kind="stable")]
        rims.append(np.interp(np.linspace(-1, 1, SAMPLES), *points.T))
    frame = [*(centre + middle * axis), *axis, half]
    return np.array(frame, np.float32), np.array(rims, np.float32)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_an_opening_measures_as_its_numpy_twin_does(seed: int, folded: bool) -> None:
    random = np.random.default_rng(seed)
    low, high = [[20, 90, 0], [120, 60, 0]], [[60, 120, 9], [200, 140, 9]]
    corners: Array = random.uniform(low, high).astype(np.float32)
    rims = []
    for count in random.integers(3, 13, 2):
        share = random.uniform(-0.2 if folded else 0.05, 1.2 if folded else 0.95, count)
        share = share if folded else np.sort(share)
        along = corners[0] + share[:, None] * (corners[1] - corners[0])
        rims.append((along + random.normal(0, 6, (count, 3))).astype(np.float32))
    frame, found, gap = measured(corners, *rims)
    expected_frame, expected = twin(corners, *rims)
    np.testing.assert_allclose(frame, expected_frame, rtol=1e-5)
    assert gap == (found[1] - found[0]).max()
    # Where two points stand one above the other, rounding decides which side a sample takes.
    off = np.abs(found - expected) > 0.01
    assert off.mean() <= (0.03 if folded else 0.0)


def test_rims_are_below_the_line_between_the_corners_as_the_picture_turns() -> None:
    upper = np.array([[1, -2], [0, -4], [-1, -2]], np.float32)[::-1]
    lower = np.array([[-1, 1], [0, 3], [1, 1]], np.float32)
    corners = np.array([[-2, 0], [2, 0]], np.float32)
    for angle in (0.0, 0.6):
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        parts = [(part @ turn + (50, 30)).astype(np.float32) for part in (corners, upper, lower)]
        frame, rims, gap = measured(*parts)
        assert gap == pytest.approx(7, abs=1e-4)
        np.testing.assert_allclose(frame, [50, 30, np.cos(angle), np.sin(angle), 2], atol=1e-4)
        np.testing.assert_allclose(rims[:, SAMPLES // 2], [-4, 3], atol=1e-4)
        np.testing.assert_allclose(rims[:, [0, -1]], 0.0, atol=1e-4)


def test_rims_of_rounded_lips_hold_what_bulges_beyond_the_corners() -> None:
    """An octagon whose corners are not its widest points."""
    corners = np.array([[-2, -1], [2, -1]], np.float32)
    upper = np.array([[-1, -2], [1, -2]], np.float32)
    lower = np.array([[-3, 1], [-1, 2], [1, 2], [3, 1]], np.float32)
    frame, rims, gap = measured(corners, upper, lower)
    np.testing.assert_allclose(frame, [0, -1, 1, 0, 3], atol=1e-6)
    area = np.trapezoid(rims[1] - rims[0], dx=6 / (SAMPLES - 1))
    assert area == pytest.approx(17, rel=0.01)
    assert gap == pytest.approx(4, abs=1e-6)


@pytest.mark.parametrize("where", [0, 1, 2])
def test_a_nan_stays_one_for_the_painters_to_see(where: int) -> None:
    parts = [
        np.array([[0, 0], [10, 0]], np.float32),
        np.array([[5, -2]], np.float32),
        np.array([[5, 2]], np.float32),
    ]
    parts[where][0, 1] = np.nan
    frame, rims, gap = measured(*parts)
    assert np.isnan(gap)
    assert not np.isfinite(frame.sum() + rims.sum())
    assert not box(frame, rims, 3.0, (0, 0, 100, 100)).any(), "nothing to paint"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 2), st.floats(0, 30))
def test_a_box_holds_the_rims_and_their_margin_and_stays_in_the_window(
    seed: int, count: int, margin: float
) -> None:
    random = np.random.default_rng(seed)
    window = (10, 20, 150, 110)
    angle, half = random.uniform(0, 2 * np.pi), random.uniform(3, 60)
    axis = np.array([np.cos(angle), np.sin(angle)])
    centre = random.uniform(0, 160, 2)
    rims = random.uniform(-20, 20, (count, SAMPLES)).astype(np.float32)
    frame = np.array([*centre, *axis, half], np.float32)
    along = np.linspace(-half, half, SAMPLES)[:, None] * axis
    points = np.concatenate([centre + along + q[:, None] * (-axis[1], axis[0]) for q in rims])
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    left, top, right, bottom = box(frame, rims, margin, window)
    for found, edge in ((left, max(10.0, low[0] - 1)), (top, max(20.0, low[1] - 1))):
        assert edge - 1.01 <= found <= edge + 0.01
    for found, edge in ((right, min(150.0, high[0] + 2)), (bottom, min(110.0, high[1] + 2))):
        assert edge - 0.01 <= found <= edge + 1.01
