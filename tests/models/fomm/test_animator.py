from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from realtime.errors import ModelError
from realtime.models.devices import Device
from realtime.models.fomm.animator import Animator
from realtime.models.fomm.convert import convert
from realtime.models.fomm.variants import frame_graph
from realtime.models.session import open_session
from realtime.types import RGB
from tests.models.checkpoints import as_tensors, write_stream
from tests.models.fomm.states import SMALL, nested, random_state

SIDE = SMALL.image_px


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("models")
    checkpoint = home / "small.pth.tar"
    write_stream(checkpoint, as_tensors(nested(random_state(SMALL))))
    return convert(checkpoint, home, unverified=True, architecture=SMALL).model.folder


@pytest.fixture
def animator(folder: Path) -> Animator:
    return Animator(folder, Device.CPU)


def picture(seed: int) -> RGB:
    """Soft blobs: what a face is to a network of random weights."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((SIDE // 8, SIDE // 8, 3))
    return (np.kron(coarse, np.ones((8, 8, 1))) * 255).astype(np.uint8)


def difference(a: RGB, b: RGB) -> int:
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def test_size_is_the_models(animator: Animator) -> None:
    assert animator.size == SIDE
    assert animator.choice == "cpu, as asked"


def test_reference_frame_gives_the_source_at_rest(animator: Animator) -> None:
    """Relative motion from a frame to itself is no motion, whoever is in it."""
    source, driver = picture(1), picture(2)
    animator.set_source(source)
    rest = animator.animate(source).copy()
    animator.set_reference(driver)
    assert difference(animator.animate(driver), rest) <= 1


def test_another_frame_moves_it(animator: Animator) -> None:
    source, driver = picture(1), picture(2)
    animator.set_source(source)
    animator.set_reference(driver)
    rest = animator.animate(driver).copy()
    assert difference(animator.animate(picture(3)), rest) > 2


def test_without_a_reference_motion_is_absolute(animator: Animator) -> None:
    source, driver = picture(1), picture(2)
    animator.set_source(source)
    absolute = animator.animate(driver).copy()
    animator.set_reference(driver)
    assert difference(animator.animate(driver), absolute) > 2


def test_a_new_source_starts_anew(animator: Animator, folder: Path) -> None:
    animator.set_source(picture(1))
    animator.set_reference(picture(2))
    animator.set_source(picture(4))
    fresh = Animator(folder, Device.CPU)
    fresh.set_source(picture(4))
    assert difference(animator.animate(picture(5)), fresh.animate(picture(5))) <= 1


def test_source_comes_first(animator: Animator) -> None:
    with pytest.raises(RuntimeError, match="set_source"):
        animator.animate(picture(1))


def test_missing_graph_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"keypoints\.onnx"):
        Animator(tmp_path, Device.CPU)


@pytest.mark.parametrize(
    ("device", "graph"),
    [
        (Device.CPU, "frame-cpu"),
        (Device.CUDA, "frame-gpu"),
        (Device.TENSORRT, "frame-gpu"),
        (Device.OPENVINO, "frame-cpu"),
        (Device.COREML, "frame"),
    ],
)
def test_each_device_has_its_graph(device: Device, graph: str) -> None:
    assert frame_graph(device) == graph


@pytest.mark.skipif(
    "OpenVINOExecutionProvider" not in onnxruntime.get_available_providers(),
    reason="only the package onnxruntime-openvino has it",
)
def test_openvino_draws_what_the_cpu_draws(folder: Path, animator: Animator) -> None:
    other = Animator(folder, Device.OPENVINO)
    assert other.choice == "openvino, as asked"
    assert other.placement == {"OpenVINOExecutionProvider": 1}
    drawn = []
    for one in (animator, other):
        one.set_source(picture(1))
        one.set_reference(picture(2))
        drawn.append(one.animate(picture(3)))
    assert difference(*drawn) <= 1


def test_all_graphs_draw_the_same(folder: Path) -> None:
    """`frame-cpu` and `frame` to rounding, `frame-gpu` to what float16 keeps."""
    source, driver = picture(1), picture(2)
    encoded = open_session(folder / "encoder.onnx", Device.CPU).run({"source": source})
    keypoints = open_session(folder / "keypoints.onnx", Device.CPU)
    mine, rest = keypoints.run({"driving": source}), keypoints.run({"driving": driver})
    inputs = {
        **encoded,
        "driving": picture(3),
        "source_value": mine["value"],
        "reference_value": rest["value"],
        "reference_jacobian": rest["jacobian"],
        "scale": np.ones(1, np.float32),
    }
    drawn = {
        name: open_session(folder / f"{name}.onnx", Device.CPU).run(inputs)["picture"]
        for name in ("frame", "frame-cpu", "frame-gpu")
    }
    assert difference(drawn["frame"], drawn["frame-cpu"]) <= 1
    assert difference(drawn["frame"], drawn["frame-gpu"]) <= 6
