"""The first-order motion model as three graphs, cut where the work is constant.

- `encoder`, once per avatar: `source` -> `features`, `source_small`
- `keypoints`, once per avatar and reference frame: `driving` -> `value`, `jacobian`
- `frame`, once per driving frame, everything else in one call: `driving`, what the others gave,
  and `scale` -> `picture`

Pictures are uint8 (height, width, 3) on both sides, so that conversions happen on the device.
Siarohin et al., "First Order Motion Model for Image Animation", 2019.
"""

import numpy as np
import onnx

from realtime.errors import InputError
from realtime.models.fomm import bottleneck
from realtime.models.fomm.dense_motion import (
    Keypoints,
    deform,
    identity_grid,
    sample,
    transfer,
)
from realtime.models.fomm.graph import OPSET, OPSET_OF_BILINEAR, GraphBuilder
from realtime.models.fomm.layers import Layers, State
from realtime.models.fomm.spec import IMAGE_CHANNELS, Architecture


def build(
    state: State,
    architecture: Architecture,
    *,
    align_corners: bool = True,
    half: bool = False,
    cpu: bool = False,
    sub_pixel: bool = True,
) -> dict[str, onnx.ModelProto]:
    """The graphs by name.

    Args:
        state: the checkpoint's tensors by their published names.
        architecture: what the checkpoint is of.
        align_corners: whether -1 and 1 are the centres of the first and last pixels where maps
            are sampled, or their outer edges. The published weights were trained when PyTorch
            knew only the first, and the model's identity grid is made for it: under it the
            identity gives the features back, under the other it moves them towards the middle.
        half: compute the layers of `frame` in float16, but for those that find keypoints, whose
            errors would be seen as shivering. For GPUs: a CPU computes in float32 all the same.
        cpu: compute the bottleneck as `realtime.models.fomm.bottleneck` says, and what the
            hourglasses double as `realtime.models.fomm.sub_pixel` says: with less arithmetic, and
            in operators that OpenVINO knows as well.
        sub_pixel: compute the decoder as `realtime.models.fomm.sub_pixel` says.

    Raises:
        InputError: both `half` and `cpu`.
    """
    if half and cpu:
        raise InputError("float16 is too coarse for Winograd convolutions: choose one of the two")
    graph = GraphBuilder("frame", OPSET_OF_BILINEAR if cpu else OPSET)
    frame = Layers(graph, state, half=half, cpu=cpu)
    return {
        "encoder": _encoder(Layers(GraphBuilder("encoder"), state), architecture),
        "keypoints": _keypoints(Layers(GraphBuilder("keypoints"), state), architecture),
        "frame": _frame(
            frame, architecture, align_corners=align_corners, cpu=cpu, sub_pixel=sub_pixel
        ),
    }


def encode(layers: Layers, architecture: Architecture, picture: str) -> tuple[str, str]:
    """The generator's features of a picture, and the picture as dense motion wants it."""
    features = layers.block(picture, "generator.first")
    for i in range(architecture.down_blocks):
        features = layers.down(features, f"generator.down_blocks.{i}")
    blur = "generator.dense_motion_network.down"
    return features, layers.shrink(picture, blur, architecture.downscale)


def detect(layers: Layers, architecture: Architecture, picture: str) -> Keypoints:
    """Keypoints of a picture: expectations under each one's heatmap."""
    graph, count = layers.graph, architecture.keypoints
    pixels = architecture.heatmap_px**2
    small = layers.shrink(picture, "kp_detector.down", architecture.downscale)
    seen = layers.hourglass(
        small, "kp_detector.predictor", architecture.detector, architecture.small_px
    )
    kernel = layers.kernel("kp_detector.kp", "kp_detector.jacobian")
    heads = layers.convolve(seen, kernel, pads=[0, 0, 0, 0])
    heat, jacobians = graph.split(heads, [count, 4 * count], axis=1)
    heat = graph.op("Div", heat, graph.constant(architecture.temperature))
    heat = graph.op("Softmax", graph.reshape(heat, [1, count, pixels]), axis=2)
    grid = identity_grid(architecture.heatmap_px)
    jacobian = graph.op(
        "MatMul",
        graph.reshape(jacobians, [1, count, 4, pixels]),
        graph.reshape(heat, [1, count, pixels, 1]),
    )
    return Keypoints(
        value=graph.op("MatMul", heat, graph.constant(grid)),
        jacobian=graph.reshape(jacobian, [1, count, 2, 2]),
    )


