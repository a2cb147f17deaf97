"""The layers of the first-order motion model, written into a graph with their weights.

Where a batch normalisation follows a convolution it is folded into the convolution's weights:
conv(x) * s + t is a convolution with weights w * s. Folding is done in float64.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from realtime.models.fomm import sub_pixel
from realtime.models.fomm.graph import GraphBuilder
from realtime.models.fomm.spec import Hourglass

_SMALLEST_PHASED_PX = 8
"Side of the smallest doubling that is worth computing by phases."

EPSILON = 1e-5
"Added to the variance by every batch normalisation of the published model."

State = Mapping[str, NDArray[np.generic]]
"Tensors by their published names."

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kernel:
    """What a convolution applies."""

    weight: Array
    "(outputs, inputs per group, height, width)"
    bias: Array
    "(outputs,)"


class Layers:
    """Writes layers into one graph; activations are tensor names, (1, channels, height, width)."""

    def __init__(
        self,
        graph: GraphBuilder,
        state: State,
        *,
        half: bool = False,
        cpu: bool = False,
    ) -> None:
        self.graph = graph
        self._state = state
        self._dtype = np.float16 if half else np.float32
        self._cpu = cpu

    def exact(self) -> "Layers":
        """Layers in the same graph and of the same weights, in float32."""
        return Layers(self.graph, self._state, cpu=self._cpu)

    def read(self, name: str) -> Array:
        """A tensor of the checkpoint."""
        return self._state[name].astype(np.float64)

    def kernel(self, *names: str) -> Kernel:
        """The convolutions of these names as one that gives all their outputs."""
        return Kernel(
            np.concatenate([self.read(f"{name}.weight") for name in names]),
            np.concatenate([self.read(f"{name}.bias") for name in names]),
        )

    def enter(self, value: str) -> str:
        """A float32 tensor in the type that layers compute in."""
        return value if self._dtype == np.float32 else self.graph.cast(value, self._dtype)

    def leave(self, value: str) -> str:
        """A tensor of the layers as float32."""
        return value if self._dtype == np.float32 else self.graph.cast(value, np.float32)

    def weights(self, value: Array) -> str:
        """A constant in the type that layers compute in."""
        return self.graph.constant(value, self._dtype)

    def convolve(
        self,
        value: str,
        kernel: Kernel,
        *,
        pads: Sequence[int] | None = None,
        stride: int = 1,
        groups: int = 1,
    ) -> str:
        """A convolution; `pads` are top, left, bottom, right, by default such that sizes stay."""
        height, width = kernel.weight.shape[2:]
        return self.graph.op(
            "Conv",
            value,
            self.weights(kernel.weight),
            self.weights(kernel.bias),
            kernel_shape=[height, width],
            pads=list(pads or [height // 2, width // 2] * 2),
            strides=[stride, stride],
            group=groups,
        )

    def convolve_tiles(self, value: str, kernel: Kernel) -> str:
        """A convolution to few channels, on a map of even size, by two by two outputs at once."""
        tiled = Kernel(sub_pixel.tiled(kernel.weight, 2), np.tile(kernel.bias, 4))
        pads = [kernel.weight.shape[2] // 2] * 4
        return self.interleave(self.convolve(value, tiled, pads=pads, stride=2), 2)

    def block(self, value: str, name: str) -> str:
        """Convolution, normalisation, ReLU; the size stays."""
        kernel = self.folded(f"{name}.conv", f"{name}.norm")
        return self.graph.op("Relu", self.convolve(value, kernel))

    def down(self, value: str, name: str) -> str:
        """A block that halves the size by averaging."""
        block = self.block(value, name)
        return self.graph.op("AveragePool", block, kernel_shape=[2, 2], strides=[2, 2])

    def up(self, value: str, name: str) -> str:
        """A block on the nearest-neighbour doubling of its input."""
        doubled = self.graph.op(
            "Resize",
            value,
            "",
            self.graph.constant([1, 1, 2, 2]),
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )
        return self.block(doubled, name)

    def up_phases(self, value: str, name: str) -> str:
        """What `up` gives, as phases; for wide maps of few channels, whose kernels are small."""
        kernel = self.folded(f"{name}.conv", f"{name}.norm")
        phases = []
        for row in (0, 1):
            for column in (0, 1):
                part = Kernel(sub_pixel.halved(kernel.weight, row, column), kernel.bias)
                pads = [1 - row, 1 - column, row, column]
                phases.append(self.graph.op("Relu", self.convolve(value, part, pads=pads)))
        return self.graph.op("Concat", *phases, axis=1)

    def interleave(self, value: str, count: int) -> str:
        """A map of `count` * `count` times as many pixels, from its parts."""
        return self.graph.op("DepthToSpace", value, blocksize=count, mode="DCR")

    def convolve_phases(self, value: str, kernel: Kernel, size: int) -> str:
        """A 7x7 convolution of a map of `size` x `size` that is given as phases."""
        count = sub_pixel.TILE
        tiled = Kernel(sub_pixel.tiled_phases(kernel.weight), np.tile(kernel.bias, count**2))
        tiles = self.convolve(value, tiled, pads=[2, 2, 3, 3], stride=count // 2)
        # Tiles begin one pixel before the picture.
        begin, end, axes = (
            self.graph.constant(values, np.int64) for values in ([1, 1], [size + 1] * 2, [2, 3])
        )
        return self.graph.op("Slice", self.interleave(tiles, count), begin, end, axes)

    def shrink(self, value: str, name: str, factor: int) -> str:
        """A picture blurred by the kernel of this name and made smaller."""
        weight = self.read(f"{name}.weight")
        kernel = Kernel(weight, np.zeros(len(weight)))
        return self.convolve(value, kernel, stride=factor, groups=len(weight))

    def hourglass(self, value: str, name: str, shape: Hourglass, size: int) -> str:
        """Down from `size` x `size` and up again, each level joined by its counterpart."""
        levels = [value]
        for i in range(shape.blocks):
            levels.append(self.down(levels[-1], f"{name}.encoder.down_blocks.{i}"))
        value = levels.pop()
        for i in range(shape.blocks):
            level = shape.blocks - 1 - i
            value = self._up_hourglass(value, f"{name}.decoder.up_blocks.{i}", size >> level)
            value = self.graph.op("Concat", value, levels.pop(), axis=1)
        return value

    def _up_hourglass(self, value: str, name: str, size: int) -> str:
        # Below, kernels are larger than maps: reading nine taps is quicker than sixteen.
        if not self._cpu or size < _SMALLEST_PHASED_PX:
            return self.up(value, name)
        return self.interleave(self.up_phases(value, name), 2)

    def residual(self, value: str, name: str) -> str:
        """The pre-activation residual block of the bottleneck."""
        inner = self.graph.op("Relu", self._normalise(value, f"{name}.norm1"))
        inner = self.convolve(inner, self.folded(f"{name}.conv1", f"{name}.norm2"))
        inner = self.convolve(self.graph.op("Relu", inner), self.kernel(f"{name}.conv2"))
        return self.graph.op("Add", value, inner)

    def _normalise(self, value: str, name: str) -> str:
        scale, shift = self.affine(name)
        scaled = self.graph.op("Mul", value, self.weights(scale[:, None, None]))
        return self.graph.op("Add", scaled, self.weights(shift[:, None, None]))

    def folded(self, convolution: str, norm: str) -> Kernel:
        """A convolution together with the normalisation that follows it."""
        kernel = self.kernel(convolution)
        scale, shift = self.affine(norm)
        return Kernel(
            kernel.weight * scale[:, None, None, None],
            kernel.bias * scale + shift,
        )

    def affine(self, norm: str) -> tuple[Array, Array]:
        """Scale and shift, (channels,) each, that a normalisation amounts to; float64."""
        weight, bias, mean, variance = (
            self.read(f"{norm}.{part}")
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = weight / np.sqrt(variance + EPSILON)
        return scale, bias - mean * scale
