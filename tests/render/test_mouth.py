"""One painted mouth on plain skin: what opens between its lips."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.models.face_mesh import (
    CHIN,
    INNER_LIP_LOWER,
    INNER_LIP_UPPER,
    LOWER_LIP,
    MOUTH_CORNERS,
    UPPER_LIP,
)
from realtime.render.mouth import Mouth
from realtime.types import LANDMARK_COUNT, RGB, Landmarks, Similarity

SKIN, ENAMEL = (200, 150, 125), (235, 225, 160)
DARK, BLACK = (90, 62, 55), (20, 15, 15)
HEAD_SIZE = 100.0
MIDDLE = (150, 150)
HALF_WIDTH = 36
WHOLE = (0, 0, 300, 300)
EVEN_LIGHT = np.ones(LANDMARK_COUNT, np.float32)
STILL = Similarity(1.0, np.eye(3), np.zeros(3))
TEETH_END = 159
"The row at which the portrait's own teeth end."


@dataclass(frozen=True)
class Lips:
    """Rows of the lips' inner edges at their middle."""

    upper: float
    lower: float
    half_width: float = HALF_WIDTH

    def landmarks(self) -> Landmarks:
        found = np.zeros((LANDMARK_COUNT, 3), np.float32)
        found[:, :2] = (MIDDLE[0], 60)
        for rim, middle in ((INNER_LIP_UPPER, self.upper), (INNER_LIP_LOWER, self.lower)):
            u = np.linspace(-1, 1, len(rim))
            found[list(rim), 0] = MIDDLE[0] + self.half_width * u
            found[list(rim), 1] = MIDDLE[1] + (middle - MIDDLE[1]) * (1 - u**4)
        for corner, side in zip(MOUTH_CORNERS, (-1, 1), strict=True):
            found[corner, :2] = (MIDDLE[0] + side * 1.2 * HALF_WIDTH, MIDDLE[1])
        found[CHIN, :2] = (MIDDLE[0], 230)
        return found


def portrait(lips: Lips, teeth: bool) -> RGB:
    """Skin with an opening as the lips have it, dark below what teeth show."""
    picture = np.full((300, 300, 3), SKIN, np.uint8)
    rim = lips.landmarks()[[*INNER_LIP_UPPER, *reversed(INNER_LIP_LOWER)], :2]
    inside = np.zeros((300, 300), np.uint8)
    cv2.fillPoly(inside, [np.round(rim).astype(np.int32)], 1)
    picture[inside > 0] = DARK
    if teeth:
        rows = np.arange(300)[:, None]
        picture[(inside > 0) & (rows < TEETH_END)] = ENAMEL
    return picture


def opened(rest: Lips, teeth: bool, lips: Lips, drop: float = 0.0) -> RGB:
    """With a chin that has dropped by so many pixels."""
    return opened_in(portrait(rest, teeth), rest, lips, drop)


def opened_in(picture: RGB, rest: Lips, lips: Lips, drop: float) -> RGB:
    out = picture.copy()
    moved = lips.landmarks()
    moved[CHIN, 1] += drop
    Mouth(picture, rest.landmarks(), HEAD_SIZE).paint(out, moved, EVEN_LIGHT, STILL, WHOLE)
    return out


def bright_rows(picture: RGB, lips: Lips) -> NDArray[np.int64]:
    """Rows near the middle that are brighter than tongue or dark, between the lips."""
    rows = np.arange(round(lips.upper) + 2, round(lips.lower) - 2)
    column = picture[rows, MIDDLE[0] - 6].astype(int)
    found: NDArray[np.int64] = rows[column.min(axis=1) > 105]
    return found


def test_own_teeth_stay_where_they_are_when_the_jaw_drops() -> None:
    rest, wide = Lips(145, 161), Lips(145, 190)
    out = opened(rest, True, wide)
    rows = bright_rows(out, wide)
    assert abs(rows[rows < 180].max() - (TEETH_END - 1)) <= 2
    own = out[152, MIDDLE[0] - 6].astype(float)
    assert own[2] < 0.8 * own[0], "in their own colour"
    assert out[166:178, MIDDLE[0] - 6].max() < 160, "and below them it is dark, or tongue"