def refine(layers: Layers, architecture: Architecture, value: str) -> str:
    """Deformed features after the bottleneck."""
    for i in range(architecture.bottleneck_blocks):
        value = layers.residual(value, f"generator.bottleneck.r{i}")
    return value


def decode(layers: Layers, architecture: Architecture, value: str, *, sub_pixel: bool) -> str:
    """The picture, (1, 3, height, width) in 0..1, float32, of what the bottleneck gave."""
    *names, last = (f"generator.up_blocks.{i}" for i in range(architecture.down_blocks))
    final = layers.kernel("generator.final")
    if sub_pixel:
        for name in names:
            value = layers.interleave(layers.up_phases(value, name), 2)
        phases = layers.up_phases(value, last)
        value = layers.convolve_phases(phases, final, architecture.image_px)
    else:
        for name in (*names, last):
            value = layers.up(value, name)
        value = layers.convolve(value, final)
    return layers.graph.op("Sigmoid", layers.leave(value), name="colour")


def _encoder(layers: Layers, architecture: Architecture) -> onnx.ModelProto:
    graph, size = layers.graph, architecture.small_px
    picture = planes(graph, "source", architecture)
    features, small = encode(layers, architecture, picture)
    depth = architecture.features(architecture.down_blocks)
    graph.output(features, "features", np.float32, [1, depth, size, size])
    graph.output(small, "source_small", np.float32, [1, IMAGE_CHANNELS, size, size])
    return graph.model()


def _keypoints(layers: Layers, architecture: Architecture) -> onnx.ModelProto:
    graph, count = layers.graph, architecture.keypoints
    found = detect(layers, architecture, planes(graph, "driving", architecture))
    graph.output(found.value, "value", np.float32, [1, count, 2])
    graph.output(found.jacobian, "jacobian", np.float32, [1, count, 2, 2])
    return graph.model()


def _frame(
    layers: Layers, architecture: Architecture, *, align_corners: bool, cpu: bool, sub_pixel: bool
) -> onnx.ModelProto:
    """Relative motion; for absolute motion let the source's keypoints be the reference, scale 1."""
    graph, size, count = layers.graph, architecture.small_px, architecture.keypoints
    depth = architecture.features(architecture.down_blocks)
    driving = planes(graph, "driving", architecture)
    features = graph.input("features", np.float32, [1, depth, size, size])
    small = graph.input("source_small", np.float32, [1, IMAGE_CHANNELS, size, size])
    source = graph.input("source_value", np.float32, [1, count, 2])
    reference = Keypoints(
        graph.input("reference_value", np.float32, [1, count, 2]),
        graph.input("reference_jacobian", np.float32, [1, count, 2, 2]),
    )
    scale = graph.input("scale", np.float32, [1])
    # Keypoints are found in float32 whatever the rest computes in.
    found = detect(layers.exact(), architecture, driving)
    motion = transfer(graph, count, source, found, reference, scale)
    deformation, visibility = deform(
        layers, architecture, small, motion, align_corners=align_corners
    )
    if cpu:
        rows = bottleneck.enter(
            graph, features, (depth, size), deformation, visibility, align_corners=align_corners
        )
        refined = bottleneck.bottleneck(layers, architecture, rows)
    else:
        warped = layers.enter(sample(graph, features, deformation, align_corners=align_corners))
        refined = refine(layers, architecture, graph.op("Mul", warped, visibility))
    quantised(graph, decode(layers, architecture, refined, sub_pixel=sub_pixel), architecture)
    return graph.model()


def planes(graph: GraphBuilder, name: str, architecture: Architecture) -> str:
    """Declare a picture as an input; its (1, 3, height, width) planes in 0..1."""
    size = architecture.image_px
    pixels = graph.input(name, np.uint8, [size, size, IMAGE_CHANNELS])
    planes = graph.op("Transpose", graph.cast(pixels, np.float32), perm=[2, 0, 1])
    planes = graph.reshape(planes, [1, IMAGE_CHANNELS, size, size])
    return graph.op("Div", planes, graph.constant(255))


def quantised(graph: GraphBuilder, colour: str, architecture: Architecture) -> None:
    """Declare (1, 3, height, width) planes in 0..1 as the output `picture`."""
    size = architecture.image_px
    levels = graph.op("Round", graph.op("Mul", colour, graph.constant(255)))
    levels = graph.reshape(graph.cast(levels, np.uint8), [IMAGE_CHANNELS, size, size])
    picture = graph.op("Transpose", levels, perm=[1, 2, 0])
    graph.output(picture, "picture", np.uint8, [size, size, IMAGE_CHANNELS])
