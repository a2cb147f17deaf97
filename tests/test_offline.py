from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import realtime
from realtime import offline
from realtime.avatar import Avatar, open_actor
from realtime.capture.picture import read_picture
from realtime.errors import InputError
from realtime.models.blendshapes import NAMES
from realtime.models.face_mesh import LOWER_LIP
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import Store
from realtime.output.video_writer import VideoWriter
from realtime.provenance.badge import Badge
from realtime.track.presence import PresenceFilter
from realtime.types import RGB, Face, Motion, Sighting
from tests.fakes import FakeRenderer

TURNED_FRAME = 50
"A frame of the actor's first turn, to the picture's right."


@pytest.fixture(scope="module")
def store() -> Store:
    return Store()


@pytest.fixture(scope="module")
def acted(portrait_file: Path, tmp_path_factory: pytest.TempPathFactory, store: Store) -> Path:
    """A film of five frames of the actor: at rest, turned, at rest, and two without a face."""
    actor = open_actor(read_picture(portrait_file), store)
    film = tmp_path_factory.mktemp("driving") / "acted.mp4"
    blank = np.full((480, 640, 3), 90, np.uint8)
    with VideoWriter(film, actor.size, Fraction(30)) as writer:
        for picture in (*(actor.picture(n) for n in (0, TURNED_FRAME, 0)), blank, blank):
            writer.write(picture)
    return film


@pytest.fixture(scope="module")
def animated(portrait_file: Path, acted: Path) -> list[RGB]:
    return list(realtime.animate(portrait_file, acted))


def outside_badge(picture: RGB) -> NDArray[np.int64]:
    left, top, width, height = Badge((picture.shape[1], picture.shape[0])).box
    keep = np.ones(picture.shape[:2], bool)
    keep[top : top + height, left : left + width] = False
    return picture[keep].astype(np.int64)


def difference(a: RGB, b: RGB) -> int:
    return int(np.abs(outside_badge(a) - outside_badge(b)).max())


def nose_x(picture: RGB, landmarker: Path) -> float:
    with LandmarkDetector(landmarker) as detector:
        (face,) = detector.detect(picture)
    return float(face.landmarks[4, 0])


def test_one_picture_per_frame_at_the_portraits_own_size(
    animated: list[RGB], portrait: RGB
) -> None:
    assert [picture.shape for picture in animated] == [portrait.shape] * 5


def test_rest_gives_the_portrait_and_a_turn_turns_it(
    animated: list[RGB], portrait: RGB, landmarker_path: Path
) -> None:
    # Either of the two pictures at rest is taken for rest; they differ as the film is compressed.
    assert min(difference(animated[n], portrait) for n in (0, 2)) < 60
    moved = nose_x(animated[1], landmarker_path) - nose_x(portrait, landmarker_path)
    assert moved > 10


def test_lost_face_is_held(animated: list[RGB]) -> None:
    assert difference(animated[2], animated[3]) == 0
    assert difference(animated[2], animated[4]) == 0


def test_every_picture_is_marked(animated: list[RGB], portrait: RGB) -> None:
    left, top, width, height = Badge((portrait.shape[1], portrait.shape[0])).box
    for picture in animated:
        mark = picture[top : top + height, left : left + width].astype(int)
        plain = portrait[top : top + height, left : left + width].astype(int)
        assert np.abs(mark - plain).max() > 100


def test_portrait_driving_itself_does_not_move(portrait: RGB, tmp_path: Path) -> None:
    for index in range(2):
        Image.fromarray(portrait).save(tmp_path / f"{index}.png")
    for picture in realtime.animate(portrait, tmp_path):
        assert difference(picture, portrait) <= 1


def test_size_and_absolute_motion(portrait_file: Path, acted: Path, landmarker_path: Path) -> None:
    pictures = list(realtime.animate(portrait_file, acted, size=(320, 240), relative=False))
    assert pictures[0].shape == (240, 320, 3)
    moved = nose_x(pictures[1], landmarker_path) - nose_x(pictures[0], landmarker_path)
    assert moved > 3


def sighting(face: Face | None, sequence: int) -> Sighting:
    return PresenceFilter().update(face, sequence, sequence * 33_333_333)


def test_best_reference_is_the_frame_most_like_the_portrait(avatar: Avatar) -> None:
    """With `first` the smile of the first frame would be the rest; with `best` it is a smile."""
    wide = avatar.face.landmarks.copy()
    wide[[61, 291], 0] += [-8, 8]
    scores = avatar.face.blendshapes.copy()
    scores[[NAMES.index("mouthSmileLeft"), NAMES.index("mouthSmileRight")]] += 0.7
    smiling = replace(avatar.face, landmarks=wide, blendshapes=scores)
    sightings = [sighting(smiling, 0), sighting(avatar.face, 1)]
    pictures = {
        reference: list(
            offline.perform(avatar, sightings, offline.Transfer(reference=reference), badge=False)
        )
        for reference in get_args(offline.Reference)
    }
    still = avatar.portrait.canvas
    assert difference(pictures["first"][0], still) <= 1
    assert difference(pictures["best"][1], still) <= 1
    assert difference(pictures["best"][0], still) > 30


def test_a_driver_who_mostly_speaks_still_opens_the_portraits_mouth(avatar: Avatar) -> None:
    """His shut lips come with a smile: most like the portrait is a frame with parted ones."""
    scores = avatar.face.blendshapes.copy()
    scores[[NAMES.index("mouthSmileLeft"), NAMES.index("mouthSmileRight")]] += 0.9
    opened = avatar.face.landmarks.copy()
    opened[list(LOWER_LIP), 1] += 0.1 * (opened[291, 0] - opened[61, 0])
    speaking = replace(avatar.face, landmarks=opened)
    faces = [*[speaking] * 20, *[replace(avatar.face, blendshapes=scores)] * 6]
    motions: list[Motion] = []
    drawn = offline.perform(
        avatar,
        [sighting(face, sequence) for sequence, face in enumerate(faces)],
        offline.Transfer(),
        renderer=FakeRenderer(on_render=motions.append),
        badge=False,
    )
    assert len(list(drawn)) == len(faces)
    heights = motions[5].landmarks[[13, 14], 1] - avatar.face.landmarks[[13, 14], 1]
    assert heights[1] - heights[0] > 0.5 * (opened[14, 1] - avatar.face.landmarks[14, 1])


def test_film_without_a_face_is_refused(tmp_path: Path, portrait_file: Path) -> None:
    film = tmp_path / "wall.mp4"
    with VideoWriter(film, (64, 48), Fraction(25)) as writer:
        for _ in range(3):
            writer.write(np.full((48, 64, 3), 128, np.uint8))
    with pytest.raises(InputError, match=r"no face in any of the 3 frames of .*wall\.mp4"):
        next(realtime.animate(portrait_file, film))


def test_side_by_side_has_the_size_that_was_announced(
    avatar: Avatar, acted: Path, store: Store
) -> None:
    driving = offline.open_driving(str(acted), store)
    announced = offline.output_size(avatar, driving, compare=True)
    pictures = iter([avatar.portrait.canvas] * 2)
    for picture in offline.side_by_side(avatar, driving, pictures):
        assert picture.shape[1::-1] == announced
