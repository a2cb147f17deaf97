import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.models.face_mesh import FaceMesh
from realtime.motion.geometry import (
    PoseFitter,
    Shape,
    SimilarityFitter,
    compose,
    inverse,
    rotation_angle_deg,
    rotation_from_degrees,
    to_image,
    yaw_deg,
)
from realtime.types import Landmarks, Similarity

NOSE_TIP, CHIN = 1, 152
RIGHT_EYE_CORNER, LEFT_EYE_CORNER = 33, 263

angles = st.floats(-80, 80)
poses = st.builds(
    lambda scale, yaw, pitch, roll, x, y, z: Similarity(
        scale, rotation_from_degrees(yaw, pitch, roll), np.array([x, y, z])
    ),
    st.floats(0.1, 50), angles, angles, angles,
    st.floats(-500, 500), st.floats(-500, 500), st.floats(-500, 500),
)  # fmt: skip
seeds = st.integers(0, 2**32 - 1)


def cloud(seed: int, count: int = 12) -> Shape:
    return np.random.default_rng(seed).normal(0, 5, (count, 3))


def pixels(pose: Similarity, shape: Shape) -> Landmarks:
    return to_image(pose, shape).astype(np.float32)


def assert_same(one: Similarity, other: Similarity) -> None:
    assert one.scale == pytest.approx(other.scale)
    assert np.allclose(one.rotation, other.rotation, atol=1e-6)
    assert np.allclose(one.translation, other.translation, atol=1e-5)


@given(poses, seeds)
def test_a_similarity_is_recovered_from_the_points_it_moved(pose: Similarity, seed: int) -> None:
    source = cloud(seed)
    weights = np.random.default_rng(seed).uniform(0.1, 1, len(source))
    assert_same(SimilarityFitter(source, weights / weights.sum())(to_image(pose, source)), pose)


@given(seeds)
def test_noise_and_mirroring_never_make_a_reflection(seed: int) -> None:
    source = cloud(seed)
    mirrored = source * [-1, 1, 1] + cloud(seed + 1) * 0.1
    rotation = SimilarityFitter(source, np.full(12, 1 / 12))(mirrored).rotation
    assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_points_without_weight_have_no_say() -> None:
    source = cloud(4)
    target = 2 * source + np.array([1.0, 2.0, 3.0])
    target[-1] += 100
    weights = np.full(12, 1 / 11)
    weights[-1] = 0
    assert SimilarityFitter(source, weights)(target).scale == pytest.approx(2.0)


@given(poses, seeds)
def test_inverse_undoes(pose: Similarity, seed: int) -> None:
    points = cloud(seed)
    assert np.allclose(to_image(inverse(pose), to_image(pose, points)), points, atol=1e-6)


@given(poses, poses, seeds)
def test_compose_is_outer_after_inner(outer: Similarity, inner: Similarity, seed: int) -> None:
    points = cloud(seed)
    expected = to_image(outer, to_image(inner, points))
    assert np.allclose(to_image(compose(outer, inner), points), expected, atol=1e-5)


def test_fitting_and_showing_gives_the_landmarks_back(mesh: FaceMesh) -> None:
    landmarks = np.random.default_rng(5).uniform(0, 600, (478, 3)).astype(np.float32)
    pose, shape = PoseFitter(mesh).fit(landmarks)
    assert np.allclose(to_image(pose, shape), landmarks, atol=1e-3)


def test_the_canonical_face_has_itself_as_shape_under_any_pose(
    mesh: FaceMesh, shape: Shape
) -> None:
    pose = Similarity(17.0, rotation_from_degrees(25, -10, 8), np.array([320, 240, -40.0]))
    fitted, found = PoseFitter(mesh).fit(pixels(pose, shape))
    assert fitted.scale == pytest.approx(17.0, rel=1e-5)
    assert np.allclose(fitted.rotation, pose.rotation, atol=1e-5)
    assert np.allclose(fitted.translation, pose.translation, atol=1e-3)
    assert np.allclose(found, shape, atol=1e-4)


def test_head_pose_does_not_change_the_shape(mesh: FaceMesh, shape: Shape) -> None:
    face = shape + np.random.default_rng(1).normal(0, 0.3, shape.shape)
    fitter = PoseFitter(mesh)
    _, ahead = fitter.fit(face.astype(np.float32))
    turned = Similarity(9.0, rotation_from_degrees(-30, 15, 20), np.array([5, 6, 7.0]))
    _, aside = fitter.fit(pixels(turned, face))
    assert np.allclose(ahead, aside, atol=1e-4)


@pytest.mark.parametrize(
    ("degrees", "moves"),
    [
        pytest.param((20, 0, 0), (1, 0), id="yaw turns the nose to the picture's right"),
        pytest.param((-20, 0, 0), (-1, 0), id="negative yaw to the left"),
        pytest.param((0, 20, 0), (0, -1), id="pitch lifts the nose"),
        pytest.param((0, -20, 0), (0, 1), id="negative pitch lowers it"),
    ],
)
def test_where_the_nose_goes(
    shape: Shape, degrees: tuple[float, float, float], moves: tuple[int, int]
) -> None:
    middle = (shape[RIGHT_EYE_CORNER] + shape[LEFT_EYE_CORNER]) / 2
    nose = shape[NOSE_TIP] - middle
    shift = rotation_from_degrees(*degrees) @ nose - nose
    direction = np.array(moves, float)
    along = float(shift[:2] @ direction)
    assert along > 1.0
    assert abs(shift[:2] @ direction[::-1]) < 0.5 * along


def test_roll_turns_clockwise_in_the_picture(shape: Shape) -> None:
    turned = shape @ rotation_from_degrees(0, 0, 20).T
    assert turned[LEFT_EYE_CORNER, 1] > turned[RIGHT_EYE_CORNER, 1] + 1
    assert turned[CHIN, 0] < turned[10, 0] - 1


@given(angles, angles, angles)
def test_angles_make_a_proper_rotation(yaw: float, pitch: float, roll: float) -> None:
    rotation = rotation_from_degrees(yaw, pitch, roll)
    assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


@pytest.mark.parametrize("degrees", [(31, 0, 0), (0, -31, 0), (0, 0, 31)])
def test_rotation_angle_is_how_far_it_turns(degrees: tuple[float, float, float]) -> None:
    assert rotation_angle_deg(rotation_from_degrees(*degrees)) == pytest.approx(31)
    assert rotation_angle_deg(np.eye(3)) == 0


@given(st.floats(-80, 80), st.floats(-60, 60))
def test_yaw_is_how_far_a_face_looks_aside_however_it_nods(yaw: float, pitch: float) -> None:
    assert yaw_deg(rotation_from_degrees(yaw, pitch, 0)) == pytest.approx(yaw)
