import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.motion.geometry import PoseFitter, rotation_angle_deg, to_image
from realtime.motion.head_state import HeadState, blend, turn_head


@pytest.fixture
def rest(avatar: Avatar) -> HeadState:
    return HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))


def test_state_gives_its_landmarks_back(avatar: Avatar, rest: HeadState) -> None:
    np.testing.assert_allclose(rest.landmarks(), avatar.face.landmarks, atol=1e-3)


def test_motion_from_rest_takes_the_resting_head_there(rest: HeadState) -> None:
    turned = HeadState(turn_head(rest, 20, -5, 8), rest.shape)
    motion = turned.motion_from(rest)
    np.testing.assert_allclose(
        to_image(motion, rest.landmarks().astype(float)), turned.landmarks(), atol=1e-2
    )


def test_head_turns_on_its_neck(rest: HeadState) -> None:
    turned = HeadState(turn_head(rest, 25, 0, 0), rest.shape)
    nose_moved = turned.landmarks()[1, 0] - rest.landmarks()[1, 0]
    assert nose_moved > 10.0  # yaw is towards the picture's right
    assert rotation_angle_deg(turned.motion_from(rest).rotation) == pytest.approx(25, abs=0.1)


def test_blend_goes_from_one_to_the_other(rest: HeadState) -> None:
    end = HeadState(turn_head(rest, 30, 0, 0), rest.shape + 1.0)
    assert blend(rest, end, 0.0) is rest
    assert blend(rest, end, 1.0) is end
    half = blend(rest, end, 0.5)
    assert rotation_angle_deg(half.motion_from(rest).rotation) == pytest.approx(15, abs=0.1)
    np.testing.assert_allclose(half.shape, rest.shape + 0.5)
