from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.models.face_mesh import (
    CHIN,
    EYES,
    INNER_LIP_LOWER,
    INNER_LIP_UPPER,
    LEFT_BROW,
    LOWER_LIP,
    MOUTH_CORNERS,
    RIGHT_BROW,
    UPPER_LIP,
)
from realtime.motion.geometry import Shape, rotation_from_degrees, yaw_deg
from realtime.motion.head_state import HeadState
from realtime.motion.retarget import (
    MAX_SHIFT,
    MAX_TURN_DEG,
    MAX_ZOOM,
    SLANT_DEG,
    Retargeter,
    Strengths,
    lid_gaps,
)
from realtime.motion.rig import Expression, Rig
from realtime.types import Similarity

MOUTH = [*UPPER_LIP, *LOWER_LIP]
BROWS = [*RIGHT_BROW, *LEFT_BROW]
CENTRE = np.array([320.0, 240.0, 0.0])


def state(shape: Shape, *, scale: float = 12.0, turn: tuple[float, float, float] = (0, 0, 0),
          at: tuple[float, float, float] = (320, 240, 0)) -> HeadState:  # fmt: skip
    return HeadState(Similarity(scale, rotation_from_degrees(*turn), np.array(at, float)), shape)


def other_face(shape: Shape) -> Shape:
    """A driver of other proportions: wider, longer, with a mouth of his own."""
    face = shape * [1.1, 0.95, 1.05]
    face[MOUTH, 0] *= 1.2
    return face


@pytest.fixture
def avatar(shape: Shape) -> HeadState:
    return state(shape, scale=20.0, turn=(10, -5, 3), at=(200, 300, 15))


@pytest.fixture
def neutral(shape: Shape) -> HeadState:
    return state(other_face(shape), turn=(-8, 4, 2))


def moved(neutral: HeadState, change: Shape) -> HeadState:
    return replace(neutral, shape=neutral.shape + change)


def test_a_driver_at_rest_leaves_the_avatar_as_it_is(avatar: HeadState, neutral: HeadState) -> None:
    result = Retargeter(avatar, Strengths())(neutral, neutral)
    assert np.allclose(result.landmarks(), avatar.landmarks(), atol=1e-3)


