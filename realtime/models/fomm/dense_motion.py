"""Where every part of the picture comes from: ten moving points made into a dense deformation.

Positions are normalised, -1..1 from the centre of the first pixel to that of the last, x before
y. All of this is computed in float32 whatever the layers compute in: half precision resolves a
thousandth of the picture, which would be seen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from realtime.models.fomm.graph import OPSET_OF_BILINEAR, GraphBuilder
from realtime.models.fomm.layers import Layers
from realtime.models.fomm.spec import Architecture

SMALLEST_DETERMINANT = 1e-6
"A driving Jacobian flatter than this cannot be inverted, and would make the picture NaN."

PREFIX = "generator.dense_motion_network"


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Tensor names of keypoints: positions (1, n, 2) and their Jacobians (1, n, 2, 2)."""

    value: str
    jacobian: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Tensor names of what the avatar's keypoints shall do."""

    source: str
    "(n, 1, 2), where the keypoints are in the source."
    target: str
    "(n, 1, 2), where they shall be."
    affine: str
    "(n, 2, 2), takes offsets from the target to offsets from the source."


def identity_grid(size: int) -> NDArray[np.float64]:
    """The position of every pixel, (size * size, 2)."""
    along = np.linspace(-1, 1, size)
    x, y = np.meshgrid(along, along)
    return np.stack([x, y], -1).reshape(-1, 2)


def transfer(
    graph: GraphBuilder,
    count: int,
    source_value: str,
    driving: Keypoints,
    reference: Keypoints,
    scale: str,
) -> Transfer:
    """The motion from the reference to the driving frame, for the source's keypoints.

    The paper's local map is J_S J'^-1 with J' = J_D J_0^-1 J_S, from which J_S cancels.
    """
    moved = graph.op("Sub", driving.value, reference.value)
    target = graph.op("Add", source_value, graph.op("Mul", moved, scale))
    affine = graph.op(
        "MatMul",
        graph.reshape(reference.jacobian, [count, 2, 2]),
        _inverse(graph, driving.jacobian, count),
    )
    return Transfer(
        source=graph.reshape(source_value, [count, 1, 2]),
        target=graph.reshape(target, [count, 1, 2]),
        affine=affine,
    )


def deform(
    layers: Layers,
    architecture: Architecture,
    source_small: str,
    motion: Transfer,
    *,
    align_corners: bool,
) -> tuple[str, str]:
    """Where each feature comes from, (1, s, s, 2) float32, and its visibility, (1, 1, s, s)."""
    graph, size, count = layers.graph, architecture.small_px, architecture.keypoints
    grid = graph.constant(identity_grid(size)[None])
    from_target = graph.op("Sub", grid, motion.target)
    from_source = graph.op("Sub", grid, motion.source)
    origins = _origins(graph, grid, from_target, motion)
    marks = _marks(graph, from_target, from_source, architecture.keypoint_variance)
    marks = graph.reshape(marks, [count + 1, 1, size, size])
    images = sample(
        graph,
        graph.op("Expand", source_small, graph.constant([count + 1, 3, size, size], np.int64)),
        graph.reshape(origins, [count + 1, size, size, 2]),
        align_corners=align_corners,
    )
    seen = graph.op("Concat", marks, images, axis=1)
    seen = layers.enter(graph.reshape(seen, [1, 4 * (count + 1), size, size]))
    seen = layers.hourglass(seen, f"{PREFIX}.hourglass", architecture.motion, size)
    heads = layers.convolve_tiles(seen, layers.kernel(f"{PREFIX}.mask", f"{PREFIX}.occlusion"))
    mask, occlusion = graph.split(heads, [count + 1, 1], axis=1)
    mask = graph.op("Softmax", layers.leave(mask), axis=1)
    mask = graph.reshape(mask, [count + 1, size * size, 1])
    blended = graph.op(
        "ReduceSum",
        graph.op("Mul", origins, mask),
        graph.constant([0], np.int64),
        keepdims=0,
    )
    deformation = graph.reshape(blended, [1, size, size, 2], name="deformation")
    return deformation, graph.op("Sigmoid", occlusion)


def sample(graph: GraphBuilder, maps: str, grid: str, *, align_corners: bool) -> str:
    """`maps` at the positions of `grid`, float32; nothing beyond the border."""
    return graph.op(
        "GridSample",
        maps,
        grid,
        mode="linear" if graph.opset > OPSET_OF_BILINEAR else "bilinear",
        padding_mode="zeros",
        align_corners=int(align_corners),
    )


def _origins(graph: GraphBuilder, grid: str, from_target: str, motion: Transfer) -> str:
    """Where each pixel comes from by the background, which stays, and by each keypoint."""
    transposed = graph.op("Transpose", motion.affine, perm=[0, 2, 1])
    by_keypoint = graph.op("Add", graph.op("MatMul", from_target, transposed), motion.source)
    return graph.op("Concat", grid, by_keypoint, axis=0)


def _marks(graph: GraphBuilder, from_target: str, from_source: str, variance: float) -> str:
    """Gaussians where keypoints shall be less those where they are, (1 + n, pixels); 0 first."""
    exponent = graph.constant(-0.5 / variance)
    there, here = (
        graph.op("Exp", graph.op("Mul", _squared(graph, offsets), exponent))
        for offsets in (from_target, from_source)
    )
    moved = graph.op("Sub", there, here)
    # A row of zeros in front: the background has no keypoint.
    return graph.op("Pad", moved, graph.constant([1, 0, 0, 0], np.int64))


def _squared(graph: GraphBuilder, offsets: str) -> str:
    return graph.op("ReduceSumSquare", offsets, graph.constant([2], np.int64), keepdims=0)


def _inverse(graph: GraphBuilder, jacobian: str, count: int) -> str:
    """The inverses, (count, 2, 2), of 2x2 matrices: [a b; c d]^-1 = [d -b; -c a] / (ad - bc)."""
    a, b, c, d = graph.split(graph.reshape(jacobian, [count, 4]), [1, 1, 1, 1], axis=1)
    determinant = graph.op("Sub", graph.op("Mul", a, d), graph.op("Mul", b, c))
    smallest = graph.constant(SMALLEST_DETERMINANT)
    flat = graph.op("Less", graph.op("Abs", determinant), smallest)
    determinant = graph.op("Where", flat, smallest, determinant)
    adjugate = graph.op("Concat", d, graph.op("Neg", b), graph.op("Neg", c), a, axis=1)
    return graph.reshape(graph.op("Div", adjugate, determinant), [count, 2, 2])
