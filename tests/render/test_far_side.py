from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from realtime.avatar import Avatar
from realtime.models.face_mesh import (
    EYES,
    LEFT_BROW,
    LOWER_LIP,
    OVAL,
    RIGHT_BROW,
    UPPER_LIP,
    inter_ocular,
)
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState, turn_head
from realtime.render.far_side import FarSide, far_side
from realtime.types import LANDMARK_COUNT, RGB, Landmarks

SKIN, WALL, DARK = (200, 160, 140), (40, 60, 230), (40, 25, 20)


def looking(avatar: Avatar, yaw_deg: float, pitch_deg: float = 0.0) -> Landmarks:
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    return HeadState(turn_head(rest, yaw_deg, pitch_deg, 0), rest.shape).landmarks()


def painted(avatar: Avatar, landmarks: Landmarks) -> RGB:
    """Skin over the face and a little beyond, before a wall; all of it opaque."""
    person = np.full((*avatar.portrait.canvas.shape[:2], 4), (*WALL, 255), np.uint8)
    hull = cv2.convexHull(np.round(landmarks[:, :2]).astype(np.int32))
    cv2.fillConvexPoly(person, hull, (*SKIN, 255))
    return person


def seen_at(avatar: Avatar, yaw_deg: float, person: RGB | None = None) -> tuple[Landmarks, FarSide]:
    """A face that looks aside, and its far side."""
    landmarks = looking(avatar, yaw_deg)
    side = far_side(
        landmarks,
        landmarks[list(OVAL), :2],
        avatar.mesh.triangles[~avatar.mesh.in_openings],
        painted(avatar, landmarks) if person is None else person,
        inter_ocular(landmarks),
    )
    return landmarks, side


def sheet(side: FarSide, person: RGB) -> RGB:
    """What is laid out beside the texture."""
    height = int(np.ceil(side.vertices[-len(side.again) :, 1].max()))
    return side.person_in_light[:height, person.shape[1] :, :3]


def off(picture: RGB, colour: tuple[int, int, int]) -> NDArray[np.int64]:
    largest: NDArray[np.int64] = np.abs(picture[..., :3].astype(np.int64) - colour).max(axis=-1)
    return largest


@pytest.mark.parametrize("yaw_deg", [-40, 40])
def test_what_lies_beside_a_hidden_side_begins_beyond_it_in_light(
    avatar: Avatar, yaw_deg: float
) -> None:
    landmarks, side = seen_at(avatar, yaw_deg)
    oval = landmarks[list(OVAL), :2]
    hem = slice(LANDMARK_COUNT + len(OVAL), LANDMARK_COUNT + 2 * len(OVAL))
    np.testing.assert_array_equal(side.vertices[hem], oval)
    assert 3 <= side.is_hidden.sum() <= 20
    # A face that looks to the right has its hidden points, and their way out, on the right.
    way = np.sign(yaw_deg) * (side.vertices_in_light[hem] - oval)[side.is_hidden, 0]
    assert way.min() >= 0
    assert way.mean() > 5
    np.testing.assert_array_equal(
        side.vertices_in_light[hem][~side.is_hidden], oval[~side.is_hidden]
    )


@pytest.mark.parametrize("yaw_deg", [-45, 30])
def test_hair_beside_a_hidden_side_is_drawn_out_evenly(avatar: Avatar, yaw_deg: float) -> None:
    """Rings that all began at one place would be lines."""
    landmarks = looking(avatar, yaw_deg)
    oval = landmarks[list(OVAL), :2]
    middle = oval.mean(axis=0)
    scales = (1.05, 1.1, 1.2, 1.4, 1.7, 8.0)
    rings = np.concatenate([middle + scale * (oval - middle) for scale in scales])
    skin = avatar.mesh.triangles[~avatar.mesh.in_openings]
    side = far_side(landmarks, rings, skin, painted(avatar, landmarks), inter_ocular(landmarks))
    hem = LANDMARK_COUNT + len(rings)

    def on_spokes(vertices: NDArray[np.float32]) -> Any:
        beside = np.concatenate([vertices[hem:][:36], vertices[LANDMARK_COUNT:hem]])
        return np.linalg.norm(np.diff(beside.reshape(-1, 36, 2), axis=0), axis=2)

    ratio = on_spokes(side.vertices_in_light) / on_spokes(side.vertices)
    assert ratio.min() > 0.6
    np.testing.assert_allclose(ratio[:, ~side.is_hidden], 1.0, atol=1e-3)
    np.testing.assert_array_equal(side.vertices_in_light[hem - 36 : hem], rings[-36:])


