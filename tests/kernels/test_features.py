"""The painters of eyes and mouths: equal to their NumPy twins, and keeping their promises."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.kernels.feature_twins import (
    SKIN,
    WHITE,
    Array,
    Eye,
    Lids,
    Mouth,
    canvas,
    eye_reference,
    from_lips,
    lids_reference,
    mouth_reference,
    opening,
    rims,
    teeth_shade_reference,
)

SEEDS = st.integers(0, 2**32 - 1)
DARK = np.full((2, 3), 20.0)


def unit_axis(random: np.random.Generator) -> tuple[float, float]:
    angle = random.uniform(-0.7, 0.7)
    return float(np.cos(angle)), float(np.sin(angle))


def random_picture(random: np.random.Generator, channels: int) -> NDArray[np.uint8]:
    height, width = random.integers(11, 60, 2)
    return random.integers(0, 256, (height, width, channels), np.uint8)


def random_sprite(random: np.random.Generator) -> NDArray[np.uint8]:
    """A sprite ends transparent: what rounding makes of a hard edge is not what is tested."""
    sprite = random_picture(random, 4)
    sprite[[0, -1], :, 3] = sprite[:, [0, -1], 3] = 0
    return sprite


def random_map(random: np.random.Generator) -> tuple[float, ...]:
    low, high = [0.7, -0.3, -20, -0.3, 0.7, -20], [1.3, 0.3, 5, 0.3, 1.3, 5]
    return tuple(random.uniform(low, high))


def random_box(random: np.random.Generator) -> tuple[int, int, int, int]:
    left, top, right, bottom = random.integers([0, 0, 50, 30], [30, 20, 80, 50])
    return int(left), int(top), int(right), int(bottom)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_an_eye_equals_its_numpy_twin_within_one_grey_level(seed: int) -> None:
    random = np.random.default_rng(seed)
    eye = Eye(
        frame=(*random.uniform([20, 15], [60, 35]), *unit_axis(random), random.uniform(8, 35)),
        rims=rims(*random.uniform(0, 14, 2)),
        source_frame=(25, 20, *unit_axis(random), random.uniform(8, 25)),
        source_rims=rims(*random.uniform(2, 12, 2)),
        iris=(*random.uniform(15, 45, 4), random.uniform(3, 14), *random.uniform(-1.3, 1.3, 2)),
        sclera=random_picture(random, 3),
        iris_picture=random_picture(random, 3),
        light=random.uniform(0.5, 1.5),
        strength=random.uniform(0, 1),
        box=random_box(random),
    )
    out = random.integers(0, 256, (50, 80, 3), np.uint8)
    expected = eye_reference(eye, out)
    assert np.abs(eye.paint(out) - expected).max() <= 1


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_a_mouth_equals_its_numpy_twin_within_one_grey_level(seed: int) -> None:
    random = np.random.default_rng(seed)
    mouth = Mouth(
        light=0.7,
        frame=(*random.uniform([20, 15], [60, 35]), *unit_axis(random), random.uniform(8, 35)),
        rims=rims(*random.uniform(0, 16, 2)),
        upper_map=random_map(random),
        lower_map=random_map(random),
        upper_teeth=random_sprite(random),
        lower_teeth=random_sprite(random),
        colours=random.uniform(0, 255, (2, 3)),
        strength=random.uniform(0, 1),
        box=random_box(random),
    )
    out = random.integers(0, 256, (50, 80, 3), np.uint8)
    expected = mouth_reference(mouth, out)
    assert np.abs(mouth.paint(out) - expected).max() <= 1


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_the_shade_of_teeth_equals_its_numpy_twin(seed: int) -> None:
    random = np.random.default_rng(seed)
    mouth = Mouth(
        frame=(*random.uniform([20, 15], [60, 35]), *unit_axis(random), random.uniform(8, 35)),
        rims=rims(*random.uniform(0, 16, 2)),
    )
    shape = (50, 80)
    below_upper, above_lower = from_lips(mouth, shape)
    # On the rim itself rounding says whether a pixel is between the lips.
    sure = np.minimum(np.abs(below_upper), np.abs(above_lower)) > 1e-3
    off = mouth.shade(shape) - teeth_shade_reference(mouth, shape)
    assert np.abs(off[sure]).max() < 1e-3


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_lids_equal_their_numpy_twin_within_three_grey_levels(seed: int) -> None:
    random = np.random.default_rng(seed)
    lids = Lids(
        frame=(*random.uniform([20, 15], [60, 35]), *unit_axis(random), random.uniform(8, 35)),
        rims=rims(*random.uniform(-2, 12, 2)),
        source_frame=(25, 20, *unit_axis(random), random.uniform(8, 25)),
        skin=random_sprite(random),
        lash=random.uniform(0, 60, 3),
        light=random.uniform(0.5, 1.5),
        above=random.uniform(0, 1),
        below=random.uniform(0, 1),
        lashes=random.uniform(0, 1),
        box=random_box(random),
    )
    out = random.integers(0, 256, (50, 80, 3), np.uint8)
    expected = lids_reference(lids, out)
    # Lashes of under a hundredth are left out: 2.6 grey levels, and 0.5 for rounding.
    assert np.abs(lids.paint(out) - expected).max() <= 3.1


@pytest.mark.parametrize("part", [Eye(), Mouth()], ids=["eye", "mouth"])
def test_only_the_opening_is_painted(part: Eye | Mouth) -> None:
    out = part.paint(canvas())
    u, q, upper, lower = opening(part, out.shape)
    # Half a pixel of soft edge, measured across a rim that is steep towards the corners.
    outside = (np.abs(u) >= 1) | (q < upper - 0.8) | (q > lower + 0.8)
    well_inside = (np.abs(u) < 0.95) & (q > upper + 2) & (q < lower - 2)
    assert (out[outside] == SKIN).all()
    assert (out[well_inside] != SKIN).any(axis=1).all()


@pytest.mark.parametrize("part", [Eye(), Mouth()], ids=["eye", "mouth"])
def test_pixels_outside_the_box_are_left_alone(part: Eye | Mouth) -> None:
    out = replace(part, box=(20, 20, 45, 26)).paint(canvas())
    assert (out[20:26, 20:45] == part.paint(canvas())[20:26, 20:45]).all()
    out[20:26, 20:45] = SKIN
    assert (out == SKIN).all()


@pytest.mark.parametrize("part", [Eye(), Mouth()], ids=["eye", "mouth"])
def test_strength_fades_the_painting(part: Eye | Mouth) -> None:
    full = part.paint(canvas()).astype(float)
    half = replace(part, strength=0.5).paint(canvas())
    assert (replace(part, strength=0.0).paint(canvas()) == SKIN).all()
    assert np.abs(half - (full + SKIN) / 2).max() <= 1


@pytest.mark.parametrize("part", [Eye(), Mouth()], ids=["eye", "mouth"])
@pytest.mark.parametrize(
    "shut", [rims(-3, -3), rims(np.nan, 5)], ids=["rims crossed", "not a number"]
)
def test_what_is_not_open_is_not_painted(part: Eye | Mouth, shut: Array) -> None:
    inner = replace(part, rims=shut).paint(canvas())[:, 16:64]
    assert (inner == SKIN).all()


@pytest.mark.parametrize("shift_px", [-7.0, 0.0, 7.0])
def test_the_iris_goes_where_it_is_wanted(shift_px: float) -> None:
    out = Eye(iris=(40 + shift_px, 25, 30, 20, 6, 1, 0)).paint(canvas())
    dark = np.argwhere(out[..., 0] < 40) + 0.5
    assert dark.mean(axis=0) == pytest.approx([25, 40 + shift_px], abs=0.5)


def test_closing_lids_cover_the_iris_and_do_not_squeeze_it() -> None:
    def iris_height(lids: Array) -> int:
        return int((Eye(rims=lids).paint(canvas())[:, 40, 0] < 40).sum())

    def iris_width(lids: Array) -> int:
        return int((Eye(rims=lids).paint(canvas())[25, :, 0] < 40).sum())

    wide, narrow = rims(14, 14), rims(4, 4)
    assert iris_height(wide) >= 16
    assert iris_height(narrow) <= 8
    assert iris_width(wide) == iris_width(narrow)


def test_the_white_is_stretched_with_the_lids() -> None:
    sclera = WHITE.copy()
    sclera[:20] = 150  # upper half of the resting opening
    far_iris = (500, 500, 30, 20, 6, 1, 0)
    column = Eye(rims=rims(4, 16), sclera=sclera, iris=far_iris).paint(canvas())[:, 40, 0]
    # The opening goes from row 21 to 41: its middle is where the halves meet.
    assert column[24:30].tolist() == [150] * 6
    assert column[32:38].tolist() == [220] * 6


def test_lid_skin_lies_outside_the_opening_and_lashes_on_its_upper_edge() -> None:
    skin = np.full((50, 80, 4), 255, np.uint8)
    column = Lids(rims=rims(6, 10), skin=skin).paint(canvas())[:, 40, 0]
    # The opening goes from row 19 to 35.
    assert (column[:10] == 255).all()
    assert column[18:20].max() < 80
    assert (column[32:34] == SKIN).all()
    assert (column[36:] == 255).all()
    assert column[23].max() < column[14].min(), "they hang"


def test_lids_have_a_share_each_and_their_own_alpha() -> None:
    upper_only = Lids(below=0.0).paint(canvas())
    assert (upper_only[5, 30:50] == 255).all()
    assert (upper_only[45, 30:50] == SKIN).all()
    assert (Lids(above=0.0, below=0.0, lashes=0.0).paint(canvas()) == SKIN).all()
    bare = Lids(skin=np.zeros((50, 80, 4), np.uint8), lash=np.array([SKIN] * 3)).paint(canvas())
    assert (bare == SKIN).all()


def ruled_teeth() -> NDArray[np.uint8]:
    """White, with one dark line down column 25."""
    sprite = np.full((12, 60, 4), 255, np.uint8)
    sprite[:, 25, :3] = 0
    return sprite


def test_teeth_stay_where_the_head_puts_them_while_lips_move() -> None:
    def teeth(lips: Array) -> NDArray[np.uint8]:
        return Mouth(upper_teeth=ruled_teeth(), rims=lips, colours=DARK).paint(canvas())

    for out in (teeth(rims(8, 6)), teeth(rims(16, 24))):
        # The sprite's line down column 25 is drawn 10 to the right, its last row at 10 + 11.
        assert (out[17:22, 35] < 40).all()
        assert (out[17:22, [32, 38]] > 100).all()
        assert (out[22, 30:50] < 100).all()


def test_lower_teeth_follow_the_jaw_alone() -> None:
    both = Mouth(upper_teeth=ruled_teeth(), lower_teeth=ruled_teeth(), colours=DARK)
    dropped = replace(both, lower_map=(1, 0, -10.5, 0, 1, -32.5))
    before, after = both.paint(canvas()), dropped.paint(canvas())
    assert (before[:22] == after[:22]).all()
    assert before[30, 45, 0] > 120
    assert after[30, 45, 0] < 100
    assert after[34, 45, 0] > 60


def test_upper_teeth_hide_lower_ones() -> None:
    red, blue = np.zeros((12, 60, 4), np.uint8), np.zeros((12, 60, 4), np.uint8)
    red[..., [0, 3]], blue[..., [2, 3]] = 255, 255
    one_place = Mouth().upper_map
    out = Mouth(upper_teeth=red, lower_teeth=blue, lower_map=one_place).paint(canvas())
    assert out[18, 40, 0] > 150
    assert out[18, 40, 2] == 0


def test_the_tongue_shows_only_in_a_tall_opening() -> None:
    tall, low = Mouth(rims=rims(8, 22)).paint(canvas()), Mouth(rims=rims(2, 2)).paint(canvas())
    assert tall[36, 40, 0] > 100
    assert low[22, 40, 0] < 40
