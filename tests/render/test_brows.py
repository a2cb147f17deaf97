from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.avatar import Avatar
from realtime.models.face_mesh import EYES, LEFT_BROW, RIGHT_BROW, inter_ocular, signed_areas
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState, turn_head
from realtime.render.brows import Brows
from realtime.types import RGB, Floats, Landmarks, Similarity

SKIN, HAIR = 190, 60
STILL = Similarity(1.0, np.eye(3), np.zeros(3))
FOLDS, BELOW_BROWS = (27, 257), (223, 443)
LOWER, UPPER = (52, 282), (105, 334)
"Landmarks of a brow's lower and upper edge above the middle of the eye; so are those above."

SLIVER_PX2 = 1.0

Make = Callable[[RGB], Brows]


@pytest.fixture
def rest(avatar: Avatar) -> Landmarks:
    return avatar.face.landmarks


@pytest.fixture
def make(avatar: Avatar, rest: Landmarks) -> Make:
    skin = avatar.mesh.triangles[~avatar.mesh.in_openings]
    return lambda picture: Brows(picture, rest, skin, inter_ocular(rest))


def bare(avatar: Avatar) -> RGB:
    return np.full_like(avatar.portrait.canvas, SKIN)


def with_brows(avatar: Avatar, down: float) -> RGB:
    """Bare skin with brows from their upper landmarks down to `down` of the way to the fold."""
    picture = bare(avatar)
    landmarks = avatar.face.landmarks[:, :2]
    for upper, fold in (
        ((70, 63, 105, 66, 107), (247, 30, 27, 28, 56)),
        ((300, 293, 334, 296, 336), (467, 260, 257, 258, 286)),
    ):
        top, foot = landmarks[list(upper)], landmarks[list(fold)]
        band = np.concatenate([top, (top + down * (foot - top))[::-1]])
        cv2.fillPoly(picture, [np.round(band).astype(np.int32)], (HAIR, HAIR, HAIR))
    return picture


def placed(brows: Brows, landmarks: Landmarks, head: Similarity = STILL) -> Floats:
    vertices = landmarks[:, :2].copy()
    brows.place(landmarks, head, vertices)
    return vertices


def raised(rest: Landmarks, share: float) -> Landmarks:
    """Brows up by a share of the distance between the eyes, skin above the lids half as far."""
    face = rest.copy()
    rise = share * inter_ocular(rest)
    face[[*RIGHT_BROW, *LEFT_BROW], 1] -= rise
    face[[225, 224, 223, 222, 221, 445, 444, 443, 442, 441], 1] -= 0.75 * rise
    face[[247, 30, 29, 27, 28, 56, 190, 467, 260, 259, 257, 258, 286, 414], 1] -= 0.5 * rise
    return face


def between(vertices: Floats, low: tuple[int, ...], high: tuple[int, ...]) -> NDArray[np.float32]:
    lengths: NDArray[np.float32] = np.linalg.norm(
        vertices[list(high)] - vertices[list(low)], axis=1
    )
    return lengths


def test_a_face_at_rest_is_where_it_was(avatar: Avatar, make: Make, rest: Landmarks) -> None:
    brows = make(avatar.portrait.canvas)
    np.testing.assert_allclose(placed(brows, rest), brows.at_rest(), atol=1e-3)


def test_brows_that_cannot_be_seen_are_where_landmarks_are(
    avatar: Avatar, make: Make, rest: Landmarks
) -> None:
    # Neighbours on a brow agree, and none is close to the fold.
    np.testing.assert_allclose(
        make(bare(avatar)).at_rest(), rest[:, :2], atol=0.06 * inter_ocular(rest)
    )


@pytest.mark.parametrize("down", [0.3, 0.6])
def test_a_row_of_vertices_lies_where_hairs_end(
    avatar: Avatar, make: Make, rest: Landmarks, down: float
) -> None:
    vertices = make(with_brows(avatar, down)).at_rest()
    column = between(rest[:, :2], FOLDS, UPPER)
    np.testing.assert_allclose(between(vertices, LOWER, UPPER) / column, down, atol=0.12)


def test_hairs_stay_as_high_as_they_are_when_brows_go_up(
    avatar: Avatar, make: Make, rest: Landmarks
) -> None:
    brows = make(with_brows(avatar, 0.6))
    before, after = brows.at_rest(), placed(brows, raised(rest, 0.15))
    np.testing.assert_allclose(
        between(after, LOWER, UPPER), between(before, LOWER, UPPER), rtol=0.1
    )
    assert (between(after, BELOW_BROWS, LOWER) > 1.8 * between(before, BELOW_BROWS, LOWER)).all()