@pytest.mark.parametrize("yaw_deg", [-40, 40])
def test_hidden_mesh_is_laid_out_flat_on_skin(avatar: Avatar, yaw_deg: float) -> None:
    landmarks = looking(avatar, yaw_deg)
    person = painted(avatar, landmarks)
    _, side = seen_at(avatar, yaw_deg, person)
    count = len(side.vertices) - len(side.again)
    is_flat = (side.triangles >= count).any(axis=1)
    assert is_flat.sum() > 10
    flat = side.vertices[side.triangles[is_flat]]
    assert flat[..., 0].min() > person.shape[1]
    assert off(sheet(side, person), SKIN).max() < 25
    again = np.concatenate([np.arange(count), side.again])
    in_portrait = landmarks[again[side.triangles], :2]
    # Backs show in the portrait; on the sheet they face the viewer, as the others do.
    front = np.sign(areas(in_portrait).sum())
    assert (front * areas(in_portrait[is_flat]) <= 0).all()
    facing = front * areas(flat)
    assert facing[facing > 0].sum() > 0.95 * np.abs(facing).sum()


def areas(triangles: NDArray[np.float32]) -> NDArray[np.float64]:
    """(t,) in square pixels; negative for those that are turned over."""
    a, b, c = triangles.astype(np.float64).transpose(1, 2, 0)
    area: NDArray[np.float64] = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return area


@pytest.mark.parametrize("yaw_deg", [-40, 40])
def test_the_outline_becomes_skin_in_light_and_is_the_portraits_own_before(
    avatar: Avatar, yaw_deg: float
) -> None:
    """The person's own outline runs a little within the landmarks'."""
    landmarks = looking(avatar, yaw_deg)
    person = painted(avatar, landmarks)
    x, y = landmarks[:, :2].T
    edge = int(x.max() if yaw_deg > 0 else x.min())
    beside = slice(edge - 6, None) if yaw_deg > 0 else slice(None, edge + 6)
    person[:, beside] = (*WALL, 0)
    _, side = seen_at(avatar, yaw_deg, person)
    size = person.shape[1]
    np.testing.assert_array_equal(side.person[: len(person), :size], person)
    on_it = np.flatnonzero((np.abs(x - edge) < 5) & (np.abs(y - y[list(OVAL)].mean()) < 60))
    assert len(on_it) >= 3
    shown = side.person_in_light[y[on_it].astype(int), x[on_it].astype(int)]
    assert (shown[:, 3] == 255).all()
    assert off(shown, SKIN).max() < 25


def test_made_up_skin_has_the_faces_grain(avatar: Avatar) -> None:
    landmarks = looking(avatar, 40)
    person = painted(avatar, landmarks)
    rough = np.random.default_rng(4).normal(0, 8, person.shape[:2])
    person[..., :3] = np.clip(np.round(person[..., :3] + rough[..., None]), 0, 255)
    _, side = seen_at(avatar, 40, person)
    for row in np.array_split(sheet(side, person)[..., 1].astype(float), 4):
        assert 5 < (row - row.mean(axis=1, keepdims=True)).std() < 11


def test_nothing_is_painted_but_the_hidden_sides_outline(avatar: Avatar) -> None:
    landmarks, side = seen_at(avatar, 40)
    person = painted(avatar, landmarks)
    changed = (side.person_in_light != side.person).any(axis=2)[:, : person.shape[1]]
    assert changed.any()
    assert not changed[:, : int(landmarks[list(OVAL), 0].mean())].any()


