import numpy as np
import pytest

from bench.quality.landmarks import (
    IRISES,
    MOUTH,
    POINTS_68,
    angles_deg,
    distances_px,
    identity_distance,
    in_eye_distances,
    shake,
    shake_ratio,
)
from realtime.types import Floats
from tests.bench.made_faces import about_y, made_face

RANDOM = np.random.default_rng(2)


def shaking(amplitude: float, frames: int = 9) -> list[Floats | None]:
    """Five points that jump to and fro along x."""
    return [
        np.tile(np.array([amplitude * (index % 2), 0], np.float32), (5, 1))
        for index in range(frames)
    ]


def test_distance_is_that_of_the_shift_in_the_picture_plane() -> None:
    moved = made_face((3, 4))
    moved.landmarks[:, 2] += 50
    assert distances_px(made_face(), moved) == pytest.approx(np.full(478, 5.0), abs=1e-4)


def test_landmark_sets_have_as_many_members_as_their_names_say() -> None:
    assert len(set(POINTS_68)) == 68
    assert len(set(MOUTH)) == len(MOUTH) == 40
    assert len(IRISES) == 10


def test_size_in_the_picture_does_not_matter_in_eye_distances() -> None:
    face = made_face().landmarks
    (near,), (far,) = in_eye_distances([3 * face]), in_eye_distances([face])
    assert near == pytest.approx(far, rel=1e-5)
    assert far is not None
    assert far[0] * 60 == pytest.approx(face[0, :2])


def test_place_in_the_picture_does_not_matter_to_the_shake_in_eye_distances() -> None:
    trembling = made_face().landmarks + RANDOM.normal(0, 0.5, (20, 478, 3)).astype(np.float32)
    here, there = (in_eye_distances([*(trembling + place)]) for place in (0, 500))
    assert shake_ratio(here, there) == pytest.approx(1.0, rel=1e-3)


def test_moments_without_a_face_have_no_landmarks_in_eye_distances() -> None:
    assert in_eye_distances([None]) == [None]


def test_shake_of_jumping_to_and_fro_is_four_half_jumps() -> None:
    assert shake(shaking(1.5)) == pytest.approx(np.full(7, 3.0))


def test_even_motion_does_not_shake() -> None:
    path = [np.full((5, 2), 2.0 * index, np.float32) for index in range(5)]
    assert shake(path) == pytest.approx(np.zeros(3))


def test_shake_ratio_is_out_over_truth() -> None:
    assert shake_ratio(shaking(2.0), shaking(3.0)) == pytest.approx(1.5)


def test_shake_ratio_leaves_out_moments_that_either_lacks() -> None:
    output = shaking(3.0)
    output[4] = None
    truth = shaking(2.0)
    wild = truth[4]
    assert wild is not None
    truth[4] = wild + np.float32(100)
    assert shake_ratio(truth, output) == pytest.approx(1.5)


def test_shake_ratio_is_unknown_where_the_truth_stands_still_or_nothing_is_seen() -> None:
    assert shake_ratio(shaking(0.0), shaking(1.0)) is None
    assert shake_ratio(shaking(1.0), [None] * 9) is None


def test_identity_does_not_depend_on_place_and_pose() -> None:
    assert identity_distance(made_face((7, -3), turn=about_y(25)), made_face()) == pytest.approx(
        0, abs=1e-5
    )


def test_identity_sees_a_face_become_wider() -> None:
    wider = made_face()
    wider.landmarks[:, 0] *= 1.2
    assert identity_distance(wider, made_face()) > 0.05


@pytest.mark.parametrize("degrees", [-30.0, 12.0])
def test_yaw_is_the_turn_about_the_vertical(degrees: float) -> None:
    assert angles_deg(made_face(turn=about_y(degrees))) == pytest.approx((degrees, 0, 0), abs=1e-4)


def test_pitch_and_roll_are_the_other_turns() -> None:
    c, s = np.cos(np.radians(20)), np.sin(np.radians(20))
    nod = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    tilt = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    assert angles_deg(made_face(turn=nod)) == pytest.approx((0, 20, 0), abs=1e-4)
    assert angles_deg(made_face(turn=tilt)) == pytest.approx((0, 0, 20), abs=1e-4)