def test_lids_are_not_drawn_up_with_brows(avatar: Avatar, make: Make, rest: Landmarks) -> None:
    after = placed(make(avatar.portrait.canvas), raised(rest, 0.15))
    told = raised(rest, 0.15)[list(FOLDS), 1] - rest[list(FOLDS), 1]
    went = after[list(FOLDS), 1] - rest[list(FOLDS), 1]
    np.testing.assert_allclose(went / told, 0.35, atol=0.01)


def test_a_fold_goes_all_the_way_with_an_eye_that_opens(
    avatar: Avatar, make: Make, rest: Landmarks
) -> None:
    wide = raised(rest, 0.1)
    lids = [*EYES[0].upper, *EYES[1].upper]
    wide[lids, 1] -= 0.05 * inter_ocular(rest)
    after = placed(make(avatar.portrait.canvas), wide)
    np.testing.assert_allclose(after[list(FOLDS)], wide[list(FOLDS), :2], atol=1e-3)


def test_lowered_brows_go_as_landmarks_say(avatar: Avatar, make: Make, rest: Landmarks) -> None:
    after = placed(make(bare(avatar)), raised(rest, -0.08))
    told = raised(rest, -0.08)[:, 1] - rest[:, 1]
    for row in (FOLDS, LOWER):
        went = after[list(row), 1] - rest[list(row), 1]
        np.testing.assert_allclose(went, told[list(row)], atol=0.02 * inter_ocular(rest))


def test_a_head_that_tilts_or_comes_near_is_no_raised_brow(
    avatar: Avatar, make: Make, rest: Landmarks
) -> None:
    brows = make(avatar.portrait.canvas)
    cos, sin = np.cos(0.7), np.sin(0.7)
    roll = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    for head in (
        Similarity(1.5, roll, np.array([30.0, -200.0, 5.0])),
        Similarity(0.6, roll, 0 * roll[0]),
    ):
        there = (head.scale * rest @ head.rotation.T + head.translation).astype(np.float32)
        expected = head.scale * brows.at_rest() @ head.rotation[:2, :2].T + head.translation[:2]
        np.testing.assert_allclose(placed(brows, there, head), expected, atol=0.01)


def test_nor_is_one_that_turns(avatar: Avatar, make: Make, rest: Landmarks) -> None:
    state = HeadState.of(rest, PoseFitter(avatar.mesh))
    brows = make(avatar.portrait.canvas)
    still = np.hstack([brows.at_rest(), rest[:, 2:]])
    for turn in ((25, 0, 0), (0, 18, 0), (0, -18, 5)):
        turned = HeadState(turn_head(state, *turn), state.shape)
        head = turned.motion_from(state)
        there = (head.scale * still @ head.rotation.T + head.translation)[:, :2]
        # What lies elsewhere than its landmark may be a little deeper, or less deep.
        np.testing.assert_allclose(
            placed(brows, turned.landmarks(), head), there, atol=0.06 * inter_ocular(rest)
        )


def test_no_triangle_folds_over_by_more_than_a_sliver(
    avatar: Avatar, make: Make, rest: Landmarks
) -> None:
    skin = avatar.mesh.triangles[~avatar.mesh.in_openings].astype(np.intp)
    facing = np.sign(signed_areas(rest.astype(np.float64), skin))
    state = HeadState.of(rest, PoseFitter(avatar.mesh))
    random = np.random.default_rng(5)
    for down in (0.3, 0.6, 0.8):
        brows = make(with_brows(avatar, down))
        assert (signed_areas(brows.at_rest().astype(np.float64), skin) * facing > 0.0).all()
        for _ in range(100):
            turn = random.uniform((-20, -30, -20), (20, 30, 20))
            shape = HeadState.of(raised(rest, random.uniform(-0.1, 0.3)), PoseFitter(avatar.mesh))
            posed = HeadState(turn_head(state, *turn), shape.shape)
            face = posed.landmarks()
            kept = signed_areas(face.astype(np.float64), skin) * facing > 2.0
            vertices = placed(brows, face, posed.motion_from(state))
            after = signed_areas(vertices.astype(np.float64), skin) * facing
            assert after[kept].min() > -SLIVER_PX2
