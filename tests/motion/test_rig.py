from dataclasses import replace

import numpy as np
import pytest

from realtime.models.face_mesh import (
    CHIN,
    EYES,
    INNER_LIP_LOWER,
    INNER_LIP_UPPER,
    LEFT_BROW,
    LOWER_LIP,
    MOUTH_CORNERS,
    RIGHT_BROW,
    UPPER_LIP,
    FaceMesh,
)
from realtime.motion.geometry import Shape
from realtime.motion.retarget import lid_gaps
from realtime.motion.rig import Expression, Rig

EVERYTHING = Expression(1, 1, 1, 1, 1, 1, 1)
NOSE_BRIDGE, FOREHEAD = 168, 10
IRISES = list(range(468, 478))
BROWS = [*RIGHT_BROW, *LEFT_BROW]


def change(shape: Shape, expression: Expression) -> Shape:
    return Rig(shape)(expression) - shape


def test_no_expression_is_rest(shape: Shape) -> None:
    assert (Rig(shape)(Expression()) == shape).all()


def test_the_neutral_shape_is_left_alone(shape: Shape) -> None:
    before = shape.copy()
    Rig(shape)(EVERYTHING)
    assert (shape == before).all()


def test_the_jaw_drops_the_chin_and_leaves_the_upper_lip(shape: Shape) -> None:
    moved = change(shape, Expression(jaw=1))
    assert moved[CHIN, 1] > 1.0
    assert moved[INNER_LIP_LOWER[5], 1] > 1.5
    assert np.abs(moved[list(INNER_LIP_UPPER[1:-1])]).max() == 0
    assert np.abs(moved[[FOREHEAD, NOSE_BRIDGE, *IRISES, *EYES[0].ring]]).max() == 0
    assert moved[CHIN, 2] > 0  # a jaw turns on its hinge: the chin goes back as it drops


def test_the_mouth_opens_more_the_further_the_jaw_drops(shape: Shape) -> None:
    def opening(jaw: float) -> float:
        face = Rig(shape)(Expression(jaw=jaw))
        return float(face[INNER_LIP_LOWER[5], 1] - face[INNER_LIP_UPPER[5], 1])

    openings = [opening(jaw) for jaw in (0, 0.25, 0.5, 1.0)]
    assert openings == sorted(openings)
    assert openings[-1] > openings[0] + 1.5


def test_a_smile_draws_the_corners_out_and_up(shape: Shape) -> None:
    right, left = change(shape, Expression(smile=1))[list(MOUTH_CORNERS)]
    assert right[0] < -0.3
    assert left[0] > 0.3
    assert right[1] < -0.3
    assert left[1] < -0.3


def test_a_pucker_narrows_the_mouth_and_pushes_the_lips_forward(shape: Shape) -> None:
    moved = change(shape, Expression(pucker=1))
    right, left = MOUTH_CORNERS
    assert moved[right, 0] > 0.5
    assert moved[left, 0] < -0.5
    assert moved[[*UPPER_LIP, *LOWER_LIP], 2].max() < 0


@pytest.mark.parametrize("amount", [1.0, -1.0], ids=["raised", "frown"])
def test_brows_go_up_and_down_without_the_lids(shape: Shape, amount: float) -> None:
    moved = change(shape, Expression(brows=amount))
    assert (-amount * moved[BROWS, 1] > 0.3).all()
    for eye in EYES:
        assert np.abs(moved[list(eye.ring)]).max() == 0
    assert np.abs(moved[[*UPPER_LIP, *LOWER_LIP]]).max() < 0.05


def test_a_blink_brings_the_lids_together_a_quarter_up_in_their_opening(shape: Shape) -> None:
    face = Rig(shape)(Expression(blink=1))
    assert np.abs(lid_gaps(face)).max() < 1e-9
    for eye, gap in zip(EYES, lid_gaps(shape), strict=True):
        raised = shape[list(eye.lower), 1] - face[list(eye.lower), 1]
        np.testing.assert_allclose(raised, 0.25 * gap, atol=1e-9)


def test_half_a_blink_is_half_shut(shape: Shape) -> None:
    face = Rig(shape)(Expression(blink=0.5))
    assert np.allclose(lid_gaps(face), 0.5 * lid_gaps(shape))


@pytest.mark.parametrize(
    ("expression", "direction"),
    [
        pytest.param(Expression(look_right=1), (1, 0), id="right in the picture"),
        pytest.param(Expression(look_right=-1), (-1, 0), id="left"),
        pytest.param(Expression(look_up=1), (0, -1), id="up"),
        pytest.param(Expression(look_up=-1), (0, 1), id="down"),
    ],
)
def test_irises_look_where_told_and_move_as_one(
    shape: Shape, expression: Expression, direction: tuple[int, int]
) -> None:
    moved = change(shape, expression)
    assert (moved[IRISES, :2] @ np.array(direction) > 0.1).all()
    assert np.ptp(moved[IRISES], axis=0).max() < 1e-9
    assert np.abs(np.delete(moved, IRISES, axis=0)).max() == 0


def test_a_symmetric_face_stays_symmetric(shape: Shape) -> None:
    face = Rig(shape)(replace(EVERYTHING, look_right=0))
    for right, left in ((61, 291), (33, 263), (70, 300), (172, 397), (159, 386)):
        assert np.allclose(face[right] * [-1, 1, 1], face[left], atol=1e-6)


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param(Expression(smile=1), id="smile"),
        pytest.param(Expression(pucker=1), id="pucker"),
        pytest.param(Expression(jaw=1), id="open jaw"),
        pytest.param(Expression(brows=1), id="brows raised"),
        pytest.param(Expression(brows=-1), id="frown"),
    ],
)
def test_skin_bends_and_does_not_fold(mesh: FaceMesh, shape: Shape, expression: Expression) -> None:
    rest, moved = (signed_areas(mesh, face) for face in (shape, Rig(shape)(expression)))
    seen = np.abs(rest) > 0.01
    assert (np.sign(moved[seen]) == np.sign(rest[seen])).all()


def signed_areas(mesh: FaceMesh, face: Shape) -> Shape:
    """Per triangle, as seen from the front: a fold changes the sign."""
    a, b, c = face[mesh.triangles, :2].transpose(1, 2, 0)
    areas: Shape = (b - a)[0] * (c - a)[1] - (b - a)[1] * (c - a)[0]
    return areas