def test_own_teeth_that_end_above_the_lip_end_there() -> None:
    """Not so those that end at it: the lip hides how far they go on."""
    wide = Lips(145, 200)
    side = MIDDLE[0] - 31
    ends_above = opened(Lips(145, 171), True, wide)
    assert ends_above[164:168, MIDDLE[0] - 6].max() < 160
    assert ends_above[TEETH_END + 1 : 168, side].max() < 160
    hidden = opened(Lips(145, 161), True, wide)
    assert hidden[155:157, side].min() > 90, "teeth beside those that are seen"


def test_shut_teeth_do_not_part_as_soon_as_the_chin_sinks() -> None:
    rest, wider = Lips(145, 161), Lips(143, 167).landmarks()
    wider[CHIN, 1] += 4
    out = portrait(rest, True)
    Mouth(out.copy(), rest.landmarks(), HEAD_SIZE).paint(out, wider, EVEN_LIGHT, STILL, WHOLE)
    between = out[156:164, MIDDLE[0] - 6].astype(int)
    assert (between[:, 1] > 0.9 * between[:, 0]).all(), "enamel, if shaded, and no tongue"


def test_a_jaw_that_drops_hides_more_of_its_teeth_than_one_that_only_smiles() -> None:
    rest, wide = Lips(150, 150.5), Lips(145, 200)
    bare = []
    for drop in (0, 40):
        out, moved = portrait(rest, False), wide.landmarks()
        moved[CHIN, 1] += drop
        Mouth(out.copy(), rest.landmarks(), HEAD_SIZE).paint(out, moved, EVEN_LIGHT, STILL, WHOLE)
        rows = bright_rows(out, wide)
        bare.append(int((rows > 180).sum()))
    assert 1 <= bare[1] <= 4
    assert bare[0] >= bare[1] + 3


def test_teeth_sink_with_the_nose_and_do_not_rise_with_it() -> None:
    rest, wide = Lips(145, 171), Lips(145, 200)
    mouth = Mouth(portrait(rest, True), rest.landmarks(), HEAD_SIZE)
    ends = []
    for by in (0, 8, -8):
        out, moved = portrait(rest, True), wide.landmarks()
        moved[[2, 97, 326], 1] += by
        mouth.paint(out, moved, EVEN_LIGHT, STILL, WHOLE)
        rows = bright_rows(out, wide)
        ends.append(int(rows[rows < 180].max()))
    assert 1 <= ends[1] - ends[0] <= 3, "no further than a crown is long"
    assert ends[2] == ends[0]


def test_teeth_above_own_ones_are_drawn_in_their_colour() -> None:
    rest, lifted = Lips(145, 161), Lips(139, 175)
    out = opened(rest, True, lifted)
    column = out[141:145, MIDDLE[0] - 6].astype(float)
    assert (column.min(axis=1) > 100).all()
    assert (column[:, 2] < 0.8 * column[:, 0]).all()


def test_lips_that_part_without_teeth_hide_most_of_them() -> None:
    rest, wide = Lips(145, 161), Lips(145, 195)
    rows = bright_rows(opened(rest, False, wide), wide)
    upper = rows[rows < 175]
    assert upper.max() - 145 < 0.08 * HEAD_SIZE


def test_no_gums_are_bared_however_far_the_lip_is_lifted() -> None:
    rest, lifted = Lips(150, 150.5), Lips(115, 180)
    out = opened(rest, False, lifted).astype(int)
    rows = bright_rows(out.astype(np.uint8), lifted)
    upper = rows[rows < 150]
    assert upper.min() <= 120
    assert upper.max() < 115 + 0.2 * HEAD_SIZE, "nor is a tooth longer than it can be"


