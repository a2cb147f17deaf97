"""The rehearsal with a stand-in: what it teaches an avatar about drivers whom nobody knows."""

from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from bench.quality.commanded import foldovers
from bench.sheets import drawing
from realtime.avatar import Avatar, load_avatar
from realtime.marking.file import save_marks
from realtime.models.blendshapes import NAMES
from realtime.models.face_mesh import MOUTH_CORNERS, UPPER_LIP
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import LANDMARKER, Store
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState
from realtime.motion.rehearsal import Rehearsal
from realtime.motion.retarget import Retargeter, Strengths
from realtime.rehearsing import Driver, rehearse, stand_in
from realtime.render.mesh import MeshRenderer
from realtime.types import RGB, Face, Motion, Presence

SMILE = NAMES.index("mouthSmileLeft")


def no_rest() -> None:
    """In a hurry."""


@pytest.fixture(scope="module")
def actor() -> Driver:
    with patch("realtime.rehearsing._ACTED_EVERY", 24):
        return stand_in(Store(), no_rest)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Avatar:
    """A drawing, in which a smile is seen by a third."""
    file = tmp_path_factory.mktemp("drawing") / "drawing.png"
    picture, marks = drawing()
    cv2.imwrite(str(file), picture[..., ::-1])
    save_marks(file, (picture.shape[1], picture.shape[0]), marks)
    return load_avatar(picture, file.name, None, Store(), file=file)


@pytest.fixture(scope="module", autouse=True)
def soon_done() -> Iterator[None]:
    with (
        patch("realtime.motion.response._REHEARSED", 8),
        patch("realtime.motion.amplitude._REHEARSED", 8),
    ):
        yield


@pytest.fixture(scope="module")
def rehearsal(drawn: Avatar, actor: Driver) -> Rehearsal:
    return rehearse(drawn, actor, Store(), turns=False)


def told(avatar: Avatar, driver: Driver, face: Face) -> HeadState:
    fitter = PoseFitter(avatar.mesh)
    rest = HeadState.of(avatar.face.landmarks, fitter)
    driven = HeadState.of(face.landmarks, fitter)
    return Retargeter(rest, Strengths())(driven, driver.neutral)


def seen(avatar: Avatar, states: list[HeadState]) -> list[NDArray[np.float32]]:
    """Blendshapes of the avatar in each state."""
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    renderer, picture = avatar.open_renderer(), np.empty_like(avatar.portrait.canvas)
    found = []
    with LandmarkDetector(Store().path(LANDMARKER)) as detector:
        for state in states:
            head = state.motion_from(rest)
            renderer.render(Motion(state.landmarks(), head, Presence.TRACKING, 0, 0), picture)
            (face,) = detector.detect(picture)
            found.append(face.blendshapes)
    return found


def test_stand_in_begins_at_rest_and_moves_in_many_ways(actor: Driver) -> None:
    changes = np.array([face.blendshapes - actor.reference.blendshapes for face in actor.faces])
    assert len(actor.faces) == 30
    for name in ("jawOpen", "mouthSmileLeft", "browOuterUpLeft"):
        assert changes[:, NAMES.index(name)].max() > 0.15, name


def test_smiles_are_seen_more_nearly_as_broad_as_they_are(
    drawn: Avatar, actor: Driver, rehearsal: Rehearsal
) -> None:
    broadest = sorted(actor.faces, key=lambda face: -float(face.blendshapes[SMILE]))[:3]
    at_rest = actor.reference.blendshapes
    states = [told(drawn, actor, face) for face in [actor.reference, *broadest]]
    corrected = [
        rehearsal.correct(face, state, at_rest)
        for face, state in zip(broadest, states[1:], strict=True)
    ]
    still, *shown = (float(scores[SMILE]) for scores in seen(drawn, [*states, *corrected]))
    asked = float(np.mean([face.blendshapes[SMILE] - at_rest[SMILE] for face in broadest]))
    assert np.mean(shown[:3]) - still < 0.5 * asked
    assert np.mean(shown[3:]) - still > 0.65 * asked


def test_what_is_looked_at_is_what_will_be_shown(drawn: Avatar, actor: Driver) -> None:
    """A lip that is told to go to the nose is held back when it is rehearsed, too."""
    face = actor.reference
    lifted = face.landmarks.copy()
    lifted[list(UPPER_LIP), 1] -= 0.8 * (lifted[0, 1] - lifted[2, 1])
    lifting = replace(actor, faces=[face, replace(face, landmarks=lifted)])
    drawn_lengths: list[float] = []

    def draw(renderer: MeshRenderer, motion: Motion, out: RGB) -> None:
        drawn_lengths.append(float(motion.landmarks[0, 1] - motion.landmarks[2, 1]))
        render(renderer, motion, out)

    render = MeshRenderer.render
    with patch.object(MeshRenderer, "render", draw):
        rehearse(drawn, lifting, Store(), turns=False)
    rest = drawn.face.landmarks
    shortest = min(drawn_lengths) / float(rest[0, 1] - rest[2, 1])
    assert 0.45 < shortest < 0.75


def test_no_fold_is_looked_at_that_will_not_be_shown(drawn: Avatar, actor: Driver) -> None:
    """Corners drawn into the mouth are pushed out again when they are rehearsed, too."""
    face = actor.reference
    corners, drawn_in = list(MOUTH_CORNERS), face.landmarks.copy()
    drawn_in[corners] += 0.3 * (drawn_in[corners[::-1]] - drawn_in[corners])
    folding = replace(actor, faces=[face, replace(face, landmarks=drawn_in)])
    folds: list[int] = []

    def draw(renderer: MeshRenderer, motion: Motion, out: RGB) -> None:
        folds.append(foldovers(drawn, motion))
        render(renderer, motion, out)

    render = MeshRenderer.render
    with patch.object(MeshRenderer, "render", draw):
        rehearse(drawn, folding, Store(), turns=False)
    assert len(folds) > 5
    assert max(folds) == 0


def test_another_drivers_rest_is_no_expression(
    drawn: Avatar, actor: Driver, rehearsal: Rehearsal
) -> None:
    """He who has a smiling face, and keeps it, is not made to smile."""
    state = told(drawn, actor, actor.reference)
    scores = actor.reference.blendshapes.copy()
    scores[SMILE] += 0.6
    smiler = replace(actor.reference, blendshapes=scores)
    as_himself = rehearsal.correct(smiler, state, scores)
    as_the_actor = rehearsal.correct(smiler, state, actor.reference.blendshapes)
    plain = rehearsal.correct(actor.reference, state, actor.reference.blendshapes)
    assert np.allclose(as_himself.shape, plain.shape)
    assert np.abs(as_the_actor.shape - plain.shape).max() > 0.1


def test_turns_are_left_to_the_driver(drawn: Avatar, actor: Driver, rehearsal: Rehearsal) -> None:
    turned = max(actor.faces, key=lambda face: float(abs(face.pose[0, 2])))
    state = told(drawn, actor, turned)
    corrected = rehearsal.correct(turned, state, actor.reference.blendshapes)
    assert np.allclose(corrected.pose.rotation, state.pose.rotation)
    assert np.allclose(corrected.pose.translation, state.pose.translation)
