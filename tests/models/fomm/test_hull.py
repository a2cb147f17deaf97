import numpy as np
import pytest

from realtime.models.fomm.hull import adapted_scale, hull_area
from realtime.types import Floats


@pytest.mark.parametrize(
    ("points", "area"),
    [
        pytest.param([[0, 0], [4, 0], [4, 3], [0, 3]], 12.0, id="rectangle"),
        pytest.param([[0, 0], [4, 0], [2, 1], [4, 3], [0, 3]], 12.0, id="point inside"),
        pytest.param([[0, 0], [2, 0], [4, 0], [4, 3]], 6.0, id="point on an edge"),
        pytest.param([[1, 1], [1, 1], [3, 1], [3, 1], [1, 3]], 2.0, id="twice the same"),
        pytest.param([[0, 0], [1, 1], [2, 2], [5, 5]], 0.0, id="line"),
        pytest.param([[7, 7], [7, 7], [7, 7]], 0.0, id="one point"),
        pytest.param([[0, 0], [5, 5]], 0.0, id="two points"),
    ],
)
def test_hull_area(points: list[list[float]], area: float) -> None:
    assert hull_area(np.array(points, np.float32)) == area


SQUARE = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5], [0.1, 0.2]], np.float32)
LINE = np.array([[-0.5, 0], [0, 0], [0.5, 0], [0.6, 0], [0.7, 0]], np.float32)


@pytest.mark.parametrize(
    ("source", "reference", "scale"),
    [
        pytest.param(SQUARE, SQUARE, 1.0, id="same size"),
        pytest.param(SQUARE * 1.5, SQUARE, 1.5, id="avatar is larger"),
        pytest.param(SQUARE, SQUARE * 2 + 0.3, 0.5, id="driver is larger, elsewhere"),
        pytest.param(SQUARE, SQUARE * 0.01, 2.5, id="driver's points collapse"),
        pytest.param(SQUARE * 0.01, SQUARE, 0.4, id="avatar's points collapse"),
        pytest.param(SQUARE, LINE, 1.0, id="driver's points on a line"),
        pytest.param(LINE, SQUARE, 1.0, id="avatar's points on a line"),
    ],
)
def test_scale_between_two_faces(source: Floats, reference: Floats, scale: float) -> None:
    assert adapted_scale(source, reference) == pytest.approx(scale, rel=1e-6)
