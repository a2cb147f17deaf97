"""How far lips and lids part, told from the 68 usual points, which any judge finds.

A score is one judge's own word for a shape, and it may give another face less of it for as much.
"""

from collections.abc import Sequence

import numpy as np

from bench.quality.judges import Figures
from bench.quality.signals import Array, correlation, gain

SHAPES = ("lips apart", "mouth's width", "chin below nose", "lids apart", "brows above eyes")
_VARIES = 0.02
_RIGHT_EYE, _LEFT_EYE = (36, 39), (42, 45)
_RIGHT_BROW, _LEFT_BROW = slice(17, 22), slice(22, 27)


def shapes(points: Array) -> Array:
    """(5,) of SHAPES in distances between the eyes, of the 68 points (68, 2) of a face."""
    right, left = points[list(_RIGHT_EYE)].mean(axis=0), points[list(_LEFT_EYE)].mean(axis=0)

    def mean_distance(*pairs: tuple[int, int]) -> float:
        return float(np.mean([np.linalg.norm(points[a] - points[b]) for a, b in pairs]))

    brows = [
        np.linalg.norm(points[brow].mean(axis=0) - eye)
        for brow, eye in ((_RIGHT_BROW, right), (_LEFT_BROW, left))
    ]
    lengths = [
        mean_distance((61, 67), (62, 66), (63, 65)),
        mean_distance((48, 54)),
        mean_distance((33, 8)),
        mean_distance((37, 41), (38, 40), (43, 47), (44, 46)),
        float(np.mean(brows)),
    ]
    in_eye_distances: Array = np.array(lengths) / np.linalg.norm(right - left)
    return in_eye_distances


def shape_figures(
    judge: str, driver: Sequence[Array | None], output: Sequence[Array | None]
) -> Figures:
    """Correlation and gain of each shape that varies in the driver.

    Args:
        judge: whose points they are, for the figures' names.
        driver: (68, 2) points a frame, pixels; None where no face was found.
        output: likewise, as many.
    """
    pairs = [(a, b) for a, b in zip(driver, output, strict=True) if a is not None and b is not None]
    if not pairs:
        return {}
    wanted, shown = (
        np.array([shapes(points) for points in each]) for each in zip(*pairs, strict=True)
    )
    figures: Figures = {}
    for column, name in enumerate(SHAPES):
        if wanted[:, column].std() > _VARIES:
            figures[f"{judge} r {name}"] = correlation(wanted[:, column], shown[:, column])
            figures[f"{judge} gain {name}"] = gain(wanted[:, column], shown[:, column])
    return figures