def test_who_talks_shows_few_teeth_and_who_draws_his_lip_up_shows_them() -> None:
    rest = Lips(150, 150.5)
    talks, smiles = Lips(150, 166), Lips(140, 156)
    assert len(bright_rows(opened(rest, False, talks, drop=14), talks)) == 0
    assert len(bright_rows(opened(rest, False, smiles, drop=14), smiles)) > 6


def test_a_mouth_that_the_jaw_opens_is_deep_where_shadows_are_dark() -> None:
    rest, wide = Lips(150, 150.5), Lips(150, 180)
    tongue = np.s_[168:172, MIDDLE[0]]
    lit = portrait(rest, False)
    black = np.where(lit == np.array(DARK), BLACK, lit).astype(np.uint8)
    for picture, share in ((black, 0.5), (lit, 1.0)):
        shallow, deep = (opened_in(picture, rest, wide, drop)[tongue].mean() for drop in (8, 24))
        assert deep == pytest.approx(share * shallow, rel=0.1)


def test_teeth_have_less_light_where_shadows_are_dark() -> None:
    rest, parted = Lips(150, 150.5), Lips(150, 172)
    lit = portrait(rest, False)
    black = np.where(lit == np.array(DARK), BLACK, lit).astype(np.uint8)
    crowns = np.s_[152:170, MIDDLE[0] - 10 : MIDDLE[0] + 10]
    dim, bright = (opened_in(each, rest, parted, 0.0)[crowns].max() for each in (black, lit))
    assert dim == pytest.approx(0.9 * bright, rel=0.03)


def test_a_portrait_whose_jaw_has_dropped_shows_no_teeth_for_it() -> None:
    ajar, further = Lips(145, 157), Lips(145, 161)
    assert len(bright_rows(opened(ajar, False, further), further)) == 0


def test_lips_that_part_before_a_jaw_that_stays_show_shut_teeth() -> None:
    rest, parted = Lips(150, 150.5), Lips(150, 166)
    assert len(bright_rows(opened(rest, False, parted), parted)) > 5


def test_a_jaw_that_drops_far_bares_teeth_behind_a_lip_that_stays() -> None:
    rest, agape = Lips(150, 150.5), Lips(150, 200)
    rows = bright_rows(opened(rest, False, agape), agape)
    assert (rows < 160).any()


def test_lips_that_are_drawn_together_stand_before_their_teeth() -> None:
    rest = Lips(150, 150.5)
    wide, narrow = Lips(140, 200), Lips(140, 200, half_width=0.72 * HALF_WIDTH)
    assert len(bright_rows(opened(rest, False, wide), wide)) > 12
    assert len(bright_rows(opened(rest, False, narrow), narrow)) <= 5


def test_lips_of_a_head_that_turns_aside_are_not_drawn_together() -> None:
    rest, narrow = Lips(150, 150.5), Lips(140, 200, half_width=0.72 * HALF_WIDTH)
    turn = math.acos(0.72)
    rotation = np.array(
        [[math.cos(turn), 0, math.sin(turn)], [0, 1, 0], [-math.sin(turn), 0, math.cos(turn)]]
    )
    middle = np.array([*MIDDLE, 0.0])
    turned = Similarity(1.0, rotation, middle - rotation @ middle)
    out = portrait(rest, False)
    mouth = Mouth(out.copy(), rest.landmarks(), HEAD_SIZE)
    mouth.paint(out, narrow.landmarks(), EVEN_LIGHT, turned, WHOLE)
    assert len(bright_rows(out, narrow)) > 12


def test_inside_of_a_grey_portrait_is_grey() -> None:
    rest, wide = Lips(150, 150.5), Lips(146, 185)
    grey = np.full((300, 300, 3), 150, np.uint8)
    mouth = Mouth(grey, rest.landmarks(), HEAD_SIZE)
    mouth.paint(grey, wide.landmarks(), EVEN_LIGHT, STILL, WHOLE)
    assert grey.min() < 90
    assert np.ptp(grey.astype(int), axis=2).max() <= 2


