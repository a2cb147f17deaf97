"""Kernels that compute on a small map what is asked of its doubling.

The phases of a doubled map are its four interleaved parts, even and odd rows by even and odd
columns, in this order: (4 * channels, height, width). Staying in phases also saves the
interleaving, which costs as much as a convolution.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TILE = 4
"Output pixels per side that kernels from `tiled_phases` give at once."


def halved(weight: Array, row: int, column: int) -> Array:
    """A 3x3 kernel for the doubling of a map as the 2x2 kernel of one phase, for the map itself.

    Each pixel of the map is met twice, so that the nine taps fall on four pixels.
    """
    return _merged(_merged(weight, 2, row), 3, column)


def tiled(weight: Array, tile: int) -> Array:
    """A kernel that gives tiles of `tile` x `tile` outputs, as channels, for a stride of `tile`.

    Convolutions compute as many outputs at once as a vector has places: of few channels, leaving
    most of them empty costs more than the taps that are added here.
    """
    outputs, inputs, side, _ = weight.shape
    reach = side + tile - 1
    tiles = np.zeros((tile, tile, outputs, inputs, reach, reach))
    for row in range(tile):
        for column in range(tile):
            tiles[row, column, :, :, row : row + side, column : column + side] = weight
    return tiles.reshape(-1, inputs, reach, reach)


def tiled_phases(weight: Array) -> Array:
    """A 7x7 kernel for a map as a 5x5 kernel for its phases that gives tiles of outputs.

    To be applied at every second pixel of the phases. Tiles begin one pixel before the map, where
    their ten input rows make five rows of phases.
    """
    tiles = tiled(weight, TILE)
    outputs, inputs, reach, _ = tiles.shape
    parted = tiles.reshape(outputs, inputs, reach // 2, 2, reach // 2, 2)
    return parted.transpose(0, 3, 5, 1, 2, 4).reshape(outputs, 4 * inputs, reach // 2, reach // 2)


def _merged(weight: Array, axis: int, phase: int) -> Array:
    first, middle, last = np.split(weight, 3, axis)
    halves = (first, middle + last) if phase == 0 else (first + middle, last)
    return np.concatenate(halves, axis)
