from dataclasses import replace

import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.models.face_mesh import CHIN, INNER_LIP_LOWER, OVAL
from realtime.render.between import Still
from realtime.types import RGB, Landmarks, Motion, Similarity
from tests.fakes import motion

CORNER = (40, 20)


def at(landmarks: Landmarks, head: Similarity | None = None) -> Motion:
    return replace(
        motion(), landmarks=landmarks, head=head or Similarity(1.0, np.eye(3), np.zeros(3))
    )


def shifted(avatar: Avatar, x: float, y: float) -> Motion:
    way = np.array([x, y, 0.0])
    landmarks = (avatar.face.landmarks + way).astype(np.float32)
    return at(landmarks, Similarity(1.0, np.eye(3), way))


def cut(avatar: Avatar) -> RGB:
    left, top = CORNER
    return avatar.portrait.canvas[top:-top, left:-left].copy()


@pytest.fixture
def still(avatar: Avatar) -> Still:
    return Still(cut(avatar), CORNER, at(avatar.face.landmarks), avatar.mesh.triangles)


def drawn(still: Still, now: Motion, avatar: Avatar) -> RGB:
    out = np.full_like(cut(avatar), 77)
    still.draw(now, out)
    return out


def test_unmoved_picture_is_itself(still: Still, avatar: Avatar) -> None:
    difference = drawn(still, at(avatar.face.landmarks), avatar).astype(int) - cut(avatar)
    assert np.abs(difference).max() <= 2


def test_face_moves_and_the_border_stays(still: Still, avatar: Avatar) -> None:
    before, out = cut(avatar), drawn(still, shifted(avatar, 9.0, 5.0), avatar)
    nose_x, nose_y = (avatar.face.landmarks[4, :2] - CORNER).astype(int)
    face = np.s_[nose_y - 30 : nose_y + 30, nose_x - 30 : nose_x + 30]
    followed = np.roll(before, (5, 9), axis=(0, 1))[face]
    assert np.abs(out[face].astype(int) - followed).mean() < 1.0
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        assert np.abs(out[edge].astype(int) - before[edge]).max() <= 6


def test_motion_since_the_picture_counts(avatar: Avatar) -> None:
    """A picture drawn under a motion is as it was while that motion lasts."""
    turned = Similarity(1.1, np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]]), np.ones(3))
    then = at(avatar.face.landmarks, turned)
    out = drawn(Still(cut(avatar), CORNER, then, avatar.mesh.triangles), then, avatar)
    assert np.abs(out.astype(int) - cut(avatar)).max() <= 2


def test_turn_of_the_head_takes_the_hair_along(still: Still, avatar: Avatar) -> None:
    """The same turn, told by landmarks and by the head's pose, moves the head as one piece."""
    angle = np.radians(6)
    c, s = np.cos(angle), np.sin(angle)
    rotation = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    middle = avatar.face.landmarks.mean(axis=0).astype(np.float64)
    head = Similarity(1.0, rotation, middle - rotation @ middle)
    landmarks = (avatar.face.landmarks @ rotation.T + head.translation).astype(np.float32)
    out = drawn(still, at(landmarks, head), avatar).astype(int)
    forehead = avatar.face.landmarks[OVAL[0]].astype(np.float64)
    above = forehead + 0.2 * (forehead - avatar.face.landmarks[CHIN])
    now = rotation @ above + head.translation
    there, here = (np.round(p[:2] - CORNER - 0.5).astype(int) for p in (above, now))
    assert np.abs(there - here).max() > 3, "the hair has somewhere to go"
    patch = cut(avatar)[there[1] - 4 : there[1] + 5, there[0] - 4 : there[0] + 5].mean(axis=(0, 1))
    moved = out[here[1] - 4 : here[1] + 5, here[0] - 4 : here[0] + 5].mean(axis=(0, 1))
    assert np.abs(moved - patch).max() < 12


@pytest.mark.parametrize("shift_px", [120, 400])
def test_shift_has_a_limit(still: Still, avatar: Avatar, shift_px: int) -> None:
    out = drawn(still, shifted(avatar, shift_px, 0.0), avatar)
    most = 0.09 * min(cut(avatar).shape[:2])
    furthest = drawn(still, shifted(avatar, most, 0.0), avatar).astype(int)
    assert np.abs(out - furthest).mean() < 0.5


def test_mouth_that_was_shut_opens_a_little_only(still: Still, avatar: Avatar) -> None:
    def opened(by_px: float) -> RGB:
        landmarks = avatar.face.landmarks.copy()
        landmarks[list(INNER_LIP_LOWER[1:-1]), 1] += by_px
        return drawn(still, at(landmarks), avatar)

    shut, little, wide, wider = (opened(px).astype(int) for px in (0, 3, 60, 90))
    assert np.abs(little - shut).max() > 10
    assert np.abs(wider - wide).mean() < 0.25 * np.abs(wide - shut).mean()