def test_the_made_up_outline_gets_thinner_towards_its_ends(avatar: Avatar) -> None:
    """Faded out, it would leave a blurred notch between its outer edge and the face's own."""
    landmarks = np.asarray(3 * looking(avatar, 40), np.float32)
    oval = landmarks[list(OVAL), :2]
    height, width = avatar.portrait.canvas.shape[:2]
    person = np.full((3 * height, 3 * width, 4), (*WALL, 255), np.uint8)
    hull = cv2.convexHull(np.round(landmarks[:, :2]).astype(np.int32))
    # The face's own outline runs within the landmarks'.
    cv2.fillConvexPoly(person, hull, (*SKIN, 255))
    cv2.polylines(person, [hull], True, (*WALL, 255), 11)
    skin = avatar.mesh.triangles[~avatar.mesh.in_openings]
    side = far_side(landmarks, oval, skin, person, inter_ocular(landmarks))
    shown = side.person_in_light[: len(person), : person.shape[1]]
    middle = oval.mean(axis=0)
    rows, columns = np.nonzero((off(person, WALL) == 0) & (off(shown, WALL) > 20))
    angle = np.arctan2(rows - middle[1], columns - middle[0])
    hidden = np.arctan2(*(oval[side.is_hidden] - middle).T[::-1])
    beyond = np.maximum(hidden.min() - angle, angle - hidden.max())
    at_ends = (beyond > 0.05) & (beyond < 0.3)
    assert at_ends.sum() > 100
    is_skin = off(shown, SKIN)[rows[at_ends], columns[at_ends]] < 40
    assert is_skin.mean() > 0.4


def test_an_eye_that_the_matte_wavers_over_is_not_painted_over(avatar: Avatar) -> None:
    landmarks = looking(avatar, 40)
    person = painted(avatar, landmarks)
    eye = np.zeros(person.shape[:2], np.uint8)
    ring = np.round(landmarks[list(EYES[1].ring), :2]).astype(np.int32)
    cv2.fillPoly(eye, [ring], 1)
    person[cv2.dilate(eye, np.ones((9, 9), np.uint8)) > 0, 3] = 200
    _, side = seen_at(avatar, 40, person)
    changed = (side.person_in_light != side.person).any(axis=2)[: len(person), : person.shape[1]]
    assert changed[cv2.dilate(eye, np.ones((7, 7), np.uint8)) > eye].all()
    assert not changed[cv2.erode(eye, np.ones((5, 5), np.uint8)) > 0].any()


@pytest.mark.parametrize(
    "feature", [EYES[1].ring, (*LEFT_BROW, *RIGHT_BROW), (*UPPER_LIP, *LOWER_LIP)],
    ids=["lashes", "brows", "lips"],
)  # fmt: skip
def test_no_lash_brow_or_lip_is_drawn_on(avatar: Avatar, feature: tuple[int, ...]) -> None:
    """Those of a face that looks far aside lie at its outline."""
    landmarks = looking(avatar, 48)
    person = painted(avatar, landmarks)
    for x, y in landmarks[list(feature), :2].astype(int):
        cv2.circle(person, (int(x), int(y)), 3, (*DARK, 255), cv2.FILLED)
    _, side = seen_at(avatar, 48, person)
    assert off(sheet(side, person), SKIN).max() < 40


def test_a_moustaches_end_is_not_drawn_on(avatar: Avatar) -> None:
    landmarks = looking(avatar, 40)
    person = painted(avatar, landmarks)
    height = round(0.15 * inter_ocular(landmarks))
    band = person[int(landmarks[2, 1]) :][:height]
    band[off(band, SKIN) == 0, :3] = DARK
    _, side = seen_at(avatar, 40, person)
    assert off(sheet(side, person), SKIN).max() < 25


