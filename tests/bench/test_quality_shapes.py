import numpy as np
import pytest

from bench.quality.shapes import SHAPES, shape_figures, shapes
from bench.quality.signals import Array


def face(lips: float = 0.1, lids: float = 0.2, size: float = 50.0) -> Array:
    """68 points of a face whose eyes are one apart, times `size`."""
    points = np.full((68, 2), 9.0)
    points[[36, 39, 42, 45]] = [(-0.7, 0), (-0.3, 0), (0.3, 0), (0.7, 0)]
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        points[upper], points[lower] = (0, -lids / 2), (0, lids / 2)
    points[17:22], points[22:27] = (-0.5, -0.4), (0.5, -0.4)
    points[[48, 54]] = [(-0.4, 1), (0.4, 1)]
    for upper, lower in ((61, 67), (62, 66), (63, 65)):
        points[upper], points[lower] = (0, 1), (0, 1 + lips)
    points[33], points[8] = (0, 0.6), (0, 1.6)
    return points * size


def test_shapes_are_in_distances_between_the_eyes() -> None:
    for size in (50.0, 80.0):
        found = shapes(face(lips=0.3, lids=0.25, size=size))
        assert dict(zip(SHAPES, found, strict=True)) == pytest.approx({
            "lips apart": 0.3, "mouth's width": 0.8, "chin below nose": 1.0,
            "lids apart": 0.25, "brows above eyes": 0.4,
        })  # fmt: skip


def test_what_varies_is_compared_and_the_rest_is_not() -> None:
    driver = [face(lips=lips) for lips in np.linspace(0, 0.4, 9)]
    output = [face(lips=0.1 + lips / 2, size=90) for lips in np.linspace(0, 0.4, 9)]
    figures = shape_figures("they", [*driver, None, driver[0]], [*output, output[0], None])
    assert figures == pytest.approx({"they r lips apart": 1.0, "they gain lips apart": 0.5})


def test_no_face_in_both_is_no_figure() -> None:
    assert shape_figures("they", [face(), None], [None, face()]) == {}
