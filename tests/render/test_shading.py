"""A head of one colour, painted in a light that is known, and turned in it."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.avatar import Avatar
from realtime.models.face_mesh import OVAL, inter_ocular
from realtime.motion.geometry import rotation_from_degrees
from realtime.render.shading import Shading
from realtime.types import LANDMARK_COUNT, RGB, Landmarks

Array = NDArray[np.float64]
SKIN = 60.0
LIGHT = np.array([0.35, -0.25, -0.2])
INNER = np.setdiff1d(np.arange(468), OVAL)
STILL = np.eye(3)


def egg() -> tuple[Landmarks, NDArray[np.int32], Array]:
    """A face as round as an egg: landmarks, triangles, and normals."""
    golden = np.pi * (3 - np.sqrt(5))
    radius = np.sqrt((np.arange(LANDMARK_COUNT) + 0.5) / LANDMARK_COUNT) * 0.94
    angle = golden * np.arange(LANDMARK_COUNT)
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    normals = np.stack([x, y, -np.sqrt(1 - x**2 - y**2)], axis=1)
    landmarks = (200 + 120 * normals).astype(np.float32)
    subdivision = cv2.Subdiv2D((0, 0, 400, 400))
    places = [tuple(map(float, each)) for each in landmarks[:, :2]]
    for place in places:
        subdivision.insert(place)
    corners = np.asarray(subdivision.getTriangleList()).reshape(-1, 3, 2)
    apart = np.linalg.norm(corners[:, :, None] - landmarks[:, :2], axis=3)
    near = apart.min(axis=2).max(axis=1) < 1e-3
    return landmarks, apart.argmin(axis=2)[near].astype(np.int32), normals


def painted(landmarks: Landmarks, brightness: Array) -> RGB:
    """Grey discs round each landmark."""
    picture = np.zeros((400, 400, 3), np.uint8)
    for (x, y), grey in zip(landmarks[:, :2].astype(int).tolist(), brightness, strict=True):
        cv2.circle(picture, (x, y), 8, (float(grey),) * 3, cv2.FILLED)
    return picture


def turned(yaw_deg: float, pitch_deg: float = 0.0) -> Array:
    return rotation_from_degrees(yaw_deg, pitch_deg, 0.0)


def shading_of(brightness: Array) -> Shading:
    landmarks, triangles, _ = egg()
    return Shading(painted(landmarks, brightness), landmarks, triangles, 100.0)


def test_a_head_at_rest_is_as_bright_as_it_was() -> None:
    _, _, normals = egg()
    assert (shading_of(SKIN * (1 + normals @ LIGHT))(STILL) == 1.0).all()


@pytest.mark.parametrize("turn", [turned(20), turned(-25), turned(0, 15), turned(10, -10)])
def test_a_turned_head_is_lit_as_its_portrait_was(turn: Array) -> None:
    _, _, normals = egg()
    lit, after = 1 + normals @ LIGHT, 1 + normals @ turn.T @ LIGHT
    in_sight = normals[:, 2] < -0.4
    found, expected = shading_of(SKIN * lit)(turn)[in_sight], (after / lit)[in_sight]
    assert np.corrcoef(found, expected)[0, 1] > 0.95
    # It is not trusted wholly: light may come from everywhere.
    assert 0.5 < np.polyfit(expected, found, 1)[0] < 1.0


def test_even_light_is_even_from_all_sides() -> None:
    found = shading_of(np.full(LANDMARK_COUNT, SKIN))(turned(30, 15))
    np.testing.assert_allclose(found, 1.0, atol=0.01)


def test_hair_over_a_brow_is_no_shade() -> None:
    landmarks, _, normals = egg()
    bare = SKIN * (1 + normals @ LIGHT)
    hairy = np.where(landmarks[:, 1] < 120, 20.0, bare)
    turn = turned(20)
    assert np.abs(shading_of(hairy)(turn) - shading_of(bare)(turn)).mean() < 0.02


def test_white_does_not_get_brighter() -> None:
    _, _, normals = egg()
    bright = np.minimum(210 * (1 + normals @ LIGHT), 255.0)
    found = shading_of(bright)(turned(20)) * bright
    assert found.max() <= 258


def test_what_is_burnt_out_does_not_turn_grey() -> None:
    _, _, normals = egg()
    lit, turn = 1 + normals @ LIGHT, turned(-25)
    darker = shading_of(SKIN * lit)(turn) < 0.95
    dark, burnt = (
        shading_of(np.minimum(brightness, 254.0))(turn)[darker & (normals[:, 2] < -0.4)]
        for brightness in (SKIN * lit, 245.0 * lit / np.quantile(lit, 0.3))
    )
    assert (1 - burnt).mean() < 0.3 * (1 - dark).mean()


def test_a_photograph_lit_from_above_is_darker_when_it_nods(avatar: Avatar) -> None:
    face, size = avatar.face.landmarks, inter_ocular(avatar.face.landmarks)
    shading = Shading(avatar.portrait.canvas, face, avatar.mesh.triangles, size)
    up, down = (shading(turned(0, pitch_deg))[INNER].mean() for pitch_deg in (15, -15))
    assert down < 0.97 < 1.01 < up
