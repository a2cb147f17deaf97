"""The head goes on; what else moves, stays."""

from dataclasses import replace

import numpy as np
import pytest

from realtime.models.face_mesh import FaceMesh
from realtime.motion.geometry import PoseFitter, Shape, rotation_angle_deg, rotation_from_degrees
from realtime.motion.prediction import HeadPredictor, HoldLast
from realtime.types import Face
from tests.fakes import PERIOD_NS, face

SCALE = 20.0
"Pixels in a centimetre."


def placed(shape: Shape, x_cm: float = 0.0, yaw_deg: float = 0.0, zoom: float = 1.0) -> Face:
    rotation = rotation_from_degrees(yaw_deg, 0.0, 0.0)
    landmarks = zoom * SCALE * shape @ rotation.T + [320.0 + x_cm * SCALE, 240.0, 0.0]
    return replace(face(), landmarks=landmarks.astype(np.float32))


def seen(mesh: FaceMesh, *faces: Face | None) -> HeadPredictor:
    """A predictor that saw these, thirty a second."""
    predictor = HeadPredictor(mesh)
    for index, each in enumerate(faces):
        predictor.observe(each, index * PERIOD_NS)
    return predictor


def x_cm(found: Face | None) -> float:
    assert found is not None
    return float(found.landmarks[:, 0].mean() - 320.0) / SCALE


def test_a_head_that_moves_goes_on_as_it_moved(mesh: FaceMesh, shape: Shape) -> None:
    middle = x_cm(placed(shape))
    predictor = seen(mesh, *[placed(shape, x_cm=0.5 * n) for n in range(9)])
    ahead = x_cm(predictor.at(9 * PERIOD_NS)) - middle
    assert 4.0 < ahead < 4.5
    assert ahead == pytest.approx(4.45, abs=0.06)


def test_it_comes_to_rest_and_stays_near(mesh: FaceMesh, shape: Shape) -> None:
    middle = x_cm(placed(shape))
    predictor = seen(mesh, *[placed(shape, x_cm=0.5 * n) for n in range(9)])
    ways = [x_cm(predictor.at((8 + n) * PERIOD_NS)) - middle for n in (0, 1, 3, 9, 30, 900)]
    assert ways == sorted(ways)
    assert ways[0] == pytest.approx(4.0, abs=1e-3)
    assert ways[-1] - ways[-2] < 0.01
    assert ways[-1] == pytest.approx(4.0 + 15 * 0.15, rel=0.02), "velocity by damping time"


def test_turning_and_leaning_go_on(mesh: FaceMesh, shape: Shape) -> None:
    faces = [placed(shape, yaw_deg=2.0 * n, zoom=1.01**n) for n in range(9)]
    ahead = seen(mesh, *faces).at(9 * PERIOD_NS)
    assert ahead is not None
    fitter = PoseFitter(mesh)
    start, end = fitter.fit(faces[-1].landmarks)[0], fitter.fit(ahead.landmarks)[0]
    assert rotation_angle_deg(end.rotation @ start.rotation.T) == pytest.approx(1.8, abs=0.1)
    assert end.scale / start.scale == pytest.approx(1.009, abs=0.001)


def test_the_expression_stays_as_it_was_seen(mesh: FaceMesh, shape: Shape) -> None:
    fitter = PoseFitter(mesh)
    faces = []
    for n in range(9):
        changed = shape.copy()
        changed[13, 1] -= 0.1 * n
        faces.append(placed(changed, x_cm=0.5 * n))
    ahead = seen(mesh, *faces).at(10 * PERIOD_NS)
    assert ahead is not None
    expected, found = fitter.fit(faces[-1].landmarks)[1], fitter.fit(ahead.landmarks)[1]
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert x_cm(ahead) > x_cm(faces[-1]) + 0.5


def test_a_head_that_trembles_is_left_where_it_is(mesh: FaceMesh, shape: Shape) -> None:
    faces = [placed(shape, x_cm=0.01 * (n % 2)) for n in range(20)]
    ahead = seen(mesh, *faces).at(22 * PERIOD_NS)
    assert x_cm(ahead) == pytest.approx(x_cm(faces[-1]), abs=0.002)


def test_stamps_that_come_late_do_not_hurry_the_head(mesh: FaceMesh, shape: Shape) -> None:
    even, late = HeadPredictor(mesh), HeadPredictor(mesh)
    for n in range(12):
        even.observe(placed(shape, x_cm=0.5 * n), n * PERIOD_NS)
        late.observe(placed(shape, x_cm=0.5 * n), n * PERIOD_NS + n % 2 * PERIOD_NS * 2 // 3)
    at_ns = 11 * PERIOD_NS + PERIOD_NS * 2 // 3
    gone = [x_cm(each.at(at_ns + PERIOD_NS)) - x_cm(placed(shape, 5.5)) for each in (even, late)]
    assert gone[1] < 1.3 * gone[0]


@pytest.mark.parametrize(
    "last",
    [
        pytest.param({"x_cm": 9.0}, id="somebody else"),
        pytest.param({"zoom": 2.0}, id="another resolution"),
    ],
)
def test_a_jump_is_not_a_movement(mesh: FaceMesh, shape: Shape, last: dict[str, float]) -> None:
    there = placed(shape, **last)
    ahead = seen(mesh, placed(shape), placed(shape), there).at(4 * PERIOD_NS)
    assert ahead is not None
    np.testing.assert_allclose(ahead.landmarks, there.landmarks, atol=1e-3)


def test_after_a_gap_nothing_is_known_of_the_way(mesh: FaceMesh, shape: Shape) -> None:
    predictor = seen(mesh, *[placed(shape, x_cm=0.5 * n) for n in range(9)])
    predictor.observe(placed(shape, x_cm=7.0), 8 * PERIOD_NS + 400_000_000)
    later = predictor.at(9 * PERIOD_NS + 400_000_000)
    assert x_cm(later) == pytest.approx(x_cm(placed(shape, x_cm=7.0)), abs=1e-3)


def test_where_there_is_no_face_none_is_predicted(mesh: FaceMesh, shape: Shape) -> None:
    lost = seen(mesh, placed(shape), placed(shape, x_cm=0.5), None)
    assert lost.at(3 * PERIOD_NS) is None
    lost.observe(placed(shape, x_cm=2.0), 3 * PERIOD_NS)
    assert x_cm(lost.at(4 * PERIOD_NS)) == pytest.approx(x_cm(placed(shape, x_cm=2.0)), abs=1e-3)


def test_a_moment_before_the_last_look_shows_the_last_look(mesh: FaceMesh, shape: Shape) -> None:
    faces = [placed(shape, x_cm=0.5 * n) for n in range(9)]
    assert x_cm(seen(mesh, *faces).at(0)) == pytest.approx(x_cm(faces[-1]), abs=1e-3)


def test_holding_keeps_the_face_as_it_is(shape: Shape) -> None:
    hold, last = HoldLast(), placed(shape)
    assert hold.at(0) is None
    hold.observe(last, 0)
    assert hold.at(10**9) is last
    hold.observe(None, PERIOD_NS)
    assert hold.at(10**9) is None
