"""Faces of a drawn complexion: what is read from them."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.avatar import Avatar
from realtime.models.face_mesh import INNER_LIP_LOWER, INNER_LIP_UPPER, inter_ocular
from realtime.render.complexion import darkness_of_shadows, lips_colour, skin_colour
from realtime.types import RGB

SKIN, LIPS = (200, 160, 140), (180, 80, 90)
BLACK, LIT, TEETH = (10, 8, 8), (100, 80, 70), (230, 225, 210)


def drawn(avatar: Avatar, line: tuple[int, ...]) -> RGB:
    """Even skin and lips, and a line between the lips."""
    landmarks = avatar.portrait.landmarks
    size = inter_ocular(landmarks)
    picture = np.full(avatar.portrait.canvas.shape, SKIN, np.uint8)

    def pixels(points: list[int]) -> NDArray[np.int32]:
        return np.round(landmarks[points, :2]).astype(np.int32)

    middle = tuple(pixels([13])[0].tolist())
    cv2.ellipse(picture, middle, (round(0.4 * size), round(0.15 * size)), 0, 0, 360, LIPS, -1)
    between = (pixels(list(INNER_LIP_UPPER)) + pixels(list(INNER_LIP_LOWER))) // 2
    cv2.polylines(picture, [between], False, line, max(2, round(0.02 * size)))
    return picture


@pytest.mark.parametrize(("line", "expected"), [(LIT, 0.0), (BLACK, 1.0), (TEETH, 0.0)])
def test_shadows_are_dark_where_lips_let_no_light_in(
    avatar: Avatar, line: tuple[int, ...], expected: float
) -> None:
    landmarks = avatar.portrait.landmarks
    picture = drawn(avatar, line)
    assert darkness_of_shadows(picture, landmarks, inter_ocular(landmarks)) == expected


def test_shadows_between_are_rather_dark_however_bright_the_light(avatar: Avatar) -> None:
    landmarks = avatar.portrait.landmarks
    # A third of the skin's light, of which a quarter is dark.
    picture = drawn(avatar, (66, 53, 46))
    found = [
        darkness_of_shadows((picture * light).astype(np.uint8), landmarks, inter_ocular(landmarks))
        for light in (1.0, 0.5)
    ]
    assert found == pytest.approx([0.45, 0.45], abs=0.1)


def test_skin_and_lips_have_the_colours_they_were_drawn_in(avatar: Avatar) -> None:
    landmarks = avatar.portrait.landmarks
    picture = drawn(avatar, BLACK)
    skin = skin_colour(picture, landmarks, inter_ocular(landmarks))
    assert (skin.tolist(), lips_colour(picture, landmarks).tolist()) == (list(SKIN), list(LIPS))


def test_a_face_at_the_pictures_edge_has_a_complexion(avatar: Avatar) -> None:
    landmarks = avatar.portrait.landmarks
    height, width = (landmarks[:, 1].max(), landmarks[:, 0].max())
    cropped = drawn(avatar, LIT)[: int(height * 0.6), : int(width * 0.6)]
    assert skin_colour(cropped, landmarks, inter_ocular(landmarks)).tolist() == list(SKIN)
    assert lips_colour(cropped, landmarks).shape == (3,)
