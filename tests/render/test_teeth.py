"""The drawn rows of teeth, as sprites."""

import numpy as np
import pytest

from realtime.render.teeth import EDGE_ROWS, LOWER_RISE, draw_teeth, enamel_beside, flesh

SKIN = np.array([205.0, 165.0, 140.0])


@pytest.mark.parametrize("unit_px", [30, 41, 64])
def test_teeth_of_a_small_face_are_parted_alike_on_both_sides(unit_px: int) -> None:
    upper, _ = draw_teeth(unit_px, SKIN, enamel_beside(SKIN))
    row = upper[-EDGE_ROWS - round(0.06 * unit_px), :, :3].mean(axis=1)
    middle = len(row) // 2
    right, left = row[middle:], row[:middle][::-1][: len(row) - middle]
    shown = round(0.3 * unit_px)
    assert np.abs(right[:shown] - left[:shown]).max() < 0.12 * row.max()
    # The first gap beside the middle, where a tooth of 0.128 ends.
    gap = round(0.128 * unit_px)
    assert right[gap - 1 : gap + 2].min() < 0.97 * right[round(0.064 * unit_px)]


def test_teeth_are_as_soft_as_they_are_asked_to_be() -> None:
    sharp, soft = (draw_teeth(64, SKIN, enamel_beside(SKIN), softness)[0] for softness in (0, 2))
    gaps = np.s_[-EDGE_ROWS - 6, 8:-8, :3]
    edge = np.s_[-EDGE_ROWS - 6 :, 28, 3]
    for part in (gaps, edge):
        steps = [np.abs(np.diff(row[part].astype(int), axis=0)).max() for row in (sharp, soft)]
        assert steps[1] < 0.6 * steps[0]
    covered = [int(row[..., 3].sum()) for row in (sharp, soft)]
    assert covered[1] == pytest.approx(covered[0], rel=0.05)
    assert soft[-1, :, 3].max() < 5, "no edge is cut off"


def test_rows_end_in_shadow_and_not_in_a_wall() -> None:
    for row in draw_teeth(80, SKIN, enamel_beside(SKIN)):
        rows = np.flatnonzero(row[..., 3].any(axis=1))
        band = row[round(rows.mean())].astype(float)
        solid = band[..., 3] / 255
        assert solid[[0, -1]].max() < 0.2
        assert np.abs(np.diff(solid)).max() < 0.25
        light = band[..., :3].mean(axis=1)
        assert light[3] < 0.55 * light.max()


def test_the_lower_row_rises_to_the_sides_from_where_its_middle_is_said_to_be() -> None:
    _, lower = draw_teeth(200, SKIN, enamel_beside(SKIN))
    solid = lower[..., 3] > 127
    middle = solid.shape[1] // 2
    crown, side = np.s_[:, middle + 4 : middle + 12], round(0.33 * 200)
    centre = np.argmax(solid[crown], axis=0).mean()
    assert centre == pytest.approx(EDGE_ROWS + LOWER_RISE * 200, abs=1.5)
    sides = [int(np.argmax(solid[:, middle + at])) for at in (-side, side)]
    assert centre - 6 < min(sides) <= max(sides) < centre - 2


def test_teeth_at_the_sides_are_lost_in_dark_shadows() -> None:
    for lit, dark in zip(
        *(draw_teeth(80, SKIN, enamel_beside(SKIN), darkness=share) for share in (0.0, 1.0)),
        strict=True,
    ):
        middle, band = lit.shape[1] // 2, lit.shape[0] // 2
        shares = dark[band, middle:, 3] / np.maximum(1.0, lit[band, middle:, 3])
        assert (shares[: round(0.09 * 80)] > 0.99).all()
        assert shares[round(0.38 * 80)] < 0.25
        assert (np.diff(shares[: round(0.38 * 80)]) < 0.01).all()


def test_cutting_edges_have_room_to_be_soft() -> None:
    upper, lower = draw_teeth(50, SKIN, enamel_beside(SKIN))
    assert not upper[-EDGE_ROWS:, :, 3].any()
    assert not lower[:EDGE_ROWS, :, 3].any()
    middle = upper.shape[1] // 2
    assert upper[-EDGE_ROWS - 3, middle - 4 : middle + 4, 3].max() == 255
    assert upper[-1, middle, :3].mean() > 0.6 * SKIN.mean(), "what is transparent is no black"


def test_teeth_gums_and_tongue_of_a_grey_portrait_are_grey() -> None:
    skin = np.full(3, 170.0)
    upper, _ = draw_teeth(60, skin, enamel_beside(skin))
    assert np.ptp(upper[..., :3].astype(int), axis=2).max() <= 1
    assert np.ptp(flesh(skin, np.array([0.45, 0.23, 0.26]))) < 1e-9


@pytest.mark.parametrize(
    ("skin", "least", "most"),
    [
        pytest.param((141, 81, 49), 100, 130, id="in dim warm light"),
        pytest.param((236, 167, 137), 190, 215, id="in bright light"),
    ],
)
def test_teeth_are_lit_and_tinted_as_the_skin_beside_them(
    skin: tuple[int, int, int], least: float, most: float
) -> None:
    enamel = enamel_beside(np.array(skin, float))
    assert least < enamel.mean() < most
    assert 1.0 < enamel[0] / enamel[2] < skin[0] / skin[2]
