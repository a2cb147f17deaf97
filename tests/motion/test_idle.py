import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.motion.geometry import PoseFitter, rotation_angle_deg
from realtime.motion.head_state import HeadState, turn_head
from realtime.motion.idle import Breathing, Idle, blink_at
from realtime.motion.retarget import lid_gaps

TIMES_NS = [round(t * 1e9) for t in np.arange(0, 30, 1 / 30)]


@pytest.fixture
def rest(avatar: Avatar) -> HeadState:
    return HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))


def test_idle_breathes_but_stays_where_it_is(rest: HeadState) -> None:
    idle = Idle(rest)
    shifts = [idle.at(t).landmarks()[1, :2] - rest.landmarks()[1, :2] for t in TIMES_NS]
    face_height = np.ptp(rest.landmarks()[:, 1])
    assert np.ptp([dy for _, dy in shifts]) / face_height > 0.002
    assert np.abs(shifts).max() / face_height < 0.05
    turns = [rotation_angle_deg(idle.at(t).motion_from(rest).rotation) for t in TIMES_NS]
    assert max(turns) < 3.0


def test_idle_is_smooth(rest: HeadState) -> None:
    idle = Idle(rest)
    nose = np.array([idle.at(t).landmarks()[1, :2] for t in TIMES_NS])
    assert np.abs(np.diff(nose, axis=0)).max() < 0.5


def test_idle_blinks_slowly_now_and_then() -> None:
    closed = np.array([blink_at(t * 1e-9) for t in TIMES_NS])
    starts = np.flatnonzero((closed[1:] > 0) & (closed[:-1] == 0))
    assert 4 <= len(starts) <= 9
    assert closed.max() > 0.95
    assert len(set(np.diff(starts))) > 1, "the intervals are uneven"


def test_eyes_shut_in_a_blink(rest: HeadState) -> None:
    idle = Idle(rest)
    t_ns = max(TIMES_NS, key=lambda t: blink_at(t * 1e-9))
    shut, rest_gaps = lid_gaps(idle.at(t_ns).shape), lid_gaps(rest.shape)
    assert (shut.max(axis=1) < 0.2 * rest_gaps.max(axis=1)).all()


def turned(rest: HeadState, yaw_deg: float) -> HeadState:
    return HeadState(turn_head(rest, yaw_deg, 0.0, 0.0), rest.shape)


def added_deg(breathed: HeadState, driven: HeadState) -> float:
    return rotation_angle_deg(breathed.pose.rotation @ driven.pose.rotation.T)


def test_still_driver_breathes_a_little(rest: HeadState) -> None:
    breathing = Breathing(1.0)
    states = [breathing(rest, t) for t in TIMES_NS]
    turns = np.array([added_deg(state, rest) for state in states])
    nose = np.array([state.landmarks()[1, :2] for state in states])
    assert turns[:15].max() < 0.05, "it sets in slowly"
    assert 0.1 < turns.max() < 0.4
    assert 0.5 < np.ptp(nose[:, 1]) < 3.0, "pixels"
    assert np.abs(np.diff(nose, axis=0)).max() < 0.1, "smooth"


def test_breath_does_not_touch_the_expression(rest: HeadState) -> None:
    breathing = Breathing(1.0)
    for t in TIMES_NS:
        np.testing.assert_array_equal(breathing(rest, t).shape, rest.shape)


def test_breath_gives_way_to_the_drivers_motion(rest: HeadState) -> None:
    breathing = Breathing(1.0)
    still = [added_deg(breathing(rest, t), rest) for t in TIMES_NS[:300]]
    moving = []
    for t in TIMES_NS[300:600]:
        driven = turned(rest, 12.0 * np.sin(2 * np.pi * t * 1e-9 / 3.0))
        moving.append(added_deg(breathing(driven, t), driven))
    after = [added_deg(breathing(rest, t), rest) for t in TIMES_NS[600:]]
    assert max(still) > 0.1
    assert max(moving[45:]) < 0.04
    assert max(after) > 0.1


def test_trembling_tracker_is_no_motion(rest: HeadState) -> None:
    breathing, random = Breathing(1.0), np.random.default_rng(2)
    shaken = [turned(rest, random.normal(0, 0.15)) for _ in TIMES_NS]
    turns = [
        added_deg(breathing(driven, t), driven) for driven, t in zip(shaken, TIMES_NS, strict=True)
    ]
    assert max(turns) > 0.1


def test_no_breath_leaves_the_state_as_it_is(rest: HeadState) -> None:
    breathing = Breathing(0.0)
    assert all(breathing(rest, t) is rest for t in TIMES_NS[:100])