def test_skin_is_as_light_as_what_it_goes_on_from(avatar: Avatar) -> None:
    landmarks = looking(avatar, 40)
    person = painted(avatar, landmarks)
    top, bottom = landmarks[list(OVAL), 1].min(), landmarks[list(OVAL), 1].max()
    ramp = np.interp(np.arange(len(person)), [top, bottom], [1.0, 0.5])
    person[..., :3] = person[..., :3] * ramp[:, None, None]
    _, side = seen_at(avatar, 40, person)
    made_up = sheet(side, person)[..., 0].mean(axis=1)
    rows = side.vertices[-len(side.again) :, 1]
    seen = np.interp(landmarks[side.again, 1], np.arange(len(person)), SKIN[0] * ramp)
    middle = np.abs(rows - rows.mean()) < 0.3 * np.ptp(rows)
    np.testing.assert_allclose(made_up[rows[middle].astype(int)], seen[middle], atol=20)


def test_a_face_hides_one_side_only(avatar: Avatar) -> None:
    """One that looks up hides a little on either side of its forehead."""
    landmarks = looking(avatar, 0.0, -25.0)
    oval = landmarks[list(OVAL), :2]
    side = far_side(
        landmarks, oval, avatar.mesh.triangles[~avatar.mesh.in_openings],
        painted(avatar, landmarks), inter_ocular(landmarks),
    )  # fmt: skip
    arms = (oval - oval.mean(axis=0))[side.is_hidden]
    assert len(arms) >= 3
    assert (arms @ arms.sum(axis=0) > 0).all()


def test_a_face_seen_from_the_front_is_left_as_it_is(avatar: Avatar) -> None:
    landmarks = looking(avatar, 0.0)
    person = painted(avatar, landmarks)
    _, side = seen_at(avatar, 0.0, person)
    assert side.person is person
    assert side.person_in_light is person
    assert not side.is_hidden.any()
    np.testing.assert_array_equal(side.vertices, side.vertices_in_light)
    np.testing.assert_array_equal(side.triangles, avatar.mesh.triangles[~avatar.mesh.in_openings])


@pytest.mark.parametrize("yaw_deg", [-40, 40])
def test_hidden_skin_comes_to_light_as_the_head_turns_to_the_viewer(
    avatar: Avatar, yaw_deg: float
) -> None:
    _, side = seen_at(avatar, yaw_deg)
    away = np.sign(yaw_deg)
    turns = (20.0, 0.0, -3.0, -10.0, -30.0)
    shares = [side.in_light(looking(avatar, yaw_deg + away * turn), 1.0) for turn in turns]
    assert shares[:2] == [0.0, 0.0]
    assert shares == sorted(shares)
    assert shares[3:] == [1.0, 1.0]


def test_the_size_of_the_head_says_nothing_of_its_turn(avatar: Avatar) -> None:
    _, side = seen_at(avatar, 40)
    shares = [
        side.in_light(np.asarray(scale * looking(avatar, 37.5), np.float32), scale)
        for scale in (0.5, 1.0, 2.0)
    ]
    assert 0.01 < shares[1] < 0.99
    assert shares == pytest.approx([shares[1]] * 3, abs=0.01)


def test_nothing_comes_to_light_of_a_face_that_hides_nothing(avatar: Avatar) -> None:
    _, side = seen_at(avatar, 0.0)
    assert side.in_light(looking(avatar, 30), 1.0) == 0.0


@settings(max_examples=25, deadline=None)
@given(st.floats(-75, 75), st.floats(-45, 45), st.floats(-40, 40))
def test_whatever_is_hidden_has_its_place_in_the_texture(
    avatar: Avatar, yaw_deg: float, pitch_deg: float, roll_deg: float
) -> None:
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    pose = turn_head(rest, yaw_deg, pitch_deg, roll_deg)
    landmarks = HeadState(pose, rest.shape).landmarks()
    person = painted(avatar, landmarks)
    skin = avatar.mesh.triangles[~avatar.mesh.in_openings]
    side = far_side(landmarks, landmarks[list(OVAL), :2], skin, person, inter_ocular(landmarks))
    assert side.person.shape == side.person_in_light.shape
    assert side.vertices.shape == side.vertices_in_light.shape
    assert side.triangles.max() < len(side.vertices)
    height, width = side.person.shape[:2]
    flat = side.vertices[len(side.vertices) - len(side.again) :]
    assert ((flat > [person.shape[1], 0]) & (flat < [width, height])).all()
