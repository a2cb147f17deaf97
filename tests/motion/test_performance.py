import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState
from realtime.motion.performance import LENGTH_S, Performance, cue_at

TIMES_S = np.arange(0, LENGTH_S, 1 / 30)


def test_every_channel_is_used() -> None:
    cues = [cue_at(t) for t in TIMES_S]
    ranges = {
        "yaw": np.ptp([cue.yaw_deg for cue in cues]),
        "pitch": np.ptp([cue.pitch_deg for cue in cues]),
        "roll": np.ptp([cue.roll_deg for cue in cues]),
    }
    assert min(ranges.values()) > 15
    for channel in ("jaw", "smile", "pucker", "brows", "blink", "look_right", "look_up"):
        values = [getattr(cue.expression, channel) for cue in cues]
        assert max(values) > 0.4, channel
        assert np.abs(values).max() <= 1.001, channel
        assert values[0] == pytest.approx(0, abs=0.05), "it starts at rest"


def test_it_plays_smoothly_and_again(avatar: Avatar) -> None:
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    performance = Performance(rest)
    nose = np.array([performance.at(t).landmarks()[1, :2] for t in TIMES_S])
    step = np.linalg.norm(np.diff(nose, axis=0), axis=1)
    assert step.max() < 0.12 * np.ptp(avatar.face.landmarks[:, 0])
    again = performance.at(LENGTH_S + 2.0).pose.rotation
    np.testing.assert_allclose(again, performance.at(2.0).pose.rotation, atol=1e-9)


def test_it_starts_as_the_portrait(avatar: Avatar) -> None:
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    landmarks = Performance(rest).at(0.0).landmarks()
    np.testing.assert_allclose(landmarks, avatar.face.landmarks, atol=0.05)
