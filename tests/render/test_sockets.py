import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.models.face_mesh import CHIN, EYES, LEFT_BROW, RIGHT_BROW, inter_ocular
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState, turn_head
from realtime.render.sockets import Sockets
from realtime.types import LANDMARK_COUNT, Landmarks

UPPER_LIDS = [EYES[0].upper[3], EYES[1].upper[3]]


@pytest.fixture
def rest(avatar: Avatar) -> Landmarks:
    return avatar.face.landmarks


@pytest.fixture
def sockets(rest: Landmarks) -> Sockets:
    return Sockets(rest, np.ones(LANDMARK_COUNT), inter_ocular(rest))


def with_brows_lower(face: Landmarks, share: float, brow: tuple[int, ...]) -> Landmarks:
    lowered = face.copy()
    lowered[list(brow), 1] += share * inter_ocular(face)
    return lowered


def test_a_face_at_rest_is_as_bright_as_it_was(sockets: Sockets, rest: Landmarks) -> None:
    np.testing.assert_allclose(sockets(rest, 1.0), 1.0, atol=1e-6)


def test_a_lowered_brow_shades_its_own_eye_and_a_raised_one_lights_it(
    sockets: Sockets, rest: Landmarks
) -> None:
    for own, brow in enumerate((RIGHT_BROW, LEFT_BROW)):
        frowning = sockets(with_brows_lower(rest, 0.08, brow), 1.0)
        assert frowning[UPPER_LIDS[own]] < 0.95
        assert frowning[UPPER_LIDS[1 - own]] > 0.99
        assert frowning[CHIN] == pytest.approx(1.0, abs=1e-3)
        assert sockets(with_brows_lower(rest, -0.08, brow), 1.0)[UPPER_LIDS[own]] > 1.04


def test_however_low_a_brow_some_light_is_left(sockets: Sockets, rest: Landmarks) -> None:
    high = sockets(with_brows_lower(rest, -2.0, RIGHT_BROW), 1.0)
    assert 1.0 < high.max() <= 1.12
    lower = rest.copy()
    lower[list(RIGHT_BROW)] = rest[list(EYES[0].corners)].mean(axis=0)
    assert 0.75 <= sockets(lower, 1.0).min() < 0.9


def test_what_is_bright_already_is_not_lit_till_it_burns_out(rest: Landmarks) -> None:
    raised = with_brows_lower(rest, -0.08, RIGHT_BROW)
    lit = [
        Sockets(rest, np.full(LANDMARK_COUNT, room), inter_ocular(rest))(raised, 1.0)
        for room in (1.0, 0.3, 0.0)
    ]
    assert lit[0].max() > 1.04 > lit[1].max() > 1.0 == lit[2].max()


def test_a_turned_or_nearer_head_is_no_frown(avatar: Avatar, sockets: Sockets) -> None:
    state = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    for turn in ((25, 0, 0), (0, 18, 0), (0, -18, 5)):
        turned = HeadState(turn_head(state, *turn), state.shape).landmarks()
        np.testing.assert_allclose(sockets(turned, 1.0), 1.0, atol=0.01)
    np.testing.assert_allclose(sockets(1.5 * avatar.face.landmarks, 1.5), 1.0, atol=1e-5)
