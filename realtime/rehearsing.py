"""Rehearsing: an avatar is told to show some states, and looked at."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from realtime.avatar import Avatar, open_actor
from realtime.capture.picture import read_picture
from realtime.demo_portrait import demo_portrait
from realtime.models.face_mesh import load_face_mesh
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import LANDMARKER, Store
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState
from realtime.motion.plausible import Plausible
from realtime.motion.rehearsal import Rehearsal
from realtime.motion.retarget import Retargeter, Strengths
from realtime.types import Face, Motion, Presence

_ACTED_EVERY = 12
"Of the actor's frames, one in so many is looked at: what is slow is seen, and some speech."


@dataclass(frozen=True, slots=True)
class Driver:
    """Whom an avatar rehearses with."""

    reference: Face
    "At rest."
    neutral: HeadState
    "The same, as what relative motion starts from."
    faces: list[Face]
    "Where he moves."


def rehearse(
    avatar: Avatar,
    driver: Driver,
    models: Store,
    *,
    relative: bool = True,
    turns: bool = True,
    rest: Callable[[], None] = lambda: None,
) -> Rehearsal:
    """How the mesh renderer's pictures of an avatar answer to a driver.

    Args:
        avatar: the portrait.
        driver: whom it follows.
        models: where the landmarker is.
        relative: False for absolute motion.
        turns: see `Amplitude`.
        rest: called after each look, about 150 times.
    """
    fitter = PoseFitter(avatar.mesh)
    still = HeadState.of(avatar.face.landmarks, fitter)
    retarget = Retargeter(still, Strengths(), relative=relative)
    states = [
        retarget(HeadState.of(face.landmarks, fitter), driver.neutral) for face in driver.faces
    ]
    renderer = avatar.open_renderer()
    width, height = renderer.size
    picture = np.empty((height, width, 3), np.uint8)
    with closing(renderer), LandmarkDetector(models.path(LANDMARKER)) as detector:

        def look(state: HeadState) -> Face | None:
            head = state.motion_from(still)
            renderer.render(Motion(state.landmarks(), head, Presence.TRACKING, 0, 0), picture)
            found = next(iter(detector.detect(picture)), None)
            rest()
            return found

        return Rehearsal.hold(
            still,
            driver.reference,
            driver.faces,
            states,
            look,
            Plausible(still, avatar.mesh),
            turns=turns,
        )


def stand_in(models: Store, rest: Callable[[], None]) -> Driver:
    """Whom to rehearse with for a driver whom nobody knows yet: the built-in actor, looked at.

    `rest` is called after each of sixty looks.
    """
    actor = open_actor(read_picture(demo_portrait()), models)
    faces = []
    with LandmarkDetector(models.path(LANDMARKER)) as detector:
        for sequence in range(0, actor.frame_count, _ACTED_EVERY):
            faces += detector.detect(actor.picture(sequence))
            rest()
    fitter = PoseFitter(load_face_mesh(models.path(LANDMARKER)))
    return Driver(faces[0], HeadState.of(faces[0].landmarks, fitter), faces)
