"""What looks at an avatar say, of a judge made up here."""

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.models.blendshapes import NAMES
from realtime.motion.geometry import rotation_from_degrees
from realtime.motion.seen import COUNT, Seen, asked, scores_since
from realtime.types import Face

JAW, SMILE = 0, 1
"Columns."
NUMBERS = [NAMES.index(name) for name in ("jawOpen", "mouthSmileLeft")]
ROOM = np.array([-np.ones(COUNT), np.ones(COUNT)])
FLIP = np.diag([1.0, -1.0, -1.0])


def face(jaw: float = 0.0, smile: float = 0.0, yaw_deg: float = 0.0) -> Face:
    scores = np.zeros(len(NAMES), np.float32)
    scores[NUMBERS] = jaw, smile
    pose = np.eye(4, dtype=np.float32)
    pose[:3, :3] = FLIP @ rotation_from_degrees(yaw_deg, 0.0, 0.0) @ FLIP
    return Face(np.zeros((478, 3), np.float32), scores, pose)


@pytest.fixture
def done() -> list[Face]:
    rows = np.random.default_rng(3).uniform([0, 0, -15], [0.8, 0.8, 15], (80, 3))
    return [face(*row) for row in rows]


def seen(done: list[Face], looks: list[Face], weights: NDArray[np.float64] | None = None) -> Seen:
    rows = np.array([asked(face(), each) for each in done])
    units = np.repeat([0.3, 0.2], [COUNT, 3])
    weights = np.ones(len(done)) if weights is None else weights
    return Seen.of(face(), rows, units, weights, looks, ROOM)


def test_what_a_driver_does_is_counted_from_his_rest() -> None:
    rest, now = face(jaw=0.1, yaw_deg=5.0), face(jaw=0.4, smile=0.2, yaw_deg=15.0)
    done = asked(rest, now)
    assert done[[JAW, SMILE]] == pytest.approx([0.3, 0.2], abs=1e-6)
    assert np.abs(np.degrees(done[COUNT:])) == pytest.approx([0.0, 10.0, 0.0], abs=1e-4)
    assert scores_since(rest.blendshapes, rest) == pytest.approx(np.zeros(COUNT))


def test_strength_is_a_slope_whatever_rest_looks_like(done: list[Face]) -> None:
    scores = [each.blendshapes[NUMBERS] for each in done]
    found = seen(done, [face(0.2 + 0.5 * jaw, 0.1 + smile) for jaw, smile in scores])
    assert found.strength[[JAW, SMILE]] == pytest.approx([0.5, 1.0], abs=0.01)
    assert found.has_moved.nonzero()[0].tolist() == [JAW, SMILE]


def test_what_is_seen_for_another_is_told_from_what_is_asked(done: list[Face]) -> None:
    scores = [each.blendshapes[NUMBERS] for each in done]
    found = seen(done, [face(jaw, smile - 0.3 * jaw) for jaw, smile in scores])
    assert found.crosstalk[JAW, SMILE] == pytest.approx(-0.3, abs=0.05)
    assert found.crosstalk[SMILE, JAW] == pytest.approx(0.0, abs=0.02)
    assert not np.diag(found.crosstalk).any()


def test_heads_seen_turned_too_far_are_told_by_radians(done: list[Face]) -> None:
    # Axes of the picture turn the other way about the vertical one than `face` counts.
    yaws_deg = [-float(np.degrees(asked(face(), each)[COUNT + 1])) for each in done]
    found = seen(done, [face(yaw_deg=1.25 * yaw_deg) for yaw_deg in yaws_deg])
    assert found.turned[COUNT + 1, 1] == pytest.approx(0.25, abs=0.02)
    assert np.abs(found.turned[:COUNT]).max() < 0.02


def test_looks_count_by_their_weights(done: list[Face]) -> None:
    """Half of the looks show nothing, and stand for nothing."""
    looks = [each if number % 2 else face() for number, each in enumerate(done)]
    weights = (np.arange(len(done)) % 2).astype(np.float64)
    assert seen(done, looks, weights).strength[JAW] == pytest.approx(1.0, abs=0.01)
    assert seen(done, looks).strength[JAW] == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize(
    ("left", "right"), [("mouthSmileLeft", "mouthSmileRight"), ("browDownLeft", "browDownRight")]
)
def test_an_expression_is_seen_as_much_on_either_side(
    done: list[Face], left: str, right: str
) -> None:
    """Of the left one half is seen, of the right one all; nobody is to be made awry."""

    def moved(left_score: float, right_score: float) -> Face:
        one = face()
        one.blendshapes[[NAMES.index(left), NAMES.index(right)]] = left_score, right_score
        return one

    scores = [float(each.blendshapes[NUMBERS[SMILE]]) for each in done]
    found = seen(
        [moved(score, score) for score in scores], [moved(score / 2, score) for score in scores]
    )
    assert found.strength[found.has_moved] == pytest.approx([0.75, 0.75], abs=0.01)


def test_a_side_of_a_smile_that_never_moved_says_nothing(done: list[Face]) -> None:
    smiles = [float(each.blendshapes[NUMBERS[SMILE]]) for each in done]
    found = seen([face(smile=smile) for smile in smiles], [face(smile=s / 2) for s in smiles])
    assert found.strength[[SMILE, SMILE + 1]] == pytest.approx([0.5, 0.5], abs=0.01)
    assert found.has_moved.nonzero()[0].tolist() == [SMILE]
