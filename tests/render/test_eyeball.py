"""One painted eye on plain skin: what is behind the lids, and what the landmarks do not know."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.models.face_mesh import RIGHT_EYE
from realtime.render.eyeball import Eyeball
from realtime.types import LANDMARK_COUNT, RGB, Landmarks

SKIN, WHITE, IRIS = (205, 160, 130), (240, 238, 235), (40, 70, 150)
MIDDLE = (100.0, 80.0)
HALF_WIDTH, HALF_GAP = 40.0, 16.0
RADIUS = 14.0
WHOLE = (0, 0, 200, 160)
EVEN_LIGHT = np.ones(LANDMARK_COUNT, np.float32)


def landmarks_of(gap: float = 1.0, look: float = 0.0, radius: float = RADIUS) -> Landmarks:
    """An eye `gap` open, its iris `look` pixels to the right."""
    landmarks = np.zeros((LANDMARK_COUNT, 3), np.float32)
    u = np.linspace(-1, 1, 9)[1:-1]
    bulge = HALF_GAP * (1 - u**2)
    lower = MIDDLE[1] + bulge
    landmarks[list(RIGHT_EYE.corners), :2] = [
        (MIDDLE[0] - HALF_WIDTH, MIDDLE[1]), (MIDDLE[0] + HALF_WIDTH, MIDDLE[1])
    ]  # fmt: skip
    x = MIDDLE[0] + HALF_WIDTH * u
    landmarks[list(RIGHT_EYE.lower), :2] = np.stack([x, lower], axis=1)
    landmarks[list(RIGHT_EYE.upper), :2] = np.stack([x, lower - 2 * bulge * gap], axis=1)
    iris = np.array([MIDDLE[0] + look, MIDDLE[1]])
    around = np.array([[0, 0], [1, 0], [0, -1], [-1, 0], [0, 1]]) * radius
    landmarks[RIGHT_EYE.iris : RIGHT_EYE.iris + 5, :2] = iris + around
    return landmarks


def picture_of(
    radius: float = RADIUS,
    taller: float = 1.0,
    aside: float = 0.0,
    skin: tuple[int, int, int] = SKIN,
    white: tuple[int, int, int] = WHITE,
) -> RGB:
    """The same eye as a painter sees it: perhaps with a larger iris, or a lower lower lid."""
    y, x = np.mgrid[0:160, 0:200] + 0.5
    u = (x - MIDDLE[0]) / HALF_WIDTH
    bulge = HALF_GAP * np.clip(1 - u**2, 0, None)
    inside = (y > MIDDLE[1] - bulge) & (y < MIDDLE[1] + taller * bulge) & (np.abs(u) < 1)
    iris = inside & (np.hypot(x - MIDDLE[0] - aside, y - MIDDLE[1]) < radius)
    picture = np.empty((160, 200, 3), np.uint8)
    picture[...] = skin
    picture[inside] = white
    picture[iris] = IRIS
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.7), np.uint8)


def painted(picture: RGB, landmarks: Landmarks) -> RGB:
    out = picture.copy()
    Eyeball(picture, landmarks_of(), RIGHT_EYE).paint(out, landmarks, EVEN_LIGHT, WHOLE)
    return out


def blue(picture: RGB) -> NDArray[np.bool_]:
    """Where the picture has the iris' colour."""
    found: NDArray[np.bool_] = picture[..., 2].astype(int) - picture[..., 0] > 40
    return found