def test_an_eye_opens_no_wider_than_its_fold(avatar: HeadState, neutral: HeadState) -> None:
    change = np.zeros((478, 3))
    for eye in EYES:
        change[list(eye.upper), 1] = -5.0
    result = Retargeter(avatar, Strengths())(moved(neutral, change), neutral)
    for eye in EYES:
        middle = eye.upper[len(eye.upper) // 2]
        assert avatar.shape[eye.fold, 1] <= result.shape[middle, 1] < avatar.shape[middle, 1]


@pytest.mark.parametrize("left_open", [0.1, 0.0])
def test_eyes_that_are_shut_in_the_portrait_stay_shut(
    avatar: HeadState, neutral: HeadState, left_open: float
) -> None:
    """Nobody knows what is behind them: drawn apart, they would show a dark smear."""
    asleep, blinking = avatar.shape.copy(), neutral.shape.copy()
    for shape, share in ((asleep, left_open), (blinking, 0.1)):
        for eye in EYES:
            upper, lower = list(eye.upper), list(eye.lower)
            shape[upper, 1] = shape[lower, 1] - share * (shape[lower, 1] - shape[upper, 1])
    result = Retargeter(replace(avatar, shape=asleep), Strengths())(
        neutral, replace(neutral, shape=blinking)
    )
    assert np.isfinite(result.shape).all()
    assert lid_gaps(result.shape).max() < 1.1 * lid_gaps(asleep).max() + 1e-6


def test_the_chin_follows_a_falling_lower_lip(avatar: HeadState, neutral: HeadState) -> None:
    change = np.zeros((478, 3))
    change[list(LOWER_LIP), 1] = 1.0
    retarget = Retargeter(avatar, Strengths())
    dropped = retarget(moved(neutral, change), neutral).shape - avatar.shape
    assert 0.3 < dropped[CHIN, 1] < 0.8
    assert np.allclose(dropped[:, 1][avatar.shape[:, 1] < avatar.shape[0, 1]], 0.0, atol=1e-6)
    lifted = retarget(moved(neutral, -change), neutral).shape - avatar.shape
    assert lifted[CHIN, 1] == pytest.approx(0.0, abs=1e-6)


def test_the_head_turns_as_much_as_the_drivers_did(avatar: HeadState, neutral: HeadState) -> None:
    turn = rotation_from_degrees(15, -6, 10)
    driver = replace(neutral, pose=replace(neutral.pose, rotation=turn @ neutral.pose.rotation))
    result = Retargeter(avatar, Strengths())(driver, neutral)
    assert np.allclose(result.pose.rotation, turn @ avatar.pose.rotation, atol=1e-9)
    assert np.allclose(result.shape, avatar.shape)


def test_travel_scales_with_the_size_of_the_heads(avatar: HeadState, neutral: HeadState) -> None:
    step = np.array([6.0, -3.0, 2.0])
    pose = replace(neutral.pose, translation=neutral.pose.translation + step)
    result = Retargeter(avatar, Strengths())(replace(neutral, pose=pose), neutral)
    assert np.allclose(result.pose.translation - avatar.pose.translation, step * 20 / 12)


def test_coming_closer_enlarges_by_the_same_ratio(avatar: HeadState, neutral: HeadState) -> None:
    driver = replace(neutral, pose=replace(neutral.pose, scale=neutral.pose.scale * 1.2))
    assert Retargeter(avatar, Strengths())(driver, neutral).pose.scale == pytest.approx(20 * 1.2)


def test_expression_scales_with_the_mouths_width(avatar: HeadState, neutral: HeadState) -> None:
    change = np.zeros((478, 3))
    change[list(INNER_LIP_LOWER), 1] = 1.0
    result = Retargeter(avatar, Strengths())(moved(neutral, change), neutral)
    right, left = MOUTH_CORNERS
    widths = [np.linalg.norm(s.shape[right] - s.shape[left]) for s in (avatar, neutral)]
    drop = (result.shape - avatar.shape)[INNER_LIP_LOWER[5], 1]
    assert drop == pytest.approx(widths[0] / widths[1], rel=1e-6)


@pytest.mark.parametrize("remaining", [0.0, 0.1, 0.22])
def test_shut_is_shut(avatar: HeadState, neutral: HeadState, remaining: float) -> None:
    change = np.zeros((478, 3))
    for eye, gap in zip(EYES, lid_gaps(neutral.shape), strict=True):
        change[list(eye.upper), 1] = (1 - remaining) * gap
    result = Retargeter(avatar, Strengths())(moved(neutral, change), neutral)
    assert (lid_gaps(result.shape) >= 0).all()
    assert lid_gaps(result.shape).max() <= 0.03


def test_shut_lids_meet_within_what_landmarks_leave_open(
    avatar: HeadState, neutral: HeadState
) -> None:
    def lower_lids(remaining: float) -> Shape:
        shape = neutral.shape.copy()
        for eye, gap in zip(EYES, lid_gaps(neutral.shape), strict=True):
            shape[list(eye.upper), 1] = shape[list(eye.lower), 1] - remaining * gap
        result = Retargeter(avatar, Strengths())(replace(neutral, shape=shape), neutral).shape
        return np.array([result[list(eye.lower), 1] for eye in EYES])

    rest = lower_lids(1.0)
    # Half of the least gap between lids is the lower one's.
    np.testing.assert_allclose(
        rest - lower_lids(0.22), 0.55 * 0.22 * lid_gaps(avatar.shape), atol=0.011
    )
    assert (rest - lower_lids(0.6)).max() < 0.05 * lid_gaps(avatar.shape).max()
    np.testing.assert_allclose(lower_lids(1.3), rest, atol=1e-9)


def test_lids_open_by_the_drivers_ratio(avatar: HeadState, neutral: HeadState) -> None:
    change = np.zeros((478, 3))
    for eye, gap in zip(EYES, lid_gaps(neutral.shape), strict=True):
        change[list(eye.upper), 1] = -0.3 * gap
    result = Retargeter(avatar, Strengths())(moved(neutral, change), neutral)
    assert np.allclose(lid_gaps(result.shape), 1.3 * lid_gaps(avatar.shape), rtol=0.01)


def test_lips_never_cross(avatar: HeadState, neutral: HeadState) -> None:
    change = np.zeros((478, 3))
    change[list(INNER_LIP_UPPER), 1], change[list(INNER_LIP_LOWER), 1] = 2.0, -2.0
    shape = Retargeter(avatar, Strengths())(moved(neutral, change), neutral).shape
    assert (shape[list(INNER_LIP_LOWER), 1] - shape[list(INNER_LIP_UPPER), 1] >= -1e-9).all()


@pytest.mark.parametrize("aside_deg", [-25.0, 25.0])
def test_a_portrait_that_looks_aside_is_turned_less_far_to_the_other_side(
    shape: Shape, neutral: HeadState, aside_deg: float
) -> None:
    def turned_deg(driver_deg: float) -> float:
        rotation = rotation_from_degrees(driver_deg, 0, 0) @ neutral.pose.rotation
        driver = replace(neutral, pose=replace(neutral.pose, rotation=rotation))
        avatar = state(shape, turn=(aside_deg, 0, 0))
        moved = Retargeter(avatar, Strengths())(driver, neutral)
        return yaw_deg(moved.pose.rotation @ avatar.pose.rotation.T)

    across, along = -38.0 * np.sign(aside_deg), 38.0 * np.sign(aside_deg)
    beyond_deg = abs(aside_deg) - SLANT_DEG
    assert abs(turned_deg(across)) <= MAX_TURN_DEG[1] - beyond_deg
    assert abs(turned_deg(across)) > 0.9 * (MAX_TURN_DEG[1] - beyond_deg)
    assert abs(turned_deg(along)) > 35.0
    assert turned_deg(across / 3) == pytest.approx(across / 3, abs=0.5)


@given(
    st.tuples(st.floats(-170, 170), st.floats(-85, 85), st.floats(-170, 170)),
    st.tuples(*[st.floats(-5000, 5000)] * 3),
    st.floats(0.05, 20),
)
def test_limits_are_never_passed(
    turn: tuple[float, float, float], shift: tuple[float, float, float], zoom: float
) -> None:
    face = np.random.default_rng(0).uniform(-8, 8, (478, 3))
    rest = state(face)
    driver = replace(
        rest,
        pose=Similarity(12.0 * zoom, rotation_from_degrees(*turn), CENTRE + np.array(shift)),
    )
    pose = Retargeter(rest, Strengths())(driver, rest).pose
    turned_deg = np.degrees(cv2.Rodrigues(pose.rotation)[0].ravel())
    assert (np.abs(turned_deg) <= MAX_TURN_DEG + 1e-6).all()
    far = MAX_SHIFT * 12.0 * np.ptp(face[:, 1])
    assert (np.abs(pose.translation - CENTRE)[:2] <= far + 1e-6).all()
    assert 1 / MAX_ZOOM - 1e-9 <= pose.scale / 12.0 <= MAX_ZOOM + 1e-9


@pytest.mark.parametrize(
    ("strengths", "still", "lively"),
    [
        pytest.param(Strengths(mouth=0.0), INNER_LIP_LOWER[5], BROWS[0], id="mouth"),
        pytest.param(Strengths(brows=0.0), BROWS[0], INNER_LIP_LOWER[5], id="brows"),
        pytest.param(Strengths(eyes=0.0), EYES[0].iris, INNER_LIP_LOWER[5], id="eyes"),
    ],
)
def test_each_group_has_a_strength_of_its_own(
    avatar: HeadState, neutral: HeadState, strengths: Strengths, still: int, lively: int
) -> None:
    change = np.full((478, 3), 0.4)
    result = Retargeter(avatar, strengths)(moved(neutral, change), neutral)
    change_px = np.abs(result.shape - avatar.shape)[:, 0]
    assert change_px[still] < 0.15
    assert change_px[lively] > 0.25


def test_half_a_heads_strength_is_half_its_turn(avatar: HeadState, neutral: HeadState) -> None:
    turned = rotation_from_degrees(12, 0, 0) @ neutral.pose.rotation
    driver = replace(neutral, pose=replace(neutral.pose, rotation=turned))
    result = Retargeter(avatar, Strengths(head=0.5))(driver, neutral)
    expected = rotation_from_degrees(6, 0, 0) @ avatar.pose.rotation
    assert np.allclose(result.pose.rotation, expected)


def test_absolute_shows_the_drivers_own_shape_and_angles(
    avatar: HeadState, neutral: HeadState
) -> None:
    change = np.zeros((478, 3))
    change[list(INNER_LIP_LOWER), 1] = 1.0
    driver = moved(neutral, change)
    result = Retargeter(avatar, Strengths(), relative=False)(driver, neutral)
    assert np.allclose(result.shape, driver.shape)
    assert np.allclose(result.pose.rotation, driver.pose.rotation)
    assert np.allclose(result.pose.translation, avatar.pose.translation)


def test_strengths_of_nothing_leave_the_face_at_rest(shape: Shape) -> None:
    still = Strengths(mouth=0, eyes=0, brows=0)
    acted = Rig(shape)(Expression(jaw=0.8, blink=1, brows=1, smile=1))
    rest = state(shape)
    for relative in (True, False):
        moved = Retargeter(rest, still, relative=relative)(state(acted), rest)
        assert np.abs(moved.shape - shape).max() < 0.05


def test_emphasis_is_for_speech_and_not_for_a_wide_open_mouth(
    avatar: HeadState, neutral: HeadState
) -> None:
    upper, lower = INNER_LIP_UPPER[5], INNER_LIP_LOWER[5]
    share = []
    for gap_cm in (0.95, 4.0):
        change = np.zeros((478, 3))
        rest_gap = neutral.shape[lower, 1] - neutral.shape[upper, 1]
        change[lower, 1] = gap_cm - rest_gap
        opened = [
            Retargeter(avatar, Strengths(mouth=mouth))(moved(neutral, change), neutral)
            for mouth in (1.0, 1.5)
        ]
        way = [state.shape[lower, 1] - avatar.shape[lower, 1] for state in opened]
        share.append(way[1] / way[0])
    assert share[0] > 1.3
    assert share[1] == pytest.approx(1.0, abs=0.01)
