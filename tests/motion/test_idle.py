import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.models.face_mesh import EYES
from realtime.motion.geometry import PoseFitter, rotation_angle_deg
from realtime.motion.head_state import HeadState
from realtime.motion.idle import Idle, blink_at
from realtime.motion.retarget import lid_gap

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
    for eye in EYES:
        assert lid_gap(idle.at(t_ns).shape, eye).max() < 0.2 * lid_gap(rest.shape, eye).max()