def test_eye_at_rest_is_left_as_it_is() -> None:
    picture = picture_of()
    assert np.array_equal(painted(picture, landmarks_of()), picture)


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(picture_of(), id="a person's"),
        pytest.param(picture_of(radius=17.0), id="with a larger iris than the landmarks know"),
        pytest.param(picture_of(radius=18.0, taller=1.2), id="that goes on below the landmarks"),
        pytest.param(picture_of(radius=18.0, aside=-4.0), id="beside where the landmarks see it"),
    ],
)
def test_iris_leaves_nothing_behind(picture: RGB) -> None:
    out = painted(picture, landmarks_of(look=22.0))
    left_behind = blue(out)[:, : int(MIDDLE[0] - 2)]
    assert blue(picture)[:, : int(MIDDLE[0] - 2)].sum() > 150
    assert left_behind.sum() < 8
    assert blue(out)[70:90, 115:130].mean() > 0.7, "it is where it looks"


@pytest.mark.parametrize("look", [-200.0, -40.0, 40.0, 200.0])
def test_an_eye_is_never_blank(look: float) -> None:
    """Wherever the landmarks say it looks: nearly half of the iris stays in sight."""
    picture = picture_of()
    shown, before = (
        blue(each).sum() for each in (painted(picture, landmarks_of(look=look)), picture)
    )
    assert shown > 0.4 * before


def test_a_gaze_goes_as_far_as_eyes_do() -> None:
    less, more = (painted(picture_of(), landmarks_of(look=look)) for look in (20.0, 25.0))
    assert np.nonzero(blue(more))[1].mean() > np.nonzero(blue(less))[1].mean() + 2.0


def uncovered(picture: RGB) -> NDArray[np.float64]:
    """Colour of the white where the iris was, the eye looking aside."""
    out = painted(picture, landmarks_of(look=24.0))
    colour: NDArray[np.float64] = np.median(out[76:88, 88:100].reshape(-1, 3), axis=0)
    return colour


def test_white_of_a_bright_painting_keeps_its_warm_light() -> None:
    red, green, blue = uncovered(picture_of(skin=(252, 214, 180), white=(240, 200, 170)))
    assert red > 225
    assert red >= green >= blue
    assert red - blue < 0.2 * red, "less coloured than skin"


def test_white_seen_in_a_shaded_socket_stays_white() -> None:
    white = (190, 178, 175)
    colour = uncovered(picture_of(skin=(120, 98, 90), white=white))
    assert colour.mean() > 0.85 * np.mean(white)


@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_dark_make_up_beside_an_iris_stays_where_it_is(scale: float) -> None:
    """However small the eye is, and nothing bright comes to light beside it."""
    picture = picture_of(white=WHITE)
    beside = np.s_[:, int(MIDDLE[0] - HALF_WIDTH) : int(MIDDLE[0] - RADIUS)]
    picture[beside] = np.where(picture[beside] > np.array(SKIN) + 5, 30, picture[beside])
    small = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale), np.uint8)
    rest, looking = ((landmarks_of(look=look) * scale).astype(np.float32) for look in (0.0, 22.0))
    out = small.copy()
    Eyeball(small, rest, RIGHT_EYE).paint(out, looking, EVEN_LIGHT, WHOLE)
    row = out[round(scale * MIDDLE[1])].mean(axis=1)
    made_up, bare = (
        row[round(scale * (MIDDLE[0] + left)) : round(scale * (MIDDLE[0] + right))]
        for left, right in ((-30, -20), (-12, -7))
    )
    assert made_up.max() < 60
    assert bare.max() < 0.5 * np.mean(WHITE)


def test_eye_opened_wide_keeps_the_edge_of_its_lid() -> None:
    picture = picture_of()
    x = np.arange(65, 136)
    edge = MIDDLE[1] - HALF_GAP * (1 - ((x + 0.5 - MIDDLE[0]) / HALF_WIDTH) ** 2)
    for row in (-1, 0, 1):
        picture[np.round(edge - 0.5).astype(int) + row, x] = (60, 40, 40)
    out = painted(picture, landmarks_of(gap=1.4)).astype(int)
    lid = round(MIDDLE[1] + HALF_GAP - 2.8 * HALF_GAP)
    column = out[:, int(MIDDLE[0])].sum(axis=1)
    assert column[lid - 1 : lid + 2].min() < 0.7 * sum(SKIN)
    assert column[lid - 12] == pytest.approx(sum(SKIN), abs=6)