@pytest.mark.parametrize("skin", [(250, 235, 220), SKIN, (95, 60, 45)])
def test_a_tongue_is_redder_than_skin_and_less_red_than_painted_lips(
    skin: tuple[int, int, int],
) -> None:
    rest, wide = Lips(150, 150.5), Lips(140, 210)
    painted = (skin[0] * 3 // 4, skin[1] // 3, skin[2] // 3)
    picture = np.full((300, 300, 3), skin, np.uint8)
    picture[100:120] = painted
    landmarks = rest.landmarks()
    landmarks[[*UPPER_LIP[9:27], *LOWER_LIP[9:27]], 1] = 110
    out = picture.copy()
    mouth = Mouth(picture, landmarks, HEAD_SIZE)
    mouth.paint(out, wide.landmarks(), EVEN_LIGHT, STILL, WHOLE)
    red, green, blue = out[185:195, MIDDLE[0]].mean(axis=0)
    for other, of_skin, of_lips in ((green, skin[1], painted[1]), (blue, skin[2], painted[2])):
        assert 1.2 * of_lips / painted[0] < other / red < 0.9 * of_skin / skin[0]


def test_a_mouth_in_less_light_is_darker() -> None:
    rest, wide = Lips(150, 150.5), Lips(145, 200)
    mouth = Mouth(portrait(rest, False), rest.landmarks(), HEAD_SIZE)
    lit, shaded = portrait(rest, False), portrait(rest, False)
    mouth.paint(lit, wide.landmarks(), EVEN_LIGHT, STILL, WHOLE)
    mouth.paint(shaded, wide.landmarks(), 0.7 * EVEN_LIGHT, STILL, WHOLE)
    inside = np.s_[155:190, MIDDLE[0] - 15 : MIDDLE[0] + 15]
    assert shaded[inside].sum() / lit[inside].sum() == pytest.approx(0.7, abs=0.02)


def test_the_less_lips_part_the_less_light_gets_between_them() -> None:
    rest = Lips(150, 150.5)
    row = np.s_[148, MIDDLE[0] - 20 : MIDDLE[0] + 20]
    apart, wider, near, narrower = (
        opened(rest, False, lips)[row].mean()
        for lips in (
            Lips(140, 160),
            Lips(140, 160, half_width=50),
            Lips(145, 153),
            Lips(140, 160, half_width=32),
        )
    )
    assert near < 0.9 * apart
    assert narrower < 0.95 * apart < 0.95 * wider


def test_own_teeth_have_the_light_of_the_portrait() -> None:
    rest, wider = Lips(145, 153), Lips(145, 157)
    before, after = (
        picture[149, MIDDLE[0] - 6].mean()
        for picture in (portrait(rest, True), opened(rest, True, wider))
    )
    assert 0.8 * before < after < 1.2 * before


def test_own_teeth_are_not_shaded_twice() -> None:
    """The upper lip's shade is in the portrait's own already."""
    rest, wider = Lips(145, 161), Lips(145, 166)
    picture = portrait(rest, True)
    picture[145:150] = picture[145:150] * np.linspace(0.84, 1.0, 5)[:, None, None]
    out = picture.copy()
    mouth = Mouth(picture, rest.landmarks(), HEAD_SIZE)
    mouth.paint(out, wider.landmarks(), EVEN_LIGHT, STILL, WHOLE)
    before, after = (
        float(each[147, MIDDLE[0] - 6].mean() / each[153, MIDDLE[0] - 6].mean())
        for each in (picture, out)
    )
    assert before < 0.93
    assert after > before - 0.04


def test_lips_that_are_pursed_leave_teeth_and_tongue_in_the_dark() -> None:
    rest = Lips(150, 150.5)
    wide, pursed = (
        opened(rest, False, lips)[142:158, MIDDLE[0] - 3].mean()
        for lips in (Lips(140, 160), Lips(140, 160, half_width=14))
    )
    assert pursed < 0.6 * wide
