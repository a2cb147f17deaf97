"""Travel: each expression gets the skin and the motion that are its own."""

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.models.face_mesh import CHIN, LEFT_BROW, RIGHT_BROW, FaceMesh
from realtime.motion.geometry import Shape
from realtime.motion.travel import brow_travel, mouth_travel
from realtime.types import LANDMARK_COUNT

UPPER, LOWER = [*RIGHT_BROW[5:], *LEFT_BROW[5:]], [*RIGHT_BROW[:5], *LEFT_BROW[:5]]
BROWS = [*RIGHT_BROW, *LEFT_BROW]
FRAMES = 80
STILL = np.zeros((FRAMES, 3))
HAIRLINE, UNDER_BROW = 10, 223


@pytest.fixture
def rest(mesh: FaceMesh) -> Shape:
    """The canonical face, irises in its eyes."""
    shape = np.zeros((LANDMARK_COUNT, 3))
    shape[: len(mesh.vertices)] = mesh.vertices * (1, -1, -1)
    shape[len(mesh.vertices) :] = shape[133]
    return shape


def scores(*seeds: int) -> NDArray[np.float64]:
    """(80, n) of n expressions, each made now and then and by itself."""
    return np.stack([np.random.default_rng(seed).uniform(0.0, 1.0, FRAMES) for seed in seeds], 1)


def down(amount_cm: NDArray[np.float64], landmarks: list[int]) -> Shape:
    changes = np.zeros((FRAMES, LANDMARK_COUNT, 3))
    changes[:, landmarks, 1] = amount_cm[:, None]
    return changes


def test_a_frown_is_no_part_of_the_smile_that_comes_with_it(rest: Shape) -> None:
    (frown,) = scores(1).T
    smile = np.stack([frown, frown], axis=1)
    changes = down(0.5 * frown, BROWS) + down(-0.3 * frown, [CHIN])
    mouth = mouth_travel(smile, STILL, changes, rest).sum(axis=0)
    brows = brow_travel(frown[:, None], STILL, changes, rest)[0]
    assert mouth[BROWS] == pytest.approx(0.0, abs=1e-9)
    assert mouth[CHIN, 1] == pytest.approx(-0.3, abs=0.02)
    assert brows[BROWS, 1] == pytest.approx(0.5, abs=0.03)
    assert brows[CHIN] == pytest.approx(0.0, abs=1e-6)


def test_brows_carry_the_skin_round_them_along(rest: Shape) -> None:
    frown = scores(1)
    brows = brow_travel(frown, STILL, down(0.5 * frown[:, 0], BROWS), rest)[0]
    assert 0.3 < brows[UNDER_BROW, 1] < 0.5
    assert abs(brows[HAIRLINE, 1]) < 0.05


def test_a_brow_is_not_drawn_out(rest: Shape) -> None:
    frown = scores(1)
    brows = brow_travel(frown, STILL, down(0.5 * frown[:, 0], UPPER), rest)[0]
    thicker = brows[LOWER, 1] - brows[UPPER, 1]
    assert np.abs(thicker).mean() < 0.2
    assert brows[BROWS, 1].mean() == pytest.approx(0.25, abs=0.03)


def test_what_goes_with_the_turn_of_the_head_is_no_expression(rest: Shape) -> None:
    frown, nod = scores(1, 2).T
    nod += 0.8 * frown
    turns = np.stack([nod, 0.0 * nod, 0.0 * nod], axis=1)
    changes = down(0.5 * frown + 0.4 * nod, [*BROWS, CHIN])
    brows = brow_travel(frown[:, None], turns, changes, rest)[0]
    mouth = mouth_travel(frown[:, None], turns, changes, rest)[0]
    assert brows[BROWS, 1] == pytest.approx(0.5, abs=0.06)
    assert mouth[CHIN, 1] == pytest.approx(0.5, abs=0.06)


def test_a_brow_travels_as_one_piece(rest: Shape) -> None:
    """Its inner half comes down, as landmarks may say: it tilts, and has no corner."""
    frown = scores(1)
    inner = [each for brow in (RIGHT_BROW, LEFT_BROW) for each in _inner_half(rest, brow)]
    brows = brow_travel(frown, STILL, down(0.5 * frown[:, 0], inner), rest)[0]
    for brow in (list(RIGHT_BROW), list(LEFT_BROW)):
        across, travel = rest[brow, 0], brows[brow, 1]
        tilt = np.polyfit(across, travel, 1)
        assert abs(tilt[0]) > 0.05
        assert travel == pytest.approx(np.polyval(tilt, across), abs=0.06)


def _inner_half(rest: Shape, brow: tuple[int, ...]) -> list[int]:
    return sorted(brow, key=lambda each: abs(float(rest[each, 0])))[: len(brow) // 2]
