"""The first-order motion model in NumPy, float64, the plain way: nothing folded, cached, cancelled.

Maps are (channels, height, width); pictures enter as uint8 (height, width, 3) and leave as floats.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from realtime.models.fomm.spec import Architecture, Hourglass
from realtime.types import RGB

Array = NDArray[np.float64]
State = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Keypoints:
    value: Array
    "(n, 2)"
    jacobian: Array
    "(n, 2, 2)"


@dataclass(frozen=True)
class Drawn:
    deformation: Array
    "(s, s, 2)"
    colour: Array
    "(height, width, 3), 0..1"


def detect(state: State, architecture: Architecture, picture: RGB) -> Keypoints:
    count, net = architecture.keypoints, "kp_detector"
    small = shrink(planes(picture), state[f"{net}.down.weight"], architecture.downscale)
    seen = hourglass(state, f"{net}.predictor", small, architecture.detector)
    logits = conv(state, f"{net}.kp", seen, padding=0) / architecture.temperature
    heat = np.exp(logits - logits.max(axis=(1, 2), keepdims=True))
    heat /= heat.sum(axis=(1, 2), keepdims=True)
    value = np.einsum("kyx,yxc->kc", heat, coordinates(heat.shape[1]))
    maps = conv(state, f"{net}.jacobian", seen, padding=0).reshape(count, 4, *heat.shape[1:])
    jacobian = np.einsum("kyx,kcyx->kc", heat, maps).reshape(count, 2, 2)
    return Keypoints(value, jacobian)


def relative(source: Keypoints, driving: Keypoints, initial: Keypoints, scale: float) -> Keypoints:
    """Where the source's keypoints go when the driver's went from `initial` to `driving`."""
    value = scale * (driving.value - initial.value) + source.value
    jacobian = driving.jacobian @ np.linalg.inv(initial.jacobian) @ source.jacobian
    return Keypoints(value, jacobian)


def encode(state: State, architecture: Architecture, picture: RGB) -> Array:
    features = block(state, "generator.first", planes(picture))
    for i in range(architecture.down_blocks):
        features = halve(block(state, f"generator.down_blocks.{i}", features))
    return features


def draw(
    state: State,
    architecture: Architecture,
    picture: RGB,
    source: Keypoints,
    target: Keypoints,
    *,
    align_corners: bool = True,
) -> Drawn:
    """The picture, whose keypoints are `source`, with its keypoints at `target`."""
    small = shrunk_source(state, architecture, picture)
    deformation, occlusion = dense_motion(
        state, architecture, small, source, target, align_corners=align_corners
    )
    features = encode(state, architecture, picture)
    value = sample(features, deformation, align_corners=align_corners) * occlusion
    for i in range(architecture.bottleneck_blocks):
        value = residual(state, f"generator.bottleneck.r{i}", value)
    for i in range(architecture.down_blocks):
        value = block(state, f"generator.up_blocks.{i}", double(value))
    colour = sigmoid(conv(state, "generator.final", value))
    return Drawn(deformation, colour.transpose(1, 2, 0))


def shrunk_source(state: State, architecture: Architecture, picture: RGB) -> Array:
    weight = state["generator.dense_motion_network.down.weight"]
    return shrink(planes(picture), weight, architecture.downscale)


def dense_motion(
    state: State,
    architecture: Architecture,
    small: Array,
    source: Keypoints,
    target: Keypoints,
    *,
    align_corners: bool,
) -> tuple[Array, Array]:
    net, grid = "generator.dense_motion_network", coordinates(small.shape[1])
    origins = [grid]
    seen = [np.zeros((1, *grid.shape[:2])), sample(small, grid, align_corners=align_corners)]
    for k in range(architecture.keypoints):
        local = source.jacobian[k] @ np.linalg.inv(target.jacobian[k])
        origin = (grid - target.value[k]) @ local.T + source.value[k]
        there = gaussian(grid, target.value[k], architecture.keypoint_variance)
        here = gaussian(grid, source.value[k], architecture.keypoint_variance)
        origins.append(origin)
        seen += [(there - here)[None], sample(small, origin, align_corners=align_corners)]
    value = hourglass(state, f"{net}.hourglass", np.concatenate(seen), architecture.motion)
    logits = conv(state, f"{net}.mask", value)
    mask = np.exp(logits - logits.max(axis=0))
    mask /= mask.sum(axis=0)
    deformation = np.einsum("kyx,kyxc->yxc", mask, np.stack(origins))
    return deformation, sigmoid(conv(state, f"{net}.occlusion", value))


def hourglass(state: State, name: str, value: Array, shape: Hourglass) -> Array:
    levels = [value]
    for i in range(shape.blocks):
        levels.append(halve(block(state, f"{name}.encoder.down_blocks.{i}", levels[-1])))
    value = levels.pop()
    for i in range(shape.blocks):
        value = block(state, f"{name}.decoder.up_blocks.{i}", double(value))
        value = np.concatenate([value, levels.pop()])
    return value


def block(state: State, name: str, value: Array) -> Array:
    return relu(normalise(state, f"{name}.norm", conv(state, f"{name}.conv", value)))


def residual(state: State, name: str, value: Array) -> Array:
    inner = conv(state, f"{name}.conv1", relu(normalise(state, f"{name}.norm1", value)))
    inner = conv(state, f"{name}.conv2", relu(normalise(state, f"{name}.norm2", inner)))
    return value + inner


def normalise(state: State, name: str, value: Array) -> Array:
    weight, bias, mean, variance = (
        state[f"{name}.{part}"].astype(np.float64)[:, None, None]
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    return (value - mean) / np.sqrt(variance + 1e-5) * weight + bias


def conv(state: State, name: str, value: Array, padding: int | None = None) -> Array:
    weight = state[f"{name}.weight"].astype(np.float64)
    bias = state[f"{name}.bias"].astype(np.float64)[:, None, None]
    return convolve(value, weight, weight.shape[2] // 2 if padding is None else padding) + bias


def convolve(value: Array, weight: Array, padding: int) -> Array:
    padded = np.pad(value, ((0, 0), (padding, padding), (padding, padding)))
    windows = sliding_window_view(padded, weight.shape[2:], axis=(1, 2))
    return np.asarray(np.tensordot(weight, windows, axes=([1, 2, 3], [0, 3, 4])))


def shrink(picture: Array, weight: NDArray[Any], factor: int) -> Array:
    blurred = [
        convolve(plane[None], kernel[None].astype(np.float64), kernel.shape[-1] // 2)
        for plane, kernel in zip(picture, weight, strict=True)
    ]
    return np.concatenate(blurred)[:, ::factor, ::factor]


def sample(value: Array, grid: Array, *, align_corners: bool) -> Array:
    """Bilinear, zero beyond the border."""
    size = np.array(value.shape[:0:-1])
    at = (grid + 1) / 2 * (size - 1) if align_corners else ((grid + 1) * size - 1) / 2
    first = np.floor(at).astype(int)
    result = np.zeros((len(value), *grid.shape[:2]))
    for dy in (0, 1):
        for dx in (0, 1):
            x, y = first[..., 0] + dx, first[..., 1] + dy
            share = (1 - np.abs(at[..., 0] - x)) * (1 - np.abs(at[..., 1] - y))
            inside = (x >= 0) & (x < size[0]) & (y >= 0) & (y < size[1])
            pixels = value[:, y.clip(0, size[1] - 1), x.clip(0, size[0] - 1)]
            result += np.where(inside, share * pixels, 0)
    return result


def coordinates(size: int) -> Array:
    grid = np.empty((size, size, 2))
    for i in range(size):
        grid[:, i, 0] = grid[i, :, 1] = 2 * i / (size - 1) - 1
    return grid


def gaussian(grid: Array, centre: Array, variance: float) -> Array:
    squares = ((grid - centre) ** 2).sum(axis=-1)
    return np.asarray(np.exp(-0.5 * squares / variance))


def planes(picture: RGB) -> Array:
    return picture.transpose(2, 0, 1) / 255.0


def double(value: Array) -> Array:
    return value.repeat(2, axis=1).repeat(2, axis=2)


def halve(value: Array) -> Array:
    channels, height, width = value.shape
    return np.asarray(value.reshape(channels, height // 2, 2, width // 2, 2).mean(axis=(2, 4)))


def relu(value: Array) -> Array:
    return np.maximum(value, 0)


def sigmoid(value: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-value)))
