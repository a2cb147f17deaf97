"""The rehearsal in a process of its own: what it knows gets here whole."""

import threading
from dataclasses import fields
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
import pytest

from bench.sheets import drawing
from realtime.avatar import load_avatar
from realtime.backstage import (
    driver_from,
    driver_written_down,
    rehearsal_from,
    rehearsing_backstage,
    written_down,
)
from realtime.marking.file import save_marks
from realtime.models.blendshapes import NAMES
from realtime.models.face_mesh import CHIN, LOWER_LIP
from realtime.models.store import Store
from realtime.motion.amplitude import Amplitude
from realtime.motion.geometry import PoseFitter, rotation_from_degrees
from realtime.motion.head_state import HeadState
from realtime.motion.rehearsal import Rehearsal
from realtime.motion.response import Response
from realtime.rehearsing import Driver
from realtime.types import LANDMARK_COUNT, Face, Similarity

SIZE = (320, 240)


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """The file of a drawing, with its marks."""
    file = tmp_path / "drawing.png"
    picture, marks = drawing()
    cv2.imwrite(str(file), picture[..., ::-1])
    save_marks(file, (picture.shape[1], picture.shape[0]), marks)
    return file


def test_what_is_written_down_is_read_again() -> None:
    random = np.random.default_rng(3)
    pose = Similarity(7.5, rotation_from_degrees(5.0, 2.0, 1.0), random.normal(size=3))
    told = Rehearsal(
        Amplitude(
            random.uniform(size=10),
            random.normal(size=(10, 10)),
            random.normal(size=(10, LANDMARK_COUNT, 3)),
            random.uniform(size=10),
            random.uniform(size=(LANDMARK_COUNT, 20)),
        ),
        Response(
            HeadState(pose, random.normal(size=(LANDMARK_COUNT, 3))),
            random.normal(size=(8, 1434)),
            0.7,
            random.normal(size=(11, 1434)),
        ),
    )
    heard = rehearsal_from(written_down(told))
    assert heard.amplitude.turns is None
    for ours, theirs in ((told.amplitude, heard.amplitude), (told.response, heard.response)):
        for field in fields(ours):
            if field.name not in ("turns", "rest"):
                assert np.array_equal(getattr(ours, field.name), getattr(theirs, field.name))
    ours_at, theirs_at = told.response.rest, heard.response.rest
    assert np.array_equal(ours_at.landmarks(), theirs_at.landmarks())
    assert np.array_equal(ours_at.shape, theirs_at.shape)


def test_a_driver_is_read_again_as_he_was() -> None:
    random = np.random.default_rng(4)
    faces = [
        Face(
            random.normal(size=(LANDMARK_COUNT, 3)).astype(np.float32),
            random.uniform(size=52).astype(np.float32),
            random.normal(size=(4, 4)).astype(np.float32),
        )
        for _ in range(4)
    ]
    pose = Similarity(7.5, rotation_from_degrees(5.0, 2.0, 1.0), random.normal(size=3))
    neutral = HeadState(pose, random.normal(size=(LANDMARK_COUNT, 3)))
    heard = driver_from(driver_written_down(Driver(faces[0], neutral, faces[1:])))
    for ours, theirs in zip(faces, [heard.reference, *heard.faces], strict=True):
        for field in fields(Face):
            assert np.array_equal(getattr(ours, field.name), getattr(theirs, field.name))
            assert getattr(theirs, field.name).dtype == np.float32
    assert np.array_equal(heard.neutral.landmarks(), neutral.landmarks())
    assert np.array_equal(heard.neutral.shape, neutral.shape)


@pytest.mark.timeout(180)
def test_a_driver_who_is_known_is_rehearsed_with_himself(drawn: Path) -> None:
    """One who does nothing but open his mouth: nothing is learnt of brows and smiles."""
    avatar = load_avatar(drawing()[0], drawn.name, SIZE, Store(), file=drawn)
    faces = []
    for opening in np.linspace(0.0, 0.6, 12):
        landmarks, scores = avatar.face.landmarks.copy(), np.zeros(52, np.float32)
        landmarks[[*LOWER_LIP, CHIN], 1] += opening * 30.0
        scores[NAMES.index("jawOpen")] = opening
        faces.append(Face(landmarks, scores, avatar.face.pose))
    with patch("realtime.backstage._REST_S", 0.0):
        neutral = HeadState.of(faces[0].landmarks, PoseFitter(avatar.mesh))
        rehearsing = rehearsing_backstage(drawn, SIZE, Store(), Driver(faces[0], neutral, faces))
    rehearsing.result()
    for thread in threading.enumerate():
        if thread.name == "mimicam-rehearsal":
            thread.join()
    rehearsal = rehearsing.result()
    assert rehearsal is not None
    jaw, *others = np.abs(rehearsal.amplitude.shapes).max(axis=(1, 2))
    assert jaw > 0.3
    assert max(others) < 1e-6


@pytest.mark.timeout(180)
def test_the_avatar_of_the_run_rehearses(drawn: Path) -> None:
    """Out of a hundred and sixty looks comes something to make up for, of the very avatar."""
    with patch("realtime.backstage._REST_S", 0.0):
        rehearsing = rehearsing_backstage(drawn, SIZE, Store(), None)
    assert rehearsing.result() is None
    for thread in threading.enumerate():
        if thread.name == "mimicam-rehearsal":
            thread.join()
    rehearsal = rehearsing.result()
    assert rehearsal is not None
    picture = drawing()[0]
    avatar = load_avatar(picture, drawn.name, SIZE, Store(), file=drawn)
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    assert np.allclose(rehearsal.response.rest.landmarks(), rest.landmarks(), atol=1e-3)
    assert rehearsal.amplitude.gain.max() > 0.3
    assert np.abs(rehearsal.response.answer).max() > 0.01


def test_a_portrait_that_cannot_be_read_any_more_leaves_the_plain_motion(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rehearsing = rehearsing_backstage(tmp_path / "gone.png", SIZE, Store(), None)
    rehearsing.result()
    for thread in threading.enumerate():
        if thread.name == "mimicam-rehearsal":
            thread.join()
    assert rehearsing.result() is None
    (said,) = caplog.messages
    assert said.startswith("rehearsal fails (")
    assert "gone.png" in said
    assert said.endswith("); going on without")
