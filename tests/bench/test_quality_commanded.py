from dataclasses import replace

import numpy as np
import pytest

from bench.quality.commanded import Notebook, foldovers, in_eye_distances
from realtime.avatar import Avatar
from realtime.motion.geometry import rotation_from_degrees, to_image
from realtime.types import Floats, Motion, Presence, Similarity
from tests.bench.made_faces import made_face

NOSE_TIP = 4


def motion_of(landmarks: Floats, head: Similarity) -> Motion:
    return Motion(landmarks, head, Presence.TRACKING, 0, 0)


def turned(avatar: Avatar, yaw_deg: float) -> Motion:
    rotation = rotation_from_degrees(yaw_deg, 0, 0)
    middle = avatar.face.landmarks.mean(axis=0).astype(np.float64)
    head = Similarity(1.0, rotation, middle - rotation @ middle)
    landmarks = to_image(head, avatar.face.landmarks.astype(np.float64))
    return motion_of(landmarks.astype(np.float32), head)


@pytest.mark.parametrize("yaw_deg", [0, 50])
def test_a_head_that_only_turns_folds_nothing_over(avatar: Avatar, yaw_deg: float) -> None:
    assert foldovers(avatar, turned(avatar, yaw_deg)) == 0


def test_a_nose_drawn_over_the_cheek_folds_triangles_over(avatar: Avatar) -> None:
    still = turned(avatar, 0)
    landmarks = still.landmarks.copy()
    landmarks[NOSE_TIP, 0] += 60
    assert foldovers(avatar, replace(still, landmarks=landmarks)) >= 2


def test_size_in_the_picture_does_not_matter_in_eye_distances() -> None:
    face = made_face()
    assert in_eye_distances(3 * face.landmarks) == pytest.approx(
        in_eye_distances(face.landmarks), rel=1e-5
    )
    assert in_eye_distances(face.landmarks)[0] * 60 == pytest.approx(face.landmarks[0, :2])


def test_notebook_keeps_what_it_was_told_in_order(avatar: Avatar) -> None:
    notebook = Notebook((4, 3))
    told = [turned(avatar, 0), turned(avatar, 5)]
    for motion in told:
        notebook.render(motion, np.empty((3, 4, 3), np.uint8))
    assert [kept is motion for kept, motion in zip(notebook.motions, told, strict=True)] == [
        True,
        True,
    ]
