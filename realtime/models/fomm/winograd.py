"""3x3 convolutions with a quarter of the multiplications, from plain ONNX operators.

Winograd's F(4x4, 3x3) (Lavin and Gray, 2016): each 4x4 tile of the output is A' [(G g G') * (B' d
B)] A for the 6x6 tile d of the input and the kernel g, where * is elementwise, so that over all
channels and tiles it is 36 matrix products: 36 multiplications instead of 144. Worth it where
matrix products run at full speed and convolutions do not do this by themselves, as on ONNX
Runtime's CPU provider; the kernels take four times the memory. Exact up to rounding, which grows
by about one decimal digit.

Maps are rows here, (pixels, channels): so both transforms are products with a small matrix, and
cutting a map into overlapping tiles is a look-up of whole rows. Rows are in tile order, that in
which the output's transform leaves them: by row and column within the tile, then by tile.
"""

import numpy as np
from numpy.typing import NDArray

from realtime.models.fomm.graph import GraphBuilder

Array = NDArray[np.float64]

TILE = 4
"Output pixels per tile and side."
PATCH = TILE + 2

_INPUT = np.array(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
    np.float64,
)
_KERNEL = np.array(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ],
    np.float64,
)
_OUTPUT = np.array(
    [
        [1, 1, 1, 1, 1, 0],
        [0, 1, -1, 2, -2, 0],
        [0, 1, 1, 4, 4, 0],
        [0, 1, -1, 8, -8, 1],
    ],
    np.float64,
)


def tile_order(size: int) -> NDArray[np.int64]:
    """The pixel, counted along lines, of each row of a map of `size` x `size`."""
    tiles = size // TILE
    pixels = np.arange(size**2).reshape(tiles, TILE, tiles, TILE)
    return pixels.transpose(1, 3, 0, 2).ravel()


def convolve(graph: GraphBuilder, rows: str, weight: Array, size: int, border: Array) -> str:
    """The 3x3 convolution of a float32 map of `size` x `size`, a multiple of 4; no bias.

    Args:
        graph: takes the operators.
        rows: the map, (pixels, inputs) in tile order; so is the result.
        weight: (outputs, inputs, 3, 3).
        size: of the map, pixels.
        border: (inputs,) what lies around the map.
    """
    outputs, inputs = weight.shape[:2]
    tiles = (size // TILE) ** 2
    bordered = graph.op("Concat", rows, graph.constant(border[None]), axis=0)
    patches = graph.op("Gather", bordered, graph.constant(_patches(size), np.int64), axis=0)
    patches = graph.reshape(patches, [PATCH**2, tiles * inputs])
    patches = graph.op("MatMul", graph.constant(np.kron(_INPUT, _INPUT)), patches)
    kernels = np.einsum("ia,ocab,jb->ijco", _KERNEL, weight, _KERNEL, optimize=True)
    product = graph.op(
        "MatMul",
        graph.reshape(patches, [PATCH**2, tiles, inputs]),
        graph.constant(kernels.reshape(PATCH**2, inputs, outputs)),
    )
    product = graph.reshape(product, [PATCH**2, tiles * outputs])
    result = graph.op("MatMul", graph.constant(np.kron(_OUTPUT, _OUTPUT)), product)
    return graph.reshape(result, [size**2, outputs])


def _patches(size: int) -> NDArray[np.int64]:
    """The row of each pixel of each tile's 6x6 patch, by pixel, then by tile; the border's last."""
    rows = np.full((size + 2, size + 2), size**2)
    rows[1:-1, 1:-1] = np.argsort(tile_order(size)).reshape(size, size)
    reach = size - TILE + 1
    return np.concatenate(
        [
            rows[row : row + reach : TILE, column : column + reach : TILE].ravel()
            for row in range(PATCH)
            for column in range(PATCH)
        ]
    )
