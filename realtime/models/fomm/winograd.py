"""3x3 convolutions with a quarter of the multiplications, from plain ONNX operators.

Winograd's F(4x4, 3x3) (Lavin and Gray, 2016): each 4x4 tile of the output is A' [(G g G') * (B' d
B)] A for the 6x6 tile d of the input and the kernel g, where * is elementwise, so that over all
channels and tiles it is 36 matrix products: 36 multiplications instead of 144. Worth it where
matrix products run at full speed and convolutions do not do this by themselves, as on ONNX
Runtime's CPU provider; the kernels take four times the memory. Exact up to rounding, which grows
by about one decimal digit.
"""

import numpy as np
from numpy.typing import NDArray

from realtime.models.fomm.graph import GraphBuilder

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


def convolve(graph: GraphBuilder, value: str, weight: NDArray[np.float64], size: int) -> str:
    """The 3x3 convolution of a float32 map of `size` x `size`, a multiple of 4; no bias."""
    outputs, inputs = weight.shape[:2]
    tiles = size // TILE
    patches = _transform_input(graph, value, inputs, size)
    kernels = np.einsum("ia,ocab,jb->ijoc", _KERNEL, weight, _KERNEL, optimize=True)
    product = graph.op(
        "MatMul", graph.constant(kernels.reshape(PATCH**2, outputs, inputs)), patches
    )
    transform = np.kron(_OUTPUT, _OUTPUT)
    product = graph.reshape(product, [PATCH**2, outputs * tiles**2])
    result = graph.op("MatMul", graph.constant(transform), product)
    result = graph.reshape(result, [1, TILE**2 * outputs, tiles, tiles])
    return graph.op("DepthToSpace", result, blocksize=TILE, mode="DCR")


def _transform_input(graph: GraphBuilder, value: str, channels: int, size: int) -> str:
    """B' d B of all tiles, (36, channels, tiles): a strided convolution of each channel alone."""
    transform = np.kron(_INPUT, _INPUT).reshape(PATCH**2, 1, PATCH, PATCH)
    patches = graph.op(
        "Conv",
        graph.reshape(value, [channels, 1, size, size]),
        graph.constant(transform),
        kernel_shape=[PATCH, PATCH],
        strides=[TILE, TILE],
        pads=[1, 1, 1, 1],
    )
    patches = graph.op("Transpose", patches, perm=[1, 0, 2, 3])
    return graph.reshape(patches, [PATCH**2, channels, (size // TILE) ** 2])
