"""The response: an avatar that answers too little is asked for more; one that obeys is not."""

from collections.abc import Callable

import numpy as np
import pytest

from realtime.models.face_mesh import EYES
from realtime.motion.geometry import rotation_from_degrees, to_image
from realtime.motion.head_state import HeadState
from realtime.motion.response import Response
from realtime.types import Floats, Similarity

RANDOM = np.random.default_rng(4)
REST = HeadState(
    Similarity(12.0, rotation_from_degrees(4.0, -3.0, 2.0), np.array([300.0, 260.0, 0.0])),
    RANDOM.normal(0.0, 4.0, (478, 3)),
)
MODES = RANDOM.normal(0.0, 0.1, (5, 478, 3))


def state(amounts: Floats, yaw_deg: float = 0.0) -> HeadState:
    pose = REST.pose
    turned = rotation_from_degrees(yaw_deg, 0.0, 0.0) @ pose.rotation
    shape = REST.shape + np.tensordot(amounts, MODES, 1)
    return HeadState(Similarity(pose.scale, turned, pose.translation), shape)


def states(count: int = 60) -> list[HeadState]:
    amounts = RANDOM.uniform(-1.0, 1.0, (count, 5)) * [2.0, 1.0, 0.6, 0.4, 0.3]
    return [
        state(row, yaw) for row, yaw in zip(amounts, RANDOM.uniform(-10, 10, count), strict=True)
    ]


def weak(asked: HeadState) -> Floats:
    """Landmarks of an avatar that shows 80 % of any expression, always a pixel to the right."""
    change = asked.shape - REST.shape
    change[:, :2] *= 0.8
    seen = to_image(asked.pose, REST.shape + change) + np.array([1.0, 0.0, 0.0])
    return np.asarray(seen, np.float32)


def error_px(look: Callable[[HeadState], Floats], drawn: HeadState, wanted: HeadState) -> float:
    """What differs from the wanted picture, beyond what differs at rest."""
    at_rest = look(REST) - REST.landmarks()
    offsets = look(drawn) - at_rest - wanted.landmarks()
    return float(np.linalg.norm(offsets[:, :2], axis=1).mean())


@pytest.fixture(scope="module")
def response() -> Response:
    """Of the weak avatar."""
    return Response.learn(REST, states(), weak)


def test_a_weak_answer_is_made_up_for_in_states_that_were_not_rehearsed(
    response: Response,
) -> None:
    for wanted in states(20):
        before, after = (
            error_px(weak, wanted, wanted),
            error_px(weak, response.undo(wanted), wanted),
        )
        assert after < 0.5 * before


def test_an_obedient_avatar_is_left_alone() -> None:
    response = Response.learn(REST, states(), lambda asked: asked.landmarks())
    for wanted in states(5):
        assert np.allclose(response.undo(wanted).shape, wanted.shape, atol=1e-4)


def test_rest_stays_rest(response: Response) -> None:
    assert np.allclose(response.undo(REST).shape, REST.shape, atol=1e-9)
    assert response.undo(REST).pose is REST.pose


def test_depth_and_pose_are_not_touched(response: Response) -> None:
    wanted = states(1)[0]
    drawn = response.undo(wanted)
    assert np.array_equal(drawn.shape[:, 2], wanted.shape[:, 2])
    assert drawn.pose is wanted.pose


def test_no_landmark_is_moved_far() -> None:
    def wild(asked: HeadState) -> Floats:
        seen = to_image(asked.pose, 4.0 * asked.shape - 3.0 * REST.shape)
        return np.asarray(seen, np.float32)

    wanted = state(np.full(5, 3.0))
    moved = Response.learn(REST, states(), wild).undo(wanted).shape - wanted.shape
    assert np.abs(moved).max() == pytest.approx(0.35)


@pytest.mark.parametrize("seen", [0, 1, 2], ids=["never", "at rest only", "once more"])
def test_a_face_that_is_not_found_teaches_nothing(seen: int) -> None:
    looks = iter([REST.landmarks()] * seen)
    response = Response.learn(REST, states(), lambda _: next(looks, None))
    wanted = states(1)[0]
    assert np.array_equal(response.undo(wanted).shape, wanted.shape)


def test_rehearsing_is_bounded() -> None:
    asked: list[HeadState] = []

    def look(drawn: HeadState) -> Floats:
        asked.append(drawn)
        return drawn.landmarks()

    Response.learn(REST, states(200), look)
    assert len(asked) == 33
    Response.learn(REST, [REST, REST], look)
    assert len(asked) <= 36


def test_lids_of_a_shut_eye_are_left_where_they_meet(response: Response) -> None:
    wanted = state(np.full(5, 1.0))
    for eye in EYES:
        wanted.shape[list(eye.upper), 1] = wanted.shape[list(eye.lower), 1]
        corner = eye.corners[0]
        assert not np.allclose(response.undo(wanted).shape[corner], wanted.shape[corner])
        for lid in (eye.upper, eye.lower):
            np.testing.assert_array_equal(
                response.undo(wanted).shape[list(lid)], wanted.shape[list(lid)]
            )
