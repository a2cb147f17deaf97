"""Unfolding: folded skin is opened, sound skin and what a turn hides are left alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.models.face_mesh import LOWER_LIP, UPPER_LIP, FaceMesh
from realtime.motion.geometry import Shape, rotation_from_degrees
from realtime.motion.head_state import HeadState
from realtime.motion.rig import Expression, Rig
from realtime.motion.unfold import Unfolder
from realtime.types import Similarity


def state(shape: Shape, *turn_deg: float) -> HeadState:
    rotation = rotation_from_degrees(*turn_deg) if turn_deg else np.eye(3)
    return HeadState(Similarity(12.0, rotation, np.array([300.0, 300.0, 0.0])), shape)


def folds(shown: HeadState, rest: HeadState, mesh: FaceMesh) -> int:
    """Skin triangles that face away although the turned rest face shows them."""
    skin = mesh.triangles[~mesh.in_openings]

    def areas(shape: Shape) -> np.ndarray:
        corners = (shape @ shown.pose.rotation.T)[skin][..., :2]
        first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        return (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2

    corners = (rest.shape @ rest.pose.rotation.T)[skin][..., :2]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    facing = np.sign(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])
    return int(((areas(rest.shape) * facing > 0.005) & (areas(shown.shape) * facing < 0.0)).sum())


@pytest.mark.parametrize("turn_deg", [(0, 0, 0), (25, 0, 0), (-20, 10, 15)])
def test_a_lid_pulled_over_the_brow_is_opened(
    mesh: FaceMesh, shape: Shape, turn_deg: tuple[float, ...]
) -> None:
    rest = state(shape)
    folded = shape.copy()
    folded[[159, 160, 158], 1] -= 0.7
    shown = state(folded, *turn_deg)
    assert folds(shown, rest, mesh) > 0
    opened = Unfolder(rest, mesh)(shown)
    assert folds(opened, rest, mesh) == 0
    # What is far away does not move, and the pose stays.
    assert np.array_equal(opened.shape[152], folded[152]) or np.allclose(
        opened.shape[152], folded[152]
    )
    assert opened.pose is shown.pose


def test_a_mouth_corner_pulled_across_the_lips_is_opened(mesh: FaceMesh, shape: Shape) -> None:
    rest = state(shape)
    folded = shape.copy()
    folded[291, :2] += (-1.5, -0.7)
    assert folds(state(folded), rest, mesh) > 0
    assert folds(Unfolder(rest, mesh)(state(folded)), rest, mesh) == 0


def test_lips_turned_inside_out_are_opened(mesh: FaceMesh, shape: Shape) -> None:
    rest = state(shape)
    folded = shape.copy()
    lips = [*UPPER_LIP, *LOWER_LIP]
    between = shape[[13, 14], 1].mean()
    folded[lips, 1] = between - 0.3 * (shape[lips, 1] - between)
    assert folds(state(folded), rest, mesh) > 50
    assert folds(Unfolder(rest, mesh)(state(folded)), rest, mesh) == 0


@settings(max_examples=30, deadline=None)
@given(
    jaw=st.floats(0, 0.8), smile=st.floats(0, 0.8), brows=st.floats(-0.5, 0.8),
    yaw_deg=st.floats(-35, 35), pitch_deg=st.floats(-20, 20),
)  # fmt: skip
def test_no_expression_leaves_a_fold(
    mesh: FaceMesh, jaw: float, smile: float, brows: float, yaw_deg: float, pitch_deg: float
) -> None:
    neutral = np.vstack([mesh.vertices * [1, -1, -1], np.zeros((10, 3))])
    rest = state(neutral)
    shown = state(
        Rig(neutral)(Expression(jaw=jaw, smile=smile, brows=brows)), yaw_deg, pitch_deg, 0.0
    )
    opened = Unfolder(rest, mesh)(shown)
    assert folds(opened, rest, mesh) <= folds(shown, rest, mesh)
    assert folds(opened, rest, mesh) <= 1


def test_sound_skin_is_the_very_same_state(mesh: FaceMesh, shape: Shape) -> None:
    rest = state(shape)
    shown = state(shape, 30, 5, 0)
    assert Unfolder(rest, mesh)(shown) is shown
