from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from realtime.avatar import Avatar, load_avatar, open_actor
from realtime.errors import InputError
from realtime.marking.file import save_marks
from realtime.marking.points import LANDMARKS
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import Store
from realtime.types import RGB


def test_portrait_without_a_face_is_refused() -> None:
    blank = np.full((200, 200, 3), 128, np.uint8)
    with pytest.raises(InputError, match=r"no face found in wall\.jpg; use a portrait"):
        load_avatar(blank, "wall.jpg", None, Store())


def test_error_names_the_command_that_helps(tmp_path: Path) -> None:
    blank, file = np.full((200, 200, 3), 128, np.uint8), tmp_path / "wall.png"
    with pytest.raises(InputError, match=r"or show where it is: `mimicam avatar mark .*wall\.png`"):
        load_avatar(blank, "wall.png", None, Store(), file=file)


def test_face_marked_beside_the_picture_is_taken(avatar: Avatar, tmp_path: Path) -> None:
    """On a drawing in which neither landmarker nor segmenter see anybody."""
    drawing = np.full((600, 512, 3), (230, 220, 200), np.uint8)
    marks = avatar.face.landmarks[list(LANDMARKS), :2].astype(np.float64)
    left, top, right, bottom = marks[:, 0].min(), marks[:, 1].min(), marks[:, 0].max(), 600
    drawing[int(top) - 40 : bottom, int(left) : int(right)] = (70, 120, 80)
    file = tmp_path / "drawing.png"
    Image.fromarray(drawing).save(file)
    save_marks(file, (512, 600), marks)
    drawn = load_avatar(drawing, "drawing", (256, 300), Store(), file=file)
    np.testing.assert_allclose(drawn.face.landmarks[list(LANDMARKS), :2], marks / 2, atol=0.01)
    assert drawn.portrait.matte[round(top / 2), round((left + right) / 4)] > 0.9
    assert drawn.portrait.matte[20, 20] < 0.1


def test_marks_of_another_picture_are_refused(portrait: RGB, tmp_path: Path) -> None:
    file = tmp_path / "portrait.png"
    Image.fromarray(portrait).save(file)
    save_marks(file, (512, 600), np.full((18, 2), 100.0))
    Image.fromarray(portrait[:, ::-1]).save(file)
    with pytest.raises(InputError, match="was made for another picture"):
        load_avatar(portrait, "portrait", None, Store(), file=file)


def test_portrait_with_two_faces_is_refused(portrait: RGB) -> None:
    pair = np.hstack([portrait, portrait])
    with pytest.raises(InputError, match=r"2 faces found in pair\.jpg; crop it"):
        load_avatar(np.ascontiguousarray(pair), "pair.jpg", None, Store())


def test_avatar_lies_on_the_canvas_that_was_asked_for(portrait: RGB, avatar: Avatar) -> None:
    wide = load_avatar(portrait, "portrait", (640, 360), Store())
    assert wide.portrait.canvas.shape == (360, 640, 3)
    scale = 360 / 600
    nose = avatar.face.landmarks[4, :2] * scale + [(640 - 512 * scale) / 2, 0]
    np.testing.assert_allclose(wide.face.landmarks[4, :2], nose, atol=1.0)


def test_actor_plays_what_the_script_says(portrait: RGB, landmarker_path: Path) -> None:
    actor = open_actor(portrait, Store())
    with LandmarkDetector(landmarker_path) as detector:
        (rest,) = detector.detect(actor.picture(0))
        (turned,) = detector.detect(actor.picture(round(1.65 * 30)))
    moved = turned.landmarks[4, 0] - rest.landmarks[4, 0]
    assert moved > 8, "the first turn is to the picture's right"
