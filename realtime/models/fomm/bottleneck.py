"""The bottleneck for CPUs: maps are rows, see `realtime.models.fomm.winograd`, from end to end.

Nothing but a limit per channel is left between the convolutions: relu(s x + t) is s max(x, -t / s)
+ t, or min where s is negative, and what scales and shifts a convolution's input can be said by its
kernel and bias as well, if -t / s is what lies around the map.
"""

import numpy as np

from realtime.models.fomm import winograd
from realtime.models.fomm.graph import GraphBuilder
from realtime.models.fomm.layers import Array, Kernel, Layers
from realtime.models.fomm.spec import Architecture

_SMALLEST_SCALE = 1e-12
"Divides; a channel that is scaled by less is as good as constant."


def enter(
    graph: GraphBuilder,
    maps: str,
    shape: tuple[int, int],
    deformation: str,
    visibility: str,
    *,
    align_corners: bool,
) -> str:
    """`maps` deformed and dimmed, as rows: what GridSample takes four times as long for.

    Args:
        graph: takes the operators.
        maps: (1, channels, size, size).
        shape: channels and size.
        deformation: (1, size, size, 2), where each pixel comes from.
        visibility: (1, 1, size, size).
        align_corners: see `realtime.models.fomm.networks.build`.
    """
    channels, size = shape
    pixels = size**2
    order = graph.constant(winograd.tile_order(size), np.int64)
    origins = graph.op("Gather", graph.reshape(deformation, [pixels, 2, 1]), order, axis=0)
    dimming = graph.op("Gather", graph.reshape(visibility, [pixels, 1, 1]), order, axis=0)
    # From -1..1 to pixels; beyond a pixel outside the map there is nothing either way.
    scale = (size - 1 if align_corners else size) / 2
    origins = graph.op("Mul", origins, graph.constant(scale))
    origins = graph.op("Add", origins, graph.constant((size - 1) / 2))
    origins = graph.op("Clip", origins, graph.constant(-1), graph.constant(size))
    first = graph.op("Floor", origins)
    corners = graph.op("Add", first, graph.constant([0, 1]))
    distance = graph.op("Abs", graph.op("Sub", origins, corners))
    shares = graph.op("Sub", graph.constant(1), distance)
    inside = graph.op("Clip", corners, graph.constant(0), graph.constant(size - 1))
    shares = graph.op("Mul", shares, graph.cast(graph.op("Equal", inside, corners), np.float32))
    x_share, y_share = graph.split(shares, [1, 1], axis=1)
    x, y = graph.split(inside, [1, 1], axis=1)
    shares = graph.op("Mul", graph.reshape(y_share, [pixels, 2, 1]), x_share)
    shares = graph.reshape(graph.op("Mul", shares, dimming), [pixels, 1, 4])
    lines = graph.op("Mul", graph.reshape(y, [pixels, 2, 1]), graph.constant(size))
    numbers = graph.reshape(graph.cast(graph.op("Add", lines, x), np.int64), [pixels, 4])
    rows = graph.op("Transpose", graph.reshape(maps, [channels, pixels]), perm=[1, 0])
    near = graph.op("Gather", rows, numbers, axis=0)
    return graph.reshape(graph.op("MatMul", shares, near), [pixels, channels])


def bottleneck(layers: Layers, architecture: Architecture, rows: str) -> str:
    """The residual blocks of the generator on rows; gives a map."""
    graph, size = layers.graph, architecture.small_px
    channels = architecture.features(architecture.down_blocks)
    missing = np.zeros(channels)
    for i in range(architecture.bottleneck_blocks):
        name = f"generator.bottleneck.r{i}"
        scale, shift = layers.affine(f"{name}.norm1")
        first = layers.folded(f"{name}.conv1", f"{name}.norm2")
        second = layers.kernel(f"{name}.conv2")
        inner, bias = _convolve(graph, rows, scale, shift + scale * missing, first, size)
        inner, bias = _convolve(graph, inner, np.ones(channels), bias, second, size)
        rows = graph.op("Add", rows, inner)
        missing += bias
    rows = graph.op("Add", rows, graph.constant(missing))
    pixels = graph.constant(np.argsort(winograd.tile_order(size)), np.int64)
    lines = graph.op("Transpose", graph.op("Gather", rows, pixels, axis=0), perm=[1, 0])
    return graph.reshape(lines, [1, channels, size, size])


def _convolve(
    graph: GraphBuilder, rows: str, scale: Array, shift: Array, kernel: Kernel, size: int
) -> tuple[str, Array]:
    """`kernel` on relu(scale * rows + shift), but for the bias, which comes with it."""
    scale = np.where(np.abs(scale) < _SMALLEST_SCALE, _SMALLEST_SCALE, scale)
    limit = -shift / scale
    rising = scale > 0
    if rising.any():
        rows = graph.op("Max", rows, graph.constant(np.where(rising, limit, -np.inf)))
    if not rising.all():
        rows = graph.op("Min", rows, graph.constant(np.where(rising, np.inf, limit)))
    weight = kernel.weight * scale[:, None, None]
    product = winograd.convolve(graph, rows, weight, size, limit)
    return product, kernel.bias + np.einsum("ocij,c->o", kernel.weight, shift)
