from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from onnx import helper

from realtime.errors import InputError
from realtime.models.fomm.networks import build
from realtime.types import RGB
from tests.models.fomm import reference
from tests.models.fomm.states import SMALL, random_state

Arrays = dict[str, NDArray[Any]]

SCALE = 1.3


@pytest.fixture(scope="module")
def state() -> Arrays:
    return random_state(SMALL, seed=3)


@pytest.fixture(scope="module")
def source() -> RGB:
    return picture(1)


@pytest.fixture(scope="module")
def driving() -> RGB:
    return picture(2)


@pytest.fixture(scope="module")
def initial() -> RGB:
    return picture(3)


@pytest.fixture(scope="module")
def found(state: Arrays, source: RGB, driving: RGB, initial: RGB) -> list[reference.Keypoints]:
    """Keypoints of the source, the driving frame and the reference frame, in float64."""
    return [reference.detect(state, SMALL, seen) for seen in (source, driving, initial)]


@pytest.fixture(scope="module")
def drawn(
    state: Arrays, source: RGB, found: list[reference.Keypoints]
) -> dict[bool, reference.Drawn]:
    """The picture of relative motion, in float64, by `align_corners`."""
    resting, moved, started = found
    target = reference.relative(resting, moved, started, SCALE)
    return {
        align: reference.draw(state, SMALL, source, resting, target, align_corners=align)
        for align in (True, False)
    }


def test_the_encoder_is_the_models(state: Arrays, source: RGB) -> None:
    result = run(build(state, SMALL)["encoder"], {"source": source})

    features = reference.encode(state, SMALL, source)
    np.testing.assert_allclose(result["features"][0], features, atol=1e-4)
    small = reference.shrunk_source(state, SMALL, source)
    np.testing.assert_allclose(result["source_small"][0], small, atol=1e-6)


def test_keypoints_are_the_models(
    state: Arrays, source: RGB, found: list[reference.Keypoints]
) -> None:
    result = run(build(state, SMALL)["keypoints"], {"driving": source})

    assert np.ptp(found[0].value) > 0.05
    np.testing.assert_allclose(result["value"][0], found[0].value, atol=1e-5)
    np.testing.assert_allclose(result["jacobian"][0], found[0].jacobian, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "tolerance"),
    [
        pytest.param({}, 2e-5, id="default"),
        pytest.param({"sub_pixel": False}, 2e-5, id="resize and convolve"),
        pytest.param({"cpu": True}, 2e-5, id="cpu"),
        pytest.param({"align_corners": False}, 2e-5, id="outer edges"),
        pytest.param({"half": True}, 2e-3, id="float16"),
    ],
)
def test_a_frame_is_the_models(
    state: Arrays,
    source: RGB,
    driving: RGB,
    initial: RGB,
    drawn: dict[bool, reference.Drawn],
    options: dict[str, bool],
    tolerance: float,
) -> None:
    result = animate(state, source, driving, initial, SCALE, options)

    expected = drawn[options.get("align_corners", True)]
    assert np.ptp(expected.colour) > 0.2
    np.testing.assert_allclose(result["deformation"][0], expected.deformation, atol=tolerance)
    colour = result["colour"][0].transpose(1, 2, 0)
    np.testing.assert_allclose(colour, expected.colour, atol=tolerance)
    np.testing.assert_array_equal(result["picture"], np.round(colour * 255).astype(np.uint8))


def test_motion_is_absolute_when_the_reference_is_the_source(
    state: Arrays, source: RGB, driving: RGB, found: list[reference.Keypoints]
) -> None:
    result = animate(state, source, driving, source, 1.0)

    expected = reference.draw(state, SMALL, source, found[0], found[1])
    np.testing.assert_allclose(result["deformation"][0], expected.deformation, atol=2e-5)
    colour = result["colour"][0].transpose(1, 2, 0)
    np.testing.assert_allclose(colour, expected.colour, atol=2e-5)


@pytest.mark.parametrize("half", [False, True])
def test_a_driver_who_does_not_move_moves_nothing(
    state: Arrays, source: RGB, driving: RGB, half: bool
) -> None:
    result = animate(state, source, driving, driving, SCALE, {"half": half})

    grid = reference.coordinates(SMALL.small_px)
    np.testing.assert_allclose(result["deformation"][0], grid, atol=1e-5)


def test_flat_jacobians_leave_a_picture(state: Arrays, source: RGB, driving: RGB) -> None:
    flat = {**state}
    for part in ("weight", "bias"):
        flat[f"kp_detector.jacobian.{part}"] = np.zeros_like(state[f"kp_detector.jacobian.{part}"])

    result = animate(flat, source, driving, driving, 1.0)

    assert np.isfinite(result["colour"]).all()


def test_every_graph_runs_on_the_oldest_supported_runtime(state: Arrays) -> None:
    for model in build(state, SMALL).values():
        assert model.ir_version <= 10
        assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 20)]


def test_the_cpus_graph_samples_in_words_that_openvino_knows(state: Arrays) -> None:
    model = build(state, SMALL, cpu=True)["frame"]
    assert [opset.version for opset in model.opset_import] == [19]
    (sampling,) = [node for node in model.graph.node if node.op_type == "GridSample"]
    modes = [helper.get_attribute_value(one) for one in sampling.attribute if one.name == "mode"]
    assert modes == [b"bilinear"]


def test_float16_halves_the_frame_only(state: Arrays) -> None:
    exact, half = build(state, SMALL), build(state, SMALL, half=True)

    assert half["encoder"] == exact["encoder"]
    assert half["keypoints"] == exact["keypoints"]
    assert half["frame"].ByteSize() < 0.75 * exact["frame"].ByteSize()


def test_float16_and_the_cpus_graph_are_refused_together(state: Arrays) -> None:
    with pytest.raises(InputError, match="choose one"):
        build(state, SMALL, half=True, cpu=True)


def picture(seed: int) -> RGB:
    """Smooth blobs: what a blurring network can tell apart."""
    noise = np.random.default_rng(seed).standard_normal((3, 8, 8))
    for _ in range(3):
        noise = reference.double(noise)
    levels = 255 * reference.sigmoid(2 * noise)
    return np.ascontiguousarray(levels.transpose(1, 2, 0).astype(np.uint8))


def animate(
    state: Arrays,
    source: RGB,
    driving: RGB,
    initial: RGB,
    scale: float,
    options: Mapping[str, bool] | None = None,
) -> Arrays:
    """What `frame` gives after the other graphs, and its named tensors inside."""
    models = build(state, SMALL, **(options or {}))
    resting = run(models["keypoints"], {"driving": source})
    started = run(models["keypoints"], {"driving": initial})
    return run(
        models["frame"],
        {
            "driving": driving,
            **run(models["encoder"], {"source": source}),
            "source_value": resting["value"],
            "reference_value": started["value"],
            "reference_jacobian": started["jacobian"],
            "scale": np.array([scale], np.float32),
        },
        inside=("deformation", "colour"),
    )


def run(model: onnx.ModelProto, feeds: Arrays, inside: tuple[str, ...] = ()) -> Arrays:
    for name in inside:
        tensor = helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        model.graph.output.append(tensor)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))
