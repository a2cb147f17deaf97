"""Offline re-enactment: a portrait performs what a driving sequence shows.

Two passes. The first tracks every driving frame, so that the second can start from the frame that
looks most like the portrait, wherever in the sequence it is, and rehearse before it performs.
Every frame is looked at by itself; the tremble that this leaves is taken out without delay.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from itertools import repeat
from pathlib import Path
from typing import Literal

import numpy as np

from realtime.avatar import Avatar, load_avatar, open_actor
from realtime.capture import EndOfSource, Source
from realtime.capture.actor import Actor
from realtime.capture.files import open_file
from realtime.capture.folder import ImageFolder
from realtime.capture.picture import read_picture
from realtime.capture.video import VideoFile
from realtime.demo_portrait import demo_portrait
from realtime.errors import InputError
from realtime.models.store import LANDMARKER, Store
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState
from realtime.motion.neutral import FixedNeutral, most_alike, with_room, with_usual_lids
from realtime.motion.rehearsal import FixedRehearsal
from realtime.motion.relative import RelativeMover
from realtime.motion.resting_lips import with_resting_lips
from realtime.motion.retarget import Strengths
from realtime.motion.steady import steady, with_calm_scores
from realtime.output.contact_sheet import contact_sheet
from realtime.provenance.badge import Badge
from realtime.rehearsing import Driver, rehearse
from realtime.render import Renderer
from realtime.track.face_landmarker import FaceLandmarker
from realtime.track.presence import PresenceFilter
from realtime.types import RGB, Driving, Face, Sighting

Reference = Literal["first", "best"]
DrivingSource = VideoFile | ImageFolder | Actor

_MOST_CONSIDERED = 600
"A longer performance is sampled where all of it would be looked at before it begins."

ACTOR = "actor"
"""Names the built-in performance where a driving file is asked for."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """How driving motion becomes the avatar's."""

    relative: bool = True
    "The driver's change from the reference frame; False takes his own shape and angles."
    reference: Reference = "best"
    "The driving frame that relative motion starts from: the first with a face, or the one \
nearest to the portrait's own pose and expression."
    strengths: Strengths = field(default_factory=Strengths)
    "How much of the driving motion the avatar shows."


def animate(
    source: Path | str | RGB,
    driving: Path | str,
    *,
    relative: bool = True,
    size: tuple[int, int] | None = None,
    reference: Reference = "best",
) -> Iterator[RGB]:
    """Re-enact a driving video or folder of pictures with a portrait.

    Args:
        source: the portrait, a picture file or (h, w, 3) uint8 RGB.
        driving: a video file, a folder of pictures, or "actor", the built-in performance.
        relative: False for absolute motion.
        size: width and height of the result; None for the portrait's own.
        reference: see `Transfer`.

    Yields:
        (height, width, 3) uint8 RGB, one new array per driving frame, marked as AI-made.

    Raises:
        MimicamError: a file cannot be used, or shows no face.
    """
    models = Store()
    if isinstance(source, np.ndarray):
        avatar = load_avatar(source, "the source picture", size, models)
    else:
        file = Path(source)
        avatar = load_avatar(read_picture(file), str(source), size, models, file=file)
    sightings = track(open_driving(str(driving), models), models, str(driving))
    transfer = Transfer(relative, reference)
    yield from perform(avatar, sightings, transfer, rehearse_with=models)


def open_driving(name: str, models: Store) -> DrivingSource:
    """The driving sequence that `name` says: a file, a folder or the actor.

    Raises:
        InputError: it cannot be opened.
    """
    if name == ACTOR:
        return open_actor(read_picture(demo_portrait()), models)
    return open_file(Path(name))


def track(
    source: Source,
    models: Store,
    name: str,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Sighting]:
    """The first pass: what tracking says of every frame; closes `source`.

    Args:
        source: the driving frames, to their end.
        models: where the landmarker is.
        name: what to call the source in an error.
        progress: called with the number of frames done.

    Raises:
        InputError: no frame shows a face.
    """
    tracker = FaceLandmarker(models.path(LANDMARKER))
    presence = PresenceFilter()
    sightings: list[Sighting] = []
    try:
        while True:
            frame = source.read()
            if frame is None:
                continue
            face = tracker.track(frame)
            sightings.append(presence.update(face, frame.sequence, frame.captured_ns))
            progress(len(sightings))
    except EndOfSource:
        pass
    finally:
        tracker.close()
        source.close()
    if all(sighting.face is None for sighting in sightings):
        count = len(sightings)
        raise InputError(f"no face in any of the {count} frames of {name}; give one with a face")
    return sightings


