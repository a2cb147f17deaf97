"""Made-up weights with the names and shapes of a real checkpoint."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.models.fomm.spec import Architecture, Hourglass, expected_tensors

SMALL = Architecture(
    image_px=64,
    keypoints=3,
    detector=Hourglass(block_expansion=4, max_features=12, blocks=2),
    motion=Hourglass(block_expansion=6, max_features=16, blocks=2),
    block_expansion=8,
    max_features=24,
    bottleneck_blocks=2,
)
"""Every kind of layer, in few numbers; the limits on features bite."""


def random_state(architecture: Architecture, seed: int = 0) -> dict[str, NDArray[Any]]:
    """Random tensors under which pictures pass through every layer at about unit size."""
    rng = np.random.default_rng(seed)
    return {
        name: _tensor(rng, name, shape) for name, shape in expected_tensors(architecture).items()
    }


def nested(state: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, NDArray[Any]]]:
    """The same tensors as a checkpoint has them: one dictionary per network."""
    networks: dict[str, dict[str, NDArray[Any]]] = {}
    for name, tensor in state.items():
        network, _, rest = name.partition(".")
        networks.setdefault(network, {})[rest] = tensor
    return networks


def _tensor(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    part = name.rpartition(".")[2]
    if part == "num_batches_tracked":
        return np.array(1000, np.int64)
    if name.endswith("down.weight"):
        return _gaussian(shape)
    if name.endswith("jacobian.bias"):
        return np.tile([1.0, 0.0, 0.0, 1.0], shape[0] // 4).astype(np.float32)
    if len(shape) == 4:
        # He's scale; convolutions that no normalisation follows stay gentler.
        gain = 1.0 if ".conv" in name else 0.5
        scale = gain * math.sqrt(2 / math.prod(shape[1:]))
        return (scale * rng.standard_normal(shape)).astype(np.float32)
    if part == "running_var" or (".norm" in name and part == "weight"):
        return rng.uniform(0.7, 1.4, shape).astype(np.float32)
    return (0.1 * rng.standard_normal(shape)).astype(np.float32)


def _gaussian(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """The blurring kernel as the reference makes it, the same for each channel."""
    side = shape[-1]
    sigma = max((side - 1) / 8, 0.1)
    line = np.exp(-((np.arange(side) - side // 2) ** 2) / (2 * sigma**2))
    kernel = np.outer(line, line) / line.sum() ** 2
    return np.broadcast_to(kernel, shape).astype(np.float32)
