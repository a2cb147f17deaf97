"""A mouth's line on plain skin, and what is left of its ends when the mouth is drawn in."""

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.models.face_mesh import INNER_LIP_LOWER, INNER_LIP_UPPER, MOUTH_CORNERS
from realtime.motion.geometry import rotation_from_degrees
from realtime.render.texture import Texture
from realtime.types import LANDMARK_COUNT, RGB, Landmarks

HEAD_SIZE, MIDDLE, HALF_WIDTH = 100.0, np.array([150.0, 100.0, 0.0]), 40.0
SKIN, DARK = 180, 60


def face(
    half_width: float = HALF_WIDTH, middle: NDArray[np.float64] = MIDDLE, gap: float = 0.0
) -> Landmarks:
    landmarks = np.zeros((LANDMARK_COUNT, 3), np.float32)
    landmarks[list(INNER_LIP_UPPER)] = middle
    landmarks[list(INNER_LIP_LOWER)] = middle + np.array([0.0, gap, 0.0])
    for corner, side in zip(MOUTH_CORNERS, (-1, 1), strict=True):
        landmarks[corner] = middle + np.array([side * half_width, 0.0, 0.0])
    return landmarks


def creased() -> RGB:
    """The lips' line goes on beyond both corners, by eight pixels."""
    person = np.full((200, 300, 4), SKIN, np.uint8)
    person[..., 3] = 255
    person[98:102, 102:198, :3] = DARK
    return person


def unpacked(texels: NDArray[np.uint64]) -> RGB:
    return np.ascontiguousarray(texels).view("<u2").reshape(*texels.shape, 4).astype(np.uint8)


def shown(person: RGB, landmarks: Landmarks, scale: float = 1.0) -> RGB:
    return unpacked(Texture(face(), HEAD_SIZE, person).texels(landmarks, scale))


def test_at_rest_and_in_a_smile_the_texture_is_the_picture() -> None:
    for half_width in (HALF_WIDTH, 1.3 * HALF_WIDTH):
        assert (shown(creased(), face(half_width)) == creased()).all()


def test_a_crease_fades_as_the_mouth_is_drawn_in() -> None:
    crease = [
        int(shown(creased(), face(share * HALF_WIDTH))[100, 104, 0])
        for share in (1.0, 0.9, 0.85, 0.7)
    ]
    assert crease == sorted(crease)
    assert crease[0] == DARK
    assert crease[-1] > SKIN - 10


def test_it_fades_as_lips_part_far_and_not_in_speech() -> None:
    crease = [
        int(shown(creased(), face(gap=share * 2 * HALF_WIDTH))[100, 104, 0])
        for share in (0.0, 0.15, 0.3, 0.6)
    ]
    assert crease[0] == crease[1] == DARK < crease[2] < crease[3]
    assert crease[3] > SKIN - 10


def test_what_is_bright_beside_the_crease_fades_too() -> None:
    lit = creased()
    lit[103:106, 98:110, :3] = 250
    pursed = shown(lit, face(0.7 * HALF_WIDTH))
    assert pursed[104, 104, 0] < SKIN + 10


def test_the_line_between_the_lips_stays() -> None:
    pursed = shown(creased(), face(0.7 * HALF_WIDTH))
    assert (pursed[98:102, 118:182] == creased()[98:102, 118:182]).all()


def test_it_comes_back_with_the_mouth() -> None:
    texture = Texture(face(), HEAD_SIZE, creased())
    texture.texels(face(0.7 * HALF_WIDTH), 1.0)
    assert (unpacked(texture.texels(face(), 1.0)) == creased()).all()


def test_a_head_that_is_smaller_or_turned_has_no_mouth_drawn_in() -> None:
    turned = face()
    turned[list(MOUTH_CORNERS)] = (
        turned[list(MOUTH_CORNERS)] @ rotation_from_degrees(40.0, 0.0, 0.0).T
    )
    assert (shown(creased(), turned) == creased()).all()
    assert (shown(creased(), face(0.5 * HALF_WIDTH), scale=0.5) == creased()).all()


def test_what_is_broader_than_a_crease_stays() -> None:
    bearded = creased()
    bearded[60:140, 60:110, :3] = DARK
    pursed = shown(bearded, face(0.7 * HALF_WIDTH))
    assert (pursed[90:97, 95:105, 0] == DARK).all()


def test_whiskers_stay() -> None:
    """All of a beard is darker than its brightest hairs: to fade them would leave a plain disc."""
    bearded = creased()
    hairs = np.random.default_rng(0).integers(20, 110, (80, 60, 1), np.uint8)
    bearded[60:140, 60:120, :3] = hairs
    pursed = shown(bearded, face(0.7 * HALF_WIDTH))
    beside = np.s_[90:110, 92:106, 0]
    assert pursed[beside].std() > 0.9 * bearded[beside].std()


@pytest.mark.parametrize("at", [(0.0, 0.0), (150.0, 199.0), (299.0, 100.0), (400.0, 300.0)])
def test_a_mouth_at_the_textures_edge_is_no_trouble(at: tuple[float, float]) -> None:
    landmarks = face(middle=np.array([*at, 0.0]))
    texture = Texture(landmarks, HEAD_SIZE, creased())
    drawn_in = face(0.5 * HALF_WIDTH, np.array([*at, 0.0]))
    assert texture.texels(drawn_in, 1.0).shape == (200, 300)


def test_landmarks_that_are_nowhere_leave_the_texture_alone() -> None:
    nowhere = np.full((LANDMARK_COUNT, 3), np.nan, np.float32)
    assert (shown(creased(), nowhere) == creased()).all()


def test_what_comes_to_light_fades_in_and_out_again() -> None:
    person = creased()
    in_light = person.copy()
    in_light[20:40, 30:60, :3] = 90
    texture = Texture(face(), HEAD_SIZE, person, in_light)
    for share, expected in ((0.0, SKIN), (0.5, (SKIN + 90) / 2), (1.0, 90), (0.0, SKIN)):
        shown = unpacked(texture.texels(face(), 1.0, share))
        assert (np.abs(shown[20:40, 30:60, :3].astype(int) - expected) <= 1).all()
        shown[20:40, 30:60] = person[20:40, 30:60]
        assert (shown == person).all()


@pytest.mark.parametrize("light_first", [True, False])
def test_a_corner_that_comes_to_light_fades_as_lit(light_first: bool) -> None:
    """Of a face seen at a slant the outline lies beside the mouth."""
    in_light = creased()
    person = in_light.copy()
    person[80:120, 100:110, :3] = 20
    texture = Texture(face(), HEAD_SIZE, person, in_light)
    pursed = face(0.7 * HALF_WIDTH)
    texture.texels(*((face(), 1.0, 1.0) if light_first else (pursed, 1.0, 0.0)))
    assert (unpacked(texture.texels(pursed, 1.0, 1.0)) == shown(in_light, pursed)).all()
    assert (unpacked(texture.texels(face(), 1.0, 0.0)) == person).all()
