import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.models.face_mesh import OVAL
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState, turn_head
from realtime.render.far_side import FarSide, far_side
from realtime.render.mesh import inter_ocular
from realtime.types import LANDMARK_COUNT, Floats


def seen_at(avatar: Avatar, yaw_deg: float) -> tuple[Floats, FarSide]:
    """The oval of a face that looks aside, and its far side."""
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    points = HeadState(turn_head(rest, yaw_deg, 0, 0), rest.shape).landmarks()[:, :2]
    vertices = np.vstack([points, points[list(OVAL)]]).astype(np.float32)
    height, width = avatar.portrait.canvas.shape[:2]
    skin = avatar.mesh.triangles[~avatar.mesh.in_openings]
    side = far_side(vertices, skin, (width, height), inter_ocular(avatar.face.landmarks))
    return vertices, side


@pytest.mark.parametrize("yaw_deg", [-40, 40])
def test_what_a_face_hides_has_skin_up_to_the_oval_and_none_beyond(
    avatar: Avatar, yaw_deg: float
) -> None:
    vertices, side = seen_at(avatar, yaw_deg)
    assert 3 <= side.is_hidden.sum() <= 20
    # A face that looks to the right has its hidden points, and their way out, on the right.
    way = np.sign(yaw_deg) * (side.hem - side.texture[list(OVAL)])[side.is_hidden, 0]
    assert way.min() >= 0
    assert way.mean() > 5
    assert np.array_equal(side.hem[~side.is_hidden], vertices[list(OVAL)][~side.is_hidden])


def test_a_face_seen_from_the_front_keeps_its_texture(avatar: Avatar) -> None:
    vertices, side = seen_at(avatar, 0.0)
    assert not side.is_hidden.any()
    moved = np.abs(side.texture[:LANDMARK_COUNT] - vertices[:LANDMARK_COUNT]).max()
    assert moved == 0
