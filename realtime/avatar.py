"""From a picture file to an avatar: everything that is computed once per portrait."""

from dataclasses import dataclass, replace
from fractions import Fraction

from realtime.capture.actor import Actor
from realtime.errors import InputError
from realtime.models.face_mesh import FaceMesh, load_face_mesh
from realtime.models.mediapipe_tasks import LandmarkDetector, person_matte
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


def load_avatar(picture: RGB, name: str, size: tuple[int, int] | None, models: Store) -> Avatar:
    """Make an avatar of a portrait.

    Args:
        picture: (h, w, 3) the portrait.
        name: what to call it in an error.
        size: width and height of the canvas; None for the portrait's own.
        models: where the landmarker and the segmenter are.

    Raises:
        InputError: there is no face, or more than one.
    """
    bundle = models.path(LANDMARKER)
    with LandmarkDetector(bundle, _MOST_FACES) as detector:
        faces = detector.detect(picture)
    if not faces:
        raise InputError(
            f"no face found in {name}; use a portrait that shows one face, upright and well lit"
        )
    if len(faces) > 1:
        raise InputError(f"{len(faces)} faces found in {name}; crop it to the one that shall move")
    matte = person_matte(models.path(SEGMENTER), picture)
    height, width = picture.shape[:2]
    portrait = lay_out(picture, faces[0].landmarks, matte, size or (width, height))
    face = replace(faces[0], landmarks=portrait.landmarks)
    return Avatar(portrait, face, load_face_mesh(bundle))


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
