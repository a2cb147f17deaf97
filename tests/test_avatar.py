from pathlib import Path

import numpy as np
import pytest

from realtime.avatar import Avatar, load_avatar, open_actor
from realtime.errors import InputError
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import Store
from realtime.types import RGB


def test_portrait_without_a_face_is_refused() -> None:
    blank = np.full((200, 200, 3), 128, np.uint8)
    with pytest.raises(InputError, match=r"no face found in wall\.jpg; use a portrait"):
        load_avatar(blank, "wall.jpg", None, Store())


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
