"""From a picture file to an avatar: everything that is computed once per portrait."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from realtime.capture.actor import Actor
from realtime.errors import InputError
from realtime.marking.face import face_from_marks
from realtime.marking.file import load_marks
from realtime.matting import drawn_matte, person_matte, sees_face
from realtime.models.face_mesh import OVAL, FaceMesh, load_face_mesh
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import LANDMARKER, SEGMENTER, Store
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState
from realtime.motion.performance import LENGTH_S, Performance
from realtime.render.mesh import MeshRenderer
from realtime.render.portrait import Portrait, lay_out
from realtime.types import RGB, Face, Motion, Presence

_MOST_FACES = 4
_ACTOR_SIZE = (640, 480)
_ACTOR_RATE = Fraction(30)


@dataclass(frozen=True, slots=True)
class Avatar:
    """A portrait that is ready to be moved."""

    portrait: Portrait
    face: Face
    "The portrait's own face, landmarks in canvas pixels."
    mesh: FaceMesh

    def open_renderer(self) -> MeshRenderer:
        """A renderer of its own: renderers keep buffers and are not shared between threads."""
        return MeshRenderer(self.portrait, self.mesh)


def load_avatar(
    picture: RGB,
    name: str,
    size: tuple[int, int] | None,
    models: Store,
    *,
    file: Path | None = None,
) -> Avatar:
    """Make an avatar of a portrait.

    Args:
        picture: (h, w, 3) the portrait.
        name: what to call it in an error.
        size: width and height of the canvas; None for the portrait's own.
        models: where the landmarker and the segmenter are.
        file: where the picture was read; a face marked by hand beside it is taken as it is.

    Raises:
        InputError: there is no face, or more than one, or the marks cannot be used.
    """
    bundle = models.path(LANDMARKER)
    mesh = load_face_mesh(bundle)
    marked = _marked_face(picture, file, mesh)
    found = marked or _found_face(picture, name, bundle, file)
    matte = person_matte(models.path(SEGMENTER), picture, found.landmarks)
    oval = found.landmarks[list(OVAL), :2]
    if marked is not None and not sees_face(matte, oval):
        matte = drawn_matte(picture, oval)
    height, width = picture.shape[:2]
    portrait = lay_out(picture, found.landmarks, matte, size or (width, height))
    face = replace(found, landmarks=portrait.landmarks)
    return Avatar(portrait, face, mesh)


def _marked_face(picture: RGB, file: Path | None, mesh: FaceMesh) -> Face | None:
    if file is None:
        return None
    size = (picture.shape[1], picture.shape[0])
    marks = load_marks(file, size)
    return None if marks is None else face_from_marks(marks, size, mesh)


def _found_face(picture: RGB, name: str, bundle: Path, file: Path | None) -> Face:
    with LandmarkDetector(bundle, _MOST_FACES) as detector:
        faces = detector.detect(picture)
    if not faces:
        by_hand = f", or show where it is: `mimicam avatar mark {file}`" if file else ""
        raise InputError(
            f"no face found in {name}; use a portrait that shows one face, upright and well lit"
            f"{by_hand}"
        )
    if len(faces) > 1:
        raise InputError(f"{len(faces)} faces found in {name}; crop it to the one that shall move")
    return faces[0]


def open_actor(picture: RGB, models: Store) -> Actor:
    """The built-in performance, once, played by a portrait."""
    avatar = load_avatar(picture, "the actor's portrait", _ACTOR_SIZE, models)
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    performance = Performance(rest)
    renderer = avatar.open_renderer()

    def draw(t_s: float, out: RGB) -> None:
        state = performance.at(t_s)
        motion = Motion(
            state.landmarks(), state.motion_from(rest), Presence.TRACKING, 0, round(t_s * 1e9)
        )
        renderer.render(motion, out)

    return Actor(draw, _ACTOR_SIZE, _ACTOR_RATE, round(LENGTH_S * _ACTOR_RATE))
