from dataclasses import replace

import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.models.fomm.square import square_of
from realtime.motion.framing import DriverFraming, FollowingSquare
from realtime.types import Driving, Face, Frame, Landmarks

FRAME_NS = 33_333_333


@pytest.fixture
def landmarks(avatar: Avatar) -> Landmarks:
    return avatar.face.landmarks


def shifted(landmarks: Landmarks, sides: float) -> Landmarks:
    """The face moved to the right by so many sides of its square."""
    shift = sides * square_of(landmarks).side
    return landmarks + np.array([shift, 0, 0], np.float32)


def test_face_moves_within_a_still_square(landmarks: Landmarks) -> None:
    following = FollowingSquare()
    first = following.update(landmarks, 0)
    again = following.update(shifted(landmarks, 0.07), FRAME_NS)
    assert again == first


def test_square_follows_slowly(landmarks: Landmarks) -> None:
    following = FollowingSquare()
    left = following.update(landmarks, 0).left
    aside = shifted(landmarks, 0.3)
    places = [following.update(aside, frame * FRAME_NS).left for frame in range(1, 150)]
    side = square_of(landmarks).side
    assert np.diff([left, *places]).max() / side <= 0.12 / 30 + 1e-6
    np.testing.assert_allclose(places[-1] - left, 0.22 * side, rtol=0.02)


def test_somebody_else_is_framed_at_once(landmarks: Landmarks) -> None:
    following = FollowingSquare()
    following.update(landmarks, 0)
    elsewhere = shifted(landmarks, 0.8)
    assert following.update(elsewhere, FRAME_NS) == square_of(elsewhere)


@pytest.fixture
def face(avatar: Avatar) -> Face:
    return replace(avatar.face, blendshapes=np.zeros(52, np.float32))


def feed(framing: DriverFraming, face: Face, avatar: Avatar, count: int) -> list[Driving]:
    pixels = avatar.portrait.canvas
    frames = [Frame(pixels, n, n * FRAME_NS) for n in range(count)]
    found = [framing.frame(frame, face) for frame in frames]
    return [driving for driving in found if driving is not None]


def test_driver_is_framed_like_the_avatar(avatar: Avatar, face: Face) -> None:
    driving = feed(DriverFraming(avatar.face, 64), face, avatar, 60)[-1]
    wanted = square_of(face.landmarks).cut(avatar.portrait.canvas, 64)
    assert np.array_equal(driving.pixels, wanted)
    assert driving.rest is not None
    assert np.array_equal(driving.rest, wanted)


def test_rest_stays_the_same_array(avatar: Avatar, face: Face) -> None:
    found = feed(DriverFraming(avatar.face, 64), face, avatar, 90)
    assert found[-1].rest is found[-2].rest


def test_absolute_motion_has_no_rest(avatar: Avatar, face: Face) -> None:
    framing = DriverFraming(avatar.face, 64, relative=False)
    (driving,) = feed(framing, face, avatar, 1)
    assert driving.rest is None


def test_recalibration_finds_the_rest_anew(avatar: Avatar, face: Face) -> None:
    framing = DriverFraming(avatar.face, 64)
    before = feed(framing, face, avatar, 60)[-1].rest
    framing.recalibrate()
    after = feed(framing, face, avatar, 60)[-1].rest
    assert after is not before