def perform(
    avatar: Avatar,
    sightings: list[Sighting],
    transfer: Transfer,
    *,
    rehearse_with: Store | None = None,
    renderer: Renderer | None = None,
    driving: Iterator[Driving | None] | None = None,
    badge: bool = True,
) -> Iterator[RGB]:
    """The second pass: one picture per sighting.

    Args:
        avatar: the portrait.
        sightings: what `track` found.
        transfer: how motion is transferred.
        rehearse_with: where the landmarker is that looks at the mesh's pictures of some of the
            coming states first, so that what it makes of them is made up for; None takes the mesh
            at its word.
        renderer: draws; None for the mesh.
        driving: for a renderer that reads motion from pixels, as many as sightings.
        badge: whether pictures are marked.
    """
    sightings = steady(sightings)
    faces = _sample(sightings)
    reference, neutral = _rest(avatar, sightings, faces, transfer.reference)
    rehearsal = None
    if rehearse_with is not None:
        driver = Driver(reference, neutral, faces)
        rehearsal = rehearse(avatar, driver, rehearse_with, relative=transfer.relative)
    mover = RelativeMover(
        avatar.face,
        avatar.mesh,
        strengths=transfer.strengths,
        relative=transfer.relative,
        neutral=FixedNeutral(neutral, reference.blendshapes),
        rehearsal=FixedRehearsal(rehearsal),
    )
    framed = zip(with_calm_scores(sightings), driving or repeat(None), strict=False)
    with ExitStack() as opened:
        drawer = renderer or opened.enter_context(closing(avatar.open_renderer()))
        width, height = drawer.size
        mark = Badge((width, height))
        for sighting, pixels in framed:
            picture = np.empty((height, width, 3), np.uint8)
            drawer.render(replace(mover.move(sighting), driving=pixels), picture)
            if badge:
                mark.stamp(picture)
            yield picture


def output_size(avatar: Avatar, driving: DrivingSource, *, compare: bool) -> tuple[int, int]:
    """Width and height of what `perform` yields, or of what `side_by_side` makes of it."""
    still = avatar.portrait.canvas
    if compare:
        driver = np.empty((driving.size[1], driving.size[0], 3), np.uint8)
        still = contact_sheet([[still, driver, still]], still.shape[0])
    return still.shape[1], still.shape[0]


def side_by_side(avatar: Avatar, driving: Source, pictures: Iterator[RGB]) -> Iterator[RGB]:
    """Source, driving frame and result in one picture, all as high as the result."""
    still = avatar.portrait.canvas
    for picture in pictures:
        frame = driving.read()
        if frame is not None:
            yield contact_sheet([[still, frame.pixels, picture]], picture.shape[0])


def first_face(sightings: list[Sighting]) -> int:
    """The index of the first sighting with a face."""
    return next(index for index, sighting in enumerate(sightings) if sighting.face is not None)


def _rest(
    avatar: Avatar, sightings: list[Sighting], faces: list[Face], chosen: Reference
) -> tuple[Face, HeadState]:
    """The driver at rest, and the same as what relative motion starts from."""
    fitter = PoseFitter(avatar.mesh)
    reference = _reference(avatar, sightings, chosen)
    neutral = HeadState.of(reference.landmarks, fitter)
    if chosen == "first":
        return reference, neutral
    neutral = with_room(with_usual_lids(neutral, faces, fitter), faces, fitter)
    return with_resting_lips(reference, neutral, faces, avatar.face, fitter)


def _sample(sightings: list[Sighting]) -> list[Face]:
    faces = [sighting.face for sighting in sightings if sighting.face is not None]
    return faces[:: -(-len(faces) // _MOST_CONSIDERED)]


def _reference(avatar: Avatar, sightings: list[Sighting], reference: Reference) -> Face:
    faces = [sighting.face for sighting in sightings if sighting.face is not None]
    if reference == "first":
        return faces[0]
    return most_alike(faces, avatar.face, PoseFitter(avatar.mesh))