def test_shut_eye_is_skin_with_a_line_of_lashes() -> None:
    out = painted(picture_of(), landmarks_of(gap=0.0)).astype(int)
    x = int(MIDDLE[0])
    lid = int(MIDDLE[1] + HALF_GAP)
    column = out[:, x].sum(axis=1)
    line = column[lid - 3 : lid + 4].min()
    skin = sum(SKIN)
    assert line < 0.8 * skin, "lashes"
    above = out[int(MIDDLE[1] - HALF_GAP) : lid - 7, x]
    assert np.abs(above - SKIN).max() < 30, "the eye is covered by skin"


def test_half_shut_eye_shows_what_is_below_the_lid() -> None:
    out = painted(picture_of(), landmarks_of(gap=0.5)).astype(int)
    x, lid = int(MIDDLE[0]), int(MIDDLE[1])
    assert np.abs(out[lid - 12, x] - SKIN).max() < 40
    assert blue(out.astype(np.uint8))[lid + 11, x], "below the lashes"


def test_an_eye_that_is_shut_in_the_portrait_stays_shut() -> None:
    picture = np.full((160, 200, 3), SKIN, np.uint8)
    shut = landmarks_of(gap=0.02)
    out = picture.copy()
    Eyeball(picture, shut, RIGHT_EYE).paint(out, landmarks_of(gap=1.0), EVEN_LIGHT, WHOLE)
    assert np.array_equal(out, picture)


def test_eye_without_an_iris_is_left_to_the_mesh() -> None:
    stone = picture_of()
    stone[blue(stone)] = SKIN
    stone[stone.min(axis=2) > 200] = SKIN
    out = painted(stone, landmarks_of(gap=1.5, look=15.0))
    assert np.array_equal(out, stone)


def made_up() -> RGB:
    """The same eye with a dark line along its upper lid."""
    picture = picture_of()
    x = np.arange(62, 139)
    edge = MIDDLE[1] - HALF_GAP * (1 - ((x + 0.5 - MIDDLE[0]) / HALF_WIDTH) ** 2)
    for row in range(-2, 3):
        picture[np.round(edge - 0.5).astype(int) + row, x] = (30, 20, 20)
    return picture


def test_lashes_of_a_shut_eye_hang_down_from_its_lid() -> None:
    out = painted(made_up(), landmarks_of(gap=0.0)).astype(int)
    lid = int(MIDDLE[1] + HALF_GAP)
    light = out[:, int(MIDDLE[0])].sum(axis=1)
    assert light[lid + 4 : lid + 8].mean() < light[lid - 8 : lid - 4].mean() - 40


def test_lashes_are_as_dark_as_the_edge_of_the_lid_is() -> None:
    lid = int(MIDDLE[1] + HALF_GAP)
    fair, dark = (
        painted(picture, landmarks_of(gap=0.0))[lid - 2 : lid + 4, int(MIDDLE[0])].astype(int)
        for picture in (picture_of(), made_up())
    )
    assert dark.min() < 0.7 * fair.min()


@pytest.mark.parametrize("change", [{"look": 14.0}, {"gap": 0.2}], ids=["ball", "lids"])
def test_an_eye_in_less_light_is_darker(change: dict[str, float]) -> None:
    picture, moved = picture_of(), landmarks_of(**change)
    eye = Eyeball(picture, landmarks_of(), RIGHT_EYE)
    lit, shaded = picture.copy(), picture.copy()
    eye.paint(lit, moved, EVEN_LIGHT, WHOLE)
    eye.paint(shaded, moved, 0.7 * EVEN_LIGHT, WHOLE)
    painted = (lit != shaded).any(axis=2)
    assert painted.sum() > 200
    share = shaded[painted].astype(float).sum() / lit[painted].sum()
    assert 0.65 < share < 0.85
