"""What a checkpoint of the first-order motion model must hold: every tensor, by name and shape."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.errors import ModelError

Shapes = dict[str, tuple[int, ...]]

IMAGE_CHANNELS = 3
KERNEL_PX = 7
"""Side of the first and last convolutions; those between are 3 wide."""
_NAMED = 3
"""Tensors named of each fault; more would not be read."""


@dataclass(frozen=True, slots=True)
class Hourglass:
    """An encoder and a decoder of equally many blocks, with skip connections."""

    block_expansion: int
    max_features: int
    blocks: int

    def features(self, level: int) -> int:
        """Channels that the blocks have `level` halvings deep; 0 is full size."""
        return min(self.max_features, self.block_expansion << level)


@dataclass(frozen=True, slots=True)
class Architecture:
    """The numbers that fix every shape. The defaults are those of the reference's vox-256."""

    image_px: int = 256
    keypoints: int = 10
    downscale: int = 4
    "Keypoints and dense motion are found on a picture so many times smaller."
    detector: Hourglass = Hourglass(32, 1024, 5)
    motion: Hourglass = Hourglass(64, 1024, 5)
    block_expansion: int = 64
    "Channels of the generator at full size."
    max_features: int = 512
    down_blocks: int = 2
    bottleneck_blocks: int = 6
    temperature: float = 0.1
    "Divides the keypoint heatmaps before their softmax."
    keypoint_variance: float = 0.01
    "Of the Gaussians that show the dense motion network where keypoints are; picture = -1..1."

    def __post_init__(self) -> None:
        """Refuse what the graphs could not be built for."""
        if self.downscale != 2**self.down_blocks:
            raise ValueError(f"motion at 1/{self.downscale} but features at 1/2^{self.down_blocks}")
        deepest = self.downscale * 2 ** max(self.detector.blocks, self.motion.blocks)
        if self.image_px % deepest:
            raise ValueError(f"{self.image_px} pixels cannot be halved into {deepest} parts")

    @property
    def small_px(self) -> int:
        """Side of the picture that keypoints and motion are found on, and of the features."""
        return self.image_px // self.downscale

    @property
    def heatmap_px(self) -> int:
        """Side of a keypoint's heatmap: its convolution is not padded."""
        return self.small_px - (KERNEL_PX - 1)

    @property
    def antialias_px(self) -> int:
        """Side of the Gaussian that the picture is blurred with before it is made smaller."""
        return 2 * round(4 * (self.downscale - 1) / 2) + 1

    def features(self, level: int) -> int:
        """Channels of the generator `level` halvings deep."""
        return min(self.max_features, self.block_expansion << level)


VOX_256 = Architecture()


def expected_tensors(architecture: Architecture = VOX_256) -> Shapes:
    """Shapes of all tensors that the two networks have in a checkpoint, by name.

    Counted as the checkpoint holds them: weights, biases, the normalisations' running statistics
    and batch counters, and the two fixed blurring kernels.
    """
    return dict([*_detector(architecture), *_generator(architecture)])


def check_tensors(state: Mapping[str, NDArray[Any]], architecture: Architecture = VOX_256) -> None:
    """Refuse tensors that are not those of the architecture.

    Raises:
        ModelError: some are missing, too many, of other shapes or not numbers; the first are named.
    """
    expected = expected_tensors(architecture)
    _recognise(state, architecture)
    misshapen = [
        f"{name} is {_shape(state[name].shape)}, not {_shape(shape)}"
        for name, shape in expected.items()
        if name in state and state[name].shape != shape
    ]
    faults = {
        "missing": [name for name in expected if name not in state],
        "not expected": [name for name in state if name not in expected],
        "of another shape": misshapen,
    }
    named = [_name_some(fault, tensors) for fault, tensors in faults.items() if tensors]
    if named:
        raise ModelError(f"it is not of the architecture vox-256: {'; '.join(named)}")
    broken = [name for name, tensor in state.items() if not _is_finite(tensor)]
    if broken:
        raise ModelError(f"its weights are damaged: {_name_some('not finite', broken)}")


