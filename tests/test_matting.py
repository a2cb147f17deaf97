from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.matting import drawn_matte, person_matte, sees_face
from realtime.models.face_mesh import EYES
from realtime.models.mediapipe_tasks import Segment
from realtime.types import LANDMARK_COUNT, RGB, Landmarks, Points

TURNS = np.linspace(0, 2 * np.pi, 36, endpoint=False)
OVAL: Points = np.stack([150 + 60 * np.sin(TURNS), 160 - 80 * np.cos(TURNS)], axis=1).astype(
    np.float32
)


def drawing() -> RGB:
    """A green head with one ear on a body, before sand."""
    picture = np.full((400, 300, 3), (240, 225, 190), np.uint8)
    cv2.rectangle(picture, (90, 250), (210, 400), (50, 100, 60), -1)
    cv2.ellipse(picture, (150, 160), (70, 95), 0, 0, 360, (90, 150, 100), -1)
    cv2.circle(picture, (100, 75), 22, (90, 150, 100), -1)
    return picture


def test_drawn_figure_is_cut_out_whole() -> None:
    matte = drawn_matte(drawing(), OVAL)
    assert matte.shape == (400, 300)
    assert matte.dtype == np.float32
    for inside in ((160, 150), (75, 100), (240, 150), (380, 100)):
        assert matte[inside] > 0.9, inside
    for outside in ((10, 10), (200, 40), (30, 200), (390, 260)):
        assert matte[outside] < 0.1, outside


def test_face_that_fills_the_picture_is_all_figure() -> None:
    matte = drawn_matte(np.full((80, 60, 3), 90, np.uint8), 3 * OVAL - 420)
    assert matte[40, 30] == 1.0


def test_matte_must_hold_most_of_the_face() -> None:
    matte = np.zeros((400, 300), np.float32)
    assert not sees_face(matte, OVAL)
    matte[100:] = 1.0
    assert sees_face(matte, OVAL)
    assert not sees_face(matte, OVAL + 1000), "a face outside the picture"


IO = 60.0
EYE_LINE = 160


def landmarks(at: tuple[float, float] = (150, EYE_LINE)) -> Landmarks:
    """The eyes of a face whose inter-ocular distance is `IO`; all else in its middle."""
    points = np.zeros((LANDMARK_COUNT, 3), np.float32)
    points[:, :2] = at
    for side, eye in zip((-1, 1), EYES, strict=True):
        points[list(eye.corners), 0] += side * IO / 2
    return points


def photograph() -> RGB:
    """A dark head with a dark plait at its right, before a light wall with a light lamp."""
    rng = np.random.default_rng(1)
    picture = rng.integers(180, 230, (400, 300, 3)).astype(np.uint8)
    for part in (HEAD, PLAIT):
        picture[part] = rng.integers(20, 70, (*picture[part].shape[:2], 3))
    return picture


HEAD, PLAIT, LAMP = np.s_[60:300, 90:210], np.s_[100:260, 210:245], np.s_[100:260, 40:80]


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[[Segment], None]:
    """Puts another segmenter in the model's place."""

    def put(segment: Segment) -> None:
        monkeypatch.setattr("realtime.matting.person_segmenter", lambda _: nullcontext(segment))

    return put


def by_brightness(values: dict[str, float]) -> Segment:
    """A segmenter that says of the photograph's parts what it is told to, mirrored or not."""
    matte = np.zeros((400, 300), np.float32)
    for name, value in values.items():
        matte[{"head": HEAD, "plait": PLAIT, "lamp": LAMP}[name]] = value
    upright = photograph()

    def segment(picture: RGB) -> NDArray[np.float32]:
        return matte if (picture == upright).all() else matte[:, ::-1]

    return segment


def test_where_the_segmenter_wavers_colours_decide(says: Callable[[Segment], None]) -> None:
    says(by_brightness({"head": 1.0, "plait": 0.35, "lamp": 0.65}))
    matte = person_matte(Path("model"), photograph(), landmarks())
    assert matte[HEAD].min() > 0.9
    assert matte[PLAIT][5:-5, :-5].min() > 0.6, "a seam"
    assert matte[PLAIT][5:-5, 5:-5].min() > 0.9
    assert matte[LAMP][5:-5, 5:-5].max() < 0.1


def test_where_it_does_not_waver_they_have_no_say(says: Callable[[Segment], None]) -> None:
    said = by_brightness({"head": 1.0, "plait": 0.95, "lamp": 0.05})
    says(said)
    matte = person_matte(Path("model"), photograph(), landmarks())
    np.testing.assert_array_equal(matte, said(photograph()))


def test_what_is_apart_from_the_face_is_not_the_person(says: Callable[[Segment], None]) -> None:
    says(by_brightness({"head": 1.0, "lamp": 1.0}))
    matte = person_matte(Path("model"), photograph(), landmarks())
    np.testing.assert_array_equal(matte, by_brightness({"head": 1.0})(photograph()))


def test_nobody_seen_is_nobody(says: Callable[[Segment], None]) -> None:
    says(lambda picture: np.zeros(picture.shape[:2], np.float32))
    assert not person_matte(Path("model"), photograph(), landmarks()).any()


def test_a_narrow_border_stays_soft(says: Callable[[Segment], None]) -> None:
    hard = by_brightness({"head": 1.0})(photograph())
    soft = np.asarray(cv2.GaussianBlur(hard, (0, 0), 2.0), np.float32)
    says(lambda picture: soft if (picture == photograph()).all() else soft[:, ::-1])
    matte = person_matte(Path("model"), photograph(), landmarks())
    np.testing.assert_allclose(matte, soft, atol=1e-6)


def test_what_it_says_of_a_mirror_counts_as_much(says: Callable[[Segment], None]) -> None:
    def leaning(picture: RGB) -> NDArray[np.float32]:
        """Sees a person in the left half of whatever it is shown."""
        matte = np.zeros(picture.shape[:2], np.float32)
        matte[:, : picture.shape[1] // 2] = 0.1
        return matte

    says(leaning)
    matte = person_matte(Path("model"), photograph(), landmarks())
    np.testing.assert_allclose(matte, 0.05, atol=1e-6)


def test_a_small_face_is_looked_at_a_second_time(says: Callable[[Segment], None]) -> None:
    """Near it the mean of both looks counts, far from it the first one."""
    seen = []

    def segment(picture: RGB) -> NDArray[np.float32]:
        seen.append(picture.shape[:2])
        return np.full(picture.shape[:2], 0.0 if picture.shape[0] == 2000 else 0.08, np.float32)

    says(segment)
    picture = np.zeros((2000, 1500, 3), np.uint8)
    matte = person_matte(Path("model"), picture, landmarks((700, 900)))
    assert seen == [(2000, 1500)] * 2 + [(540, 540)] * 2
    assert matte[930, 700] == pytest.approx(0.04)
    assert matte[600, 700] == 0.0
    assert np.abs(np.diff(matte, axis=0)).max() < 0.003, "a seam"


def test_a_face_at_the_edge_is_looked_at_up_to_it(says: Callable[[Segment], None]) -> None:
    says(lambda picture: np.full(picture.shape[:2], 0.08 * (len(picture) < 2000), np.float32))
    matte = person_matte(Path("model"), np.zeros((2000, 1500, 3), np.uint8), landmarks((60, 90)))
    assert matte[0, 0] == pytest.approx(0.04)
    assert matte[1000, 1000] == 0.0
