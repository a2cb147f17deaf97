from dataclasses import replace

import numpy as np
import pytest

from realtime.models.blendshapes import NAMES
from realtime.motion.reference import (
    ReferenceFinder,
    best_frame,
    shape_distance,
)
from realtime.types import Face
from tests import fakes


def looking(seed: int = 0, *, unlike: float = 0.0, blink: float = 0.0) -> Face:
    """A face that differs from the avatar's by about `unlike` in `shape_distance`."""
    shape = np.random.default_rng(0).uniform(100, 300, (478, 3))
    direction = np.random.default_rng(seed + 1).normal(size=(478, 3))
    blendshapes = np.zeros(52, np.float32)
    blendshapes[[NAMES.index("eyeBlinkLeft"), NAMES.index("eyeBlinkRight")]] = blink
    moved = shape + direction * np.sqrt(unlike / 2) * 200
    return replace(fakes.face(), landmarks=moved.astype(np.float32), blendshapes=blendshapes)


AVATAR = looking()


def test_distance_knows_neither_place_nor_size_nor_depth() -> None:
    moved = AVATAR.landmarks * np.array([3, 3, 9], np.float32) + np.array([50, -20, 7], np.float32)
    assert shape_distance(moved, AVATAR.landmarks) == pytest.approx(0.0, abs=1e-9)


def test_distance_is_the_mean_square_in_units_of_the_face() -> None:
    square = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], np.float32)
    wide = np.array([[0, 0], [40, 0], [40, 10], [0, 10]], np.float32)
    # Half sides of 0.5 and 0.5 against 1.0 and 0.25.
    assert shape_distance(square, wide) == pytest.approx(0.5**2 + 0.25**2)
    assert shape_distance(wide, square) == pytest.approx(0.5**2 + 0.25**2)


def test_distance_to_a_face_without_area_is_infinite() -> None:
    assert shape_distance(np.zeros((478, 3), np.float32), AVATAR.landmarks) == np.inf


def found(faces: list[Face]) -> list[int]:
    """The frames that become the reference."""
    finder = ReferenceFinder(AVATAR)
    return [index for index, face in enumerate(faces) if finder.update(face)]


def test_the_first_reference_comes_after_a_row_of_frames() -> None:
    assert found([looking(unlike=0.01)] * 60) == [4]


def test_a_much_better_row_is_a_new_reference() -> None:
    assert found([looking(unlike=0.01)] * 10 + [looking(unlike=0.002)] * 10) == [4, 14]


def test_a_little_better_is_not_worth_a_change() -> None:
    assert found([looking(unlike=0.01)] * 10 + [looking(unlike=0.009)] * 30) == [4]


def test_worse_is_no_reference() -> None:
    assert found([looking(unlike=0.002)] * 10 + [looking(unlike=0.01)] * 30) == [4]


def test_passing_through_the_avatars_pose_is_no_reference() -> None:
    passing = [looking(unlike=0.001)] * 4 + [looking(unlike=0.01)] * 4
    assert found([looking(unlike=0.01)] * 5 + passing * 5) == [4]


def test_a_blink_is_no_reference() -> None:
    blink, awake = looking(unlike=0.001, blink=0.8), looking(unlike=0.01)
    assert found([awake] * 10 + [blink] * 20) == [4]
    assert found([awake, awake, blink, awake, awake, awake, awake]) == []


def test_narrow_eyes_are_taken_after_a_while() -> None:
    assert found([looking(unlike=0.01, blink=0.6)] * 200) == [93]


def test_a_face_without_area_is_no_reference() -> None:
    assert found([fakes.face()] * 200) == []


def test_the_best_frame_of_a_recording() -> None:
    faces = [looking(i, unlike=unlike) for i, unlike in enumerate([0.02, 0.003, 0.01])]
    assert best_frame(faces, AVATAR) == 1
    assert best_frame([None, None, *faces, None], AVATAR) == 3


def test_the_best_frame_is_no_blink_unless_all_are() -> None:
    blink, awake = looking(unlike=0.001, blink=0.8), looking(unlike=0.02)
    assert best_frame([blink, awake, blink], AVATAR) == 1
    assert best_frame([looking(unlike=0.02, blink=0.8), blink], AVATAR) == 1


def test_without_a_face_there_is_no_best_frame() -> None:
    with pytest.raises(ValueError, match="none of the frames has a face"):
        best_frame([None, None], AVATAR)