def _recognise(state: Mapping[str, NDArray[Any]], a: Architecture) -> None:
    """Say of models near to this one what they are, and not what hundred tensors differ."""
    count = state.get("kp_detector.kp.bias", np.empty(0)).size
    jacobians = state.get("kp_detector.jacobian.bias", np.empty(0)).size // 4
    if not count:
        reason = "it finds no keypoints as the first-order motion model does"
    elif count != a.keypoints:
        reason = f"it finds {count} keypoints where {a.keypoints} are needed"
    elif not jacobians:
        reason = "it estimates no Jacobians of its keypoints"
    elif jacobians != a.keypoints:
        reason = f"it estimates {jacobians} Jacobian for {a.keypoints} keypoints"
    else:
        return
    raise ModelError(f"{reason}: this is a checkpoint of another model; vox-adv-cpk is needed")


def _name_some(fault: str, tensors: list[str]) -> str:
    more = f" and {len(tensors) - _NAMED} more" if len(tensors) > _NAMED else ""
    return f"{len(tensors)} {fault}: {', '.join(tensors[:_NAMED])}{more}"


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "one number"


def _is_finite(tensor: NDArray[Any]) -> bool:
    return bool(np.isfinite(tensor).all())


def _detector(a: Architecture) -> Iterator[tuple[str, tuple[int, ...]]]:
    features = a.detector.features(0) + IMAGE_CHANNELS
    yield from _hourglass("kp_detector.predictor", IMAGE_CHANNELS, a.detector)
    yield from _conv("kp_detector.kp", features, a.keypoints, KERNEL_PX)
    yield from _conv("kp_detector.jacobian", features, 4 * a.keypoints, KERNEL_PX)
    yield _antialias("kp_detector.down", a)


def _generator(a: Architecture) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield from _motion("generator.dense_motion_network", a)
    yield from _block("generator.first", IMAGE_CHANNELS, a.features(0), KERNEL_PX)
    for i in range(a.down_blocks):
        yield from _block(f"generator.down_blocks.{i}", a.features(i), a.features(i + 1))
    for i in range(a.down_blocks):
        level = a.down_blocks - i
        yield from _block(f"generator.up_blocks.{i}", a.features(level), a.features(level - 1))
    deepest = a.features(a.down_blocks)
    for i in range(a.bottleneck_blocks):
        for half in (1, 2):
            yield from _conv(f"generator.bottleneck.r{i}.conv{half}", deepest, deepest, 3)
            yield from _norm(f"generator.bottleneck.r{i}.norm{half}", deepest)
    yield from _conv("generator.final", a.block_expansion, IMAGE_CHANNELS, KERNEL_PX)


def _motion(name: str, a: Architecture) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Per keypoint and for the background: a heatmap, and the picture warped by that motion."""
    candidates = a.keypoints + 1
    incoming = candidates * (1 + IMAGE_CHANNELS)
    features = a.motion.features(0) + incoming
    yield from _hourglass(f"{name}.hourglass", incoming, a.motion)
    yield from _conv(f"{name}.mask", features, candidates, KERNEL_PX)
    yield from _conv(f"{name}.occlusion", features, 1, KERNEL_PX)
    yield _antialias(f"{name}.down", a)


def _hourglass(
    name: str, incoming: int, hourglass: Hourglass
) -> Iterator[tuple[str, tuple[int, ...]]]:
    for i in range(hourglass.blocks):
        features = hourglass.features(i) if i else incoming
        yield from _block(f"{name}.encoder.down_blocks.{i}", features, hourglass.features(i + 1))
    for i in range(hourglass.blocks):
        level = hourglass.blocks - i
        # All but the deepest are joined by the encoder's features of the same level.
        features = hourglass.features(level) * (2 if i else 1)
        yield from _block(f"{name}.decoder.up_blocks.{i}", features, hourglass.features(level - 1))


def _block(
    name: str, incoming: int, outgoing: int, kernel_px: int = 3
) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield from _conv(f"{name}.conv", incoming, outgoing, kernel_px)
    yield from _norm(f"{name}.norm", outgoing)


def _conv(
    name: str, incoming: int, outgoing: int, kernel_px: int
) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (outgoing, incoming, kernel_px, kernel_px)
    yield f"{name}.bias", (outgoing,)


def _norm(name: str, features: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    for part in ("weight", "bias", "running_mean", "running_var"):
        yield f"{name}.{part}", (features,)
    yield f"{name}.num_batches_tracked", ()


def _antialias(name: str, a: Architecture) -> tuple[str, tuple[int, ...]]:
    return f"{name}.weight", (IMAGE_CHANNELS, 1, a.antialias_px, a.antialias_px)
