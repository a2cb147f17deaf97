"""A head that the top edge cuts off stays cut off there when it comes down."""

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.avatar import Avatar, load_avatar
from realtime.models.face_mesh import OVAL, inter_ocular
from realtime.models.store import Store
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState, turn_head
from realtime.render.crown import Crown, Cut, cut_off
from realtime.render.head_layer import HeadLayer
from realtime.types import LANDMARK_COUNT, RGB, Floats, Landmarks, Motion, Presence

HEAD_SIZE = 40.0
MIDDLE, HALF_WIDTH, HALF_HEIGHT = np.array([200.0, 150.0]), 50.0, 70.0


def head(crown: float, frame: int = 0) -> NDArray[np.uint8]:
    """Alpha of a round head whose crown is in a row, which may be above the picture."""
    ys, xs = np.mgrid[0:300, 0:400] + 0.5
    inside = np.hypot((xs - MIDDLE[0]) / 60.0, (ys - crown - 100.0) / 100.0) < 1.0
    inside |= (np.abs(xs - MIDDLE[0]) < 60.0) & (ys > crown + 100.0)
    inside[:frame] = False
    return np.where(inside, 255, 0).astype(np.uint8)


def test_a_head_is_cut_off_where_it_leaves_the_picture() -> None:
    cut = cut_off(head(-40.0), MIDDLE[0], HEAD_SIZE)
    assert cut is not None
    assert cut.row == 0
    assert cut.left == pytest.approx(MIDDLE[0] - 48.0, abs=1.0)
    assert cut.right == pytest.approx(MIDDLE[0] + 48.0, abs=1.0)


def test_a_frame_cuts_off_as_an_edge_does() -> None:
    cut = cut_off(head(-40.0, frame=3), MIDDLE[0], HEAD_SIZE)
    assert cut is not None
    assert cut.row == 3


def test_a_frayed_edge_is_one_edge() -> None:
    frayed = head(-40.0)
    frayed[:4, 180:188] = frayed[:3, 205:210] = 0
    cut = cut_off(frayed, MIDDLE[0], HEAD_SIZE)
    assert cut == cut_off(head(-40.0), MIDDLE[0], HEAD_SIZE)


@pytest.mark.parametrize("crown", [-1.0, 0.0, 1.0, 3.0, 6.0, 40.0])
def test_a_crown_that_is_all_there_is_not_cut_off(crown: float) -> None:
    assert cut_off(head(crown), MIDDLE[0], HEAD_SIZE) is None


def test_what_else_leaves_the_picture_is_no_head() -> None:
    raised_hand = np.zeros((300, 400), np.uint8)
    raised_hand[:100, 320:380] = 255
    assert cut_off(np.maximum(head(40.0), raised_hand), MIDDLE[0], HEAD_SIZE) is None


def landmarks() -> Landmarks:
    """Of a face whose oval reaches from row 80 to row 220."""
    angle = 2 * np.pi * np.arange(len(OVAL)) / len(OVAL)
    face = np.zeros((LANDMARK_COUNT, 3), np.float32)
    face[:, :2] = MIDDLE
    x = MIDDLE[0] + HALF_WIDTH * np.sin(angle)
    y = MIDDLE[1] - HALF_HEIGHT * np.cos(angle)
    face[list(OVAL), :2] = np.stack([x, y], axis=1)
    return face


@pytest.fixture
def rings() -> NDArray[np.float64]:
    return HeadLayer(landmarks(), HEAD_SIZE, np.array([-40, -40, 440, 340], np.float32)).rest


def crown_of(rings: NDArray[np.float64], row: float = 40.0) -> Crown:
    return Crown(rings, landmarks()[list(OVAL), :2], Cut(140.0, 260.0, row), HEAD_SIZE)


def held(crown: Crown, rings: NDArray[np.float64], down: float) -> Floats:
    moved = (rings + np.array([0.0, down])).astype(np.float32)
    crown.hold(moved)
    change: Floats = (moved - rings).astype(np.float32)
    return change


def test_hair_that_comes_down_stays_at_the_edge_and_gives_way_evenly(
    rings: NDArray[np.float64],
) -> None:
    change = held(crown_of(rings), rings, 12.0)
    np.testing.assert_allclose(change[:, 0], 0.0, atol=1e-4)
    at_edge, beside = rings[:, 1] <= 40.0, rings[:, 1] >= 80.0
    assert at_edge.any()
    assert beside.any()
    np.testing.assert_allclose(change[at_edge, 1], 0.0, atol=1e-3)
    np.testing.assert_allclose(change[beside, 1], 12.0, atol=1e-3)
    between = ~at_edge & ~beside
    np.testing.assert_allclose(
        change[between, 1], 12.0 * (rings[between, 1] - 40.0) / 40.0, atol=1e-3
    )


def test_hair_that_goes_up_is_left_alone(rings: NDArray[np.float64]) -> None:
    np.testing.assert_allclose(held(crown_of(rings), rings, -12.0)[:, 1], -12.0, atol=1e-4)


def test_hair_gives_way_no_further_than_it_can(rings: NDArray[np.float64]) -> None:
    came_down = [held(crown_of(rings), rings, down)[:, 1].min() for down in (15.0, 40.0, 80.0)]
    assert came_down[0] == pytest.approx(0.0, abs=1e-3)
    assert came_down[1] >= 40.0 - 0.6 * 40.0 - 1e-3
    assert came_down[2] >= 80.0 - 0.6 * 40.0 - 1e-3


def test_a_forehead_that_is_cut_off_does_not_give_way(rings: NDArray[np.float64]) -> None:
    change = held(crown_of(rings, row=75.0), rings, 12.0)
    np.testing.assert_allclose(change[:, 1], 12.0, atol=1e-4)


@pytest.fixture(scope="module")
def cropped(avatar: Avatar) -> Avatar:
    """The demo portrait, its crown cut off."""
    above = float(avatar.face.landmarks[10, 1]) - 0.5 * inter_ocular(avatar.face.landmarks)
    return load_avatar(avatar.portrait.canvas[round(above) :].copy(), "cropped", None, Store())


def looking_up(avatar: Avatar, pitch_deg: float) -> RGB:
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    state = HeadState(turn_head(rest, 0.0, pitch_deg, 0.0), rest.shape)
    renderer = avatar.open_renderer()
    out = np.empty((renderer.size[1], renderer.size[0], 3), np.uint8)
    motion = Motion(state.landmarks(), state.motion_from(rest), Presence.TRACKING, 0, 0)
    renderer.render(motion, out)
    renderer.close()
    return out


def hat_px(picture: RGB) -> int:
    """How much of the top edge is the hat, which is black."""
    return int((picture[1].max(axis=1) < 60).sum())


def test_a_portrait_that_looks_up_stays_cut_off(cropped: Avatar) -> None:
    still, up = (hat_px(looking_up(cropped, pitch)[:, 200:]) for pitch in (0.0, 14.0))
    assert still > 100
    assert up > 0.85 * still
