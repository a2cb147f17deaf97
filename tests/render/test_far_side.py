import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.avatar import Avatar
from realtime.models.face_mesh import EYES, LEFT_BROW, OVAL
from realtime.motion.geometry import PoseFitter, rotation_from_degrees
from realtime.motion.head_state import HeadState, turn_head
from realtime.render.far_side import FarSide, far_side, without_brow_and_lashes
from realtime.render.mesh import inter_ocular
from realtime.types import LANDMARK_COUNT, Floats


def seen_at(
    avatar: Avatar, yaw_deg: float, without: NDArray[np.bool_] | None = None
) -> tuple[Floats, FarSide]:
    """The oval of a face that looks aside, and its far side; `without` is no part of the person."""
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    points = HeadState(turn_head(rest, yaw_deg, 0, 0), rest.shape).landmarks()[:, :2]
    vertices = np.vstack([points, points[list(OVAL)]]).astype(np.float32)
    alpha = np.full(avatar.portrait.canvas.shape[:2], 255, np.uint8)
    if without is not None:
        alpha[without] = 0
    skin = avatar.mesh.triangles[~avatar.mesh.in_openings]
    side = far_side(vertices, skin, alpha, inter_ocular(avatar.face.landmarks))
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


@pytest.mark.parametrize("yaw_deg", [-40, 40])
def test_the_outlines_own_texture_is_skin_where_a_side_is_hidden(
    avatar: Avatar, yaw_deg: float
) -> None:
    """Landmarks that lie on what is beside the face would show it once it turns to the viewer."""
    vertices, side = seen_at(avatar, yaw_deg)
    shown = vertices[:LANDMARK_COUNT]
    # The person's own outline runs a little within the landmarks'.
    edge = shown[:, 0].max() if yaw_deg > 0 else shown[:, 0].min()
    columns = np.arange(avatar.portrait.canvas.shape[1])
    beside = columns > edge - 6 if yaw_deg > 0 else columns < edge + 6
    height = avatar.portrait.canvas.shape[0]
    _, side = seen_at(avatar, yaw_deg, np.tile(beside, (height, 1)))
    middle = shown[list(OVAL)].mean(axis=0)
    level = np.abs(shown[:, 1] - middle[1]) < 60
    on_it = level & beside[np.clip(shown[:, 0].astype(int), 0, len(columns) - 1)]
    assert on_it.sum() >= 3
    assert not beside[side.texture[:LANDMARK_COUNT][on_it, 0].astype(int)].any()


def test_eyes_are_no_edge_of_the_face(avatar: Avatar) -> None:
    """Their openings are no skin; corners of an eye do not go to look for some beside it."""
    vertices, side = seen_at(avatar, -40)
    moved = np.abs(side.texture[:LANDMARK_COUNT] - vertices[:LANDMARK_COUNT]).max(axis=1)
    assert moved[[point for eye in EYES for point in eye.ring]].max() == 0


def test_a_face_seen_from_the_front_keeps_its_texture(avatar: Avatar) -> None:
    vertices, side = seen_at(avatar, 0.0)
    assert not side.is_hidden.any()
    moved = np.abs(side.texture[:LANDMARK_COUNT] - vertices[:LANDMARK_COUNT]).max()
    assert moved == 0


@pytest.mark.parametrize("hairs", [EYES[1].ring, LEFT_BROW], ids=["lashes", "brow"])
def test_hidden_skin_is_drawn_from_skin_and_not_from_lashes_or_brow(
    avatar: Avatar, hairs: tuple[int, ...]
) -> None:
    """The far eye of a face that looks far aside lies at its outline."""
    skin, dark = (200, 160, 140), (40, 25, 20)
    vertices, side = seen_at(avatar, 45)
    person = np.full((*avatar.portrait.canvas.shape[:2], 4), (*skin, 255), np.uint8)
    for x, y in vertices[list(hairs)].astype(int):
        cv2.circle(person, (int(x), int(y)), 6, (*dark, 255), cv2.FILLED)
    triangles = avatar.mesh.triangles[~avatar.mesh.in_openings]
    size = inter_ocular(avatar.face.landmarks)
    bare = without_brow_and_lashes(person, side, triangles, size)
    ring = np.round(vertices[list(EYES[1].ring)]).astype(np.int32)
    at_rim = side.texture[:LANDMARK_COUNT][side.is_rim].astype(int)
    inside = [cv2.pointPolygonTest(ring, tuple(map(float, each)), True) for each in at_rim]
    at_rim = at_rim[np.array(inside) < -2]
    was_dark = (person[at_rim[:, 1], at_rim[:, 0], :3] == dark).all(axis=1)
    assert was_dark.sum() >= 3
    found = bare[at_rim[:, 1], at_rim[:, 0], :3][was_dark]
    assert (found.mean(axis=1) > np.mean([dark, skin])).all()
    assert (bare[..., 3] == 255).all()
    # The near eye, and the inside of the far one, are left alone.
    middle = int(vertices[list(OVAL), 0].mean())
    assert (bare[:, :middle] == person[:, :middle]).all()
    x, y = vertices[list(EYES[1].ring)].mean(axis=0).astype(int)
    assert (bare[y, x] == person[y, x]).all()


@pytest.mark.parametrize("yaw_deg", [-40, 40])
def test_hidden_skin_comes_to_light_as_the_head_turns_to_the_viewer(
    avatar: Avatar, yaw_deg: float
) -> None:
    _, side = seen_at(avatar, yaw_deg)
    back = [-np.sign(yaw_deg) * turn for turn in (-20.0, 0.0, 4.0, 8.0, 30.0)]
    shares = [side.in_light(rotation_from_degrees(turn, 0, 0)) for turn in back]
    assert shares[:2] == [0.0, 0.0]
    assert 0.2 < shares[2] < 0.8
    assert shares[3:] == pytest.approx([1.0, 1.0], abs=0.05)
    nod = side.in_light(rotation_from_degrees(0, 15, 0))
    assert nod < 0.5


def test_nothing_comes_to_light_of_a_face_that_hides_nothing(avatar: Avatar) -> None:
    _, side = seen_at(avatar, 0.0)
    assert side.in_light(rotation_from_degrees(20, 0, 0)) == 0.0


def test_a_face_seen_from_the_front_keeps_its_lashes(avatar: Avatar) -> None:
    _, side = seen_at(avatar, 0.0)
    person = np.dstack([avatar.portrait.canvas, np.full(avatar.portrait.canvas.shape[:2], 255)])
    person = person.astype(np.uint8)
    triangles = avatar.mesh.triangles[~avatar.mesh.in_openings]
    assert without_brow_and_lashes(person, side, triangles, 100.0) is person
