from dataclasses import replace

import numpy as np
import pytest

from bench.quality.commanded import Notebook, foldovers
from realtime.avatar import Avatar
from realtime.motion.geometry import rotation_from_degrees, to_image
from realtime.types import Floats, Motion, Presence, Similarity

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


def test_notebook_keeps_what_it_was_told_in_order(avatar: Avatar) -> None:
    notebook = Notebook((4, 3))
    told = [turned(avatar, 0), turned(avatar, 5)]
    for motion in told:
        notebook.render(motion, np.empty((3, 4, 3), np.uint8))
    assert [kept is motion for kept, motion in zip(notebook.motions, told, strict=True)] == [
        True,
        True,
    ]
