"""Ridge regression, and the choice of samples that it learns most from."""

import numpy as np
from numpy.typing import NDArray


def most_different(features: NDArray[np.float64], count: int) -> list[int]:
    """Numbers of up to `count` rows, each the farthest from all that came before it."""
    chosen = [int(np.linalg.norm(features, axis=1).argmax())]
    nearest = np.linalg.norm(features - features[chosen[0]], axis=1)
    while len(chosen) < count and nearest.max() > 0.0:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.linalg.norm(features - features[chosen[-1]], axis=1))
    return chosen


def stood_for(features: NDArray[np.float64], rows: list[int]) -> NDArray[np.float64]:
    """(len(rows),) of how many of `features` (n, k) each chosen row is the nearest."""
    distances = np.linalg.norm(features[:, None] - features[None, rows], axis=2)
    return np.bincount(distances.argmin(axis=1), minlength=len(rows)).astype(np.float64)


def ridge(
    causes: NDArray[np.float64], effects: NDArray[np.float64], penalty: float
) -> NDArray[np.float64]:
    """(causes, effects) matrix that best makes rows of effects of rows of causes.

    `penalty` is in units of the causes' mean power; where no cause varies the matrix is 0.
    """
    gram = causes.T @ causes
    power = float(np.trace(gram)) / len(gram)
    if power == 0.0:
        return np.zeros((causes.shape[1], effects.shape[1]))
    damped = gram + penalty * power * np.eye(len(gram))
    return np.asarray(np.linalg.solve(damped, causes.T @ effects), np.float64)
