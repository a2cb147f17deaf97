import ctypes
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from realtime.errors import DeviceError, ModelError
from realtime.models.devices import Device
from realtime.models.session import Session, device_obstacles, open_session
from tests.models.onnx_models import PretendingRuntime, blur, brighten, pick

CUDA, OPENVINO = "CUDAExecutionProvider", "OpenVINOExecutionProvider"


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Callable[..., PretendingRuntime]:
    """Makes a Linux whose ONNX Runtime has these providers; `lacks` cannot be loaded there."""

    def make(*providers: str, lacks: str = "nothing") -> PretendingRuntime:
        def load(library: str) -> None:
            if lacks in library:
                raise OSError(f"{lacks}.13: cannot open shared object file")

        runtime = PretendingRuntime(*providers)
        monkeypatch.setitem(sys.modules, "onnxruntime", runtime)
        monkeypatch.setattr(platform, "system", lambda: "Linux")
        monkeypatch.setattr(ctypes, "CDLL", load)
        return runtime

    return make


@pytest.fixture
def session() -> Session:
    return open_session(brighten(), Device.CPU)


@pytest.fixture
def image() -> np.ndarray:
    return np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


OFFSET = np.array([5], np.float32)


def test_a_model_runs(session: Session, image: np.ndarray) -> None:
    found = session.run({"image": image, "offset": OFFSET})
    np.testing.assert_array_equal(found["brighter"], image + 5)
    assert found["mean"] == np.mean(image) + 5


def test_a_model_is_opened_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "blur.onnx"
    file.write_bytes(blur())
    picture = np.zeros((1, 1, 8, 8), np.float32)
    picture[0, 0, 4, 4] = 9
    found = open_session(file, Device.CPU).run({"picture": picture})["blurred"]
    np.testing.assert_allclose(found[0, 0, 3:6, 3:6], np.ones((3, 3)), rtol=1e-6)
    assert found.sum() == pytest.approx(9)


def test_where_each_node_ran_is_read_back(session: Session) -> None:
    assert session.placement == {"CPUExecutionProvider": 4}
    assert session.device is Device.CPU


def test_reading_it_back_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    session = open_session(brighten(), Device.CPU)
    session.run({"image": np.zeros((4, 4, 3), np.uint8), "offset": OFFSET})
    assert list(tmp_path.iterdir()) == []


def test_what_a_model_wants_is_known(session: Session) -> None:
    assert list(session.inputs) == ["image", "offset"]
    assert session.inputs["image"].dtype == np.uint8
    assert session.inputs["image"].shape == (4, 4, 3)
    assert session.outputs["mean"].shape == ()
    assert open_session(pick(), Device.CPU).inputs["table"].shape == (None,)


@pytest.mark.parametrize(
    ("inputs", "complaint"),
    [
        pytest.param({"offset": OFFSET}, r"\['image', 'offset'\], not \['offset'\]", id="missing"),
        pytest.param({"image": np.zeros((4, 4, 3), np.uint8), "offset": OFFSET, "x": OFFSET},
                     r"not \['image', 'offset', 'x'\]", id="unknown"),
        pytest.param({"image": np.zeros((4, 5, 3), np.uint8), "offset": OFFSET},
                     r"'image' must be uint8 \(4, 4, 3\), not uint8 \(4, 5, 3\)", id="size"),
        pytest.param({"image": np.zeros((4, 4), np.uint8), "offset": OFFSET},
                     r"not uint8 \(4, 4\)", id="rank"),
        pytest.param({"image": np.zeros((4, 4, 3), np.uint8), "offset": np.zeros(1)},
                     r"'offset' must be float32 \(1,\), not float64 \(1,\)", id="type"),
    ],
)  # fmt: skip
def test_wrong_inputs_are_the_programs_error(
    inputs: dict[str, np.ndarray], complaint: str, session: Session
) -> None:
    with pytest.raises(ValueError, match=complaint):
        session.run(inputs)


def test_a_bound_run_works_on_the_callers_arrays(session: Session, image: np.ndarray) -> None:
    brighter = np.zeros((4, 4, 3), np.uint8)
    run = session.bind({"offset": OFFSET}, inputs={"image": image}, outputs={"brighter": brighter})
    run()
    np.testing.assert_array_equal(brighter, image + 5)
    image += 100
    run()
    np.testing.assert_array_equal(brighter, image + 5)


def test_a_constant_is_a_copy_that_can_be_replaced(session: Session, image: np.ndarray) -> None:
    brighter = np.zeros((4, 4, 3), np.uint8)
    offset = OFFSET.copy()
    run = session.bind({"offset": offset}, inputs={"image": image}, outputs={"brighter": brighter})
    offset[0] = 99
    run()
    np.testing.assert_array_equal(brighter, image + 5)
    run.update("offset", np.array([7, 0], np.float32)[:1])
    run()
    np.testing.assert_array_equal(brighter, image + 7)
    with pytest.raises(ValueError, match=r"'offset' must be float32 \(1,\), not float32 \(2,\)"):
        run.update("offset", np.zeros(2, np.float32))
    with pytest.raises(ValueError, match="no constant of this run is named 'image': offset"):
        run.update("image", image)


def test_bound_arrays_are_checked(session: Session, image: np.ndarray) -> None:
    brighter = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(ValueError, match=r"inputs must be .* not \['image', 'image', 'offset'\]"):
        session.bind(
            {"offset": OFFSET, "image": image},
            inputs={"image": image},
            outputs={"brighter": brighter},
        )
    with pytest.raises(ValueError, match=r"outputs must be of .*, not \['darker'\]"):
        session.bind({"offset": OFFSET}, inputs={"image": image}, outputs={"darker": brighter})
    with pytest.raises(ValueError, match=r"outputs must be of .*, not \[\]"):
        session.bind({"offset": OFFSET}, inputs={"image": image}, outputs={})
    with pytest.raises(ValueError, match="'brighter' must be uint8"):
        session.bind({"offset": OFFSET}, inputs={"image": image}, outputs={"brighter": OFFSET})
    with pytest.raises(ValueError, match="'image' must be C-contiguous"):
        session.bind(
            {"offset": OFFSET},
            inputs={"image": image.transpose(1, 0, 2)},
            outputs={"brighter": brighter},
        )


def test_a_failure_while_running_is_the_devices() -> None:
    session = open_session(pick(), Device.CPU)
    with pytest.raises(DeviceError, match=r"the network failed on cpu \(.*out of") as caught:
        session.run({"table": np.zeros(3, np.float32), "index": np.array([9])})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"not a model", id="another file"),
        pytest.param(brighten()[:60], id="truncated"),
        pytest.param(brighten().replace(b"Add", b"Adx"), id="unknown operator"),
        pytest.param(Path("missing.onnx"), id="missing"),
    ],
)
@pytest.mark.parametrize("device", [Device.CPU, Device.AUTO])
def test_a_model_that_cannot_be_opened(model: bytes | Path, device: Device) -> None:
    with pytest.raises(ModelError, match=r"cannot be opened .*`mimicam models convert`") as caught:
        open_session(model, device)
    assert str(caught.value).startswith("the model" if isinstance(model, bytes) else "missing.onnx")


def test_without_onnxruntime_it_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match=r'onnxruntime, or "onnxruntime-gpu\[cuda,cudnn\]"'):
        open_session(brighten())


def test_an_asked_device_is_taken(pretend: Callable[..., PretendingRuntime]) -> None:
    runtime = pretend(CUDA)
    session = open_session(brighten(), Device.CUDA, cuda_graph=True)
    assert session.choice == "cuda, as asked"
    assert session.placement == {CUDA: 4}
    assert runtime.opened[0].providers == [
        (CUDA, {"enable_cuda_graph": "1"}),
        ("CPUExecutionProvider", {}),
    ]
    assert runtime.opened[0].enable_fallback == 0


def test_what_loads_libraries_stays_quiet(
    pretend: Callable[..., PretendingRuntime], capfd: pytest.CaptureFixture[str]
) -> None:
    runtime = pretend(CUDA)
    open_session(brighten(), Device.CUDA)
    assert runtime.preloaded
    assert capfd.readouterr() == ("", "")


def test_an_asked_device_of_another_build_names_the_package(
    pretend: Callable[..., PretendingRuntime],
) -> None:
    pretend()
    with pytest.raises(DeviceError) as caught:
        open_session(brighten(), Device.OPENVINO)
    assert str(caught.value) == (
        f"openvino cannot be used: onnxruntime 1.31.1 is built without {OPENVINO}: "
        'pip uninstall -y onnxruntime && pip install "onnxruntime-openvino"'
    )


def test_a_dropped_provider_names_its_missing_library(
    pretend: Callable[..., PretendingRuntime],
) -> None:
    runtime = pretend(CUDA, lacks="providers_cuda.so")
    runtime.starts.discard(CUDA)
    with pytest.raises(DeviceError) as caught:
        open_session(brighten(), Device.CUDA)
    assert str(caught.value) == (
        "cuda cannot be used: providers_cuda.so.13: cannot open shared object file: "
        'pip install "onnxruntime-gpu[cuda,cudnn]"'
    )


def test_a_provider_that_raises_says_why(pretend: Callable[..., PretendingRuntime]) -> None:
    runtime = pretend("TensorrtExecutionProvider", CUDA)
    runtime.raises = RuntimeError("Please install TensorRT libraries\nmore")
    with pytest.raises(DeviceError, match='Please install TensorRT libraries: pip install "tensor'):
        open_session(brighten(), Device.TENSORRT)


def test_a_device_that_takes_nothing_is_refused(pretend: Callable[..., PretendingRuntime]) -> None:
    pretend(OPENVINO).takes_nodes = False
    with pytest.raises(DeviceError, match="openvino took none of the model's 4 nodes"):
        open_session(brighten(), Device.OPENVINO)


def test_a_device_that_refuses_the_model_says_so(
    pretend: Callable[..., PretendingRuntime],
) -> None:
    runtime = pretend(CUDA)
    runtime.raises = onnxruntime.capi.onnxruntime_pybind11_state.Fail(
        "[ONNXRuntimeError] : 1 : FAIL : CUDA failure 100: no CUDA-capable device\nsomewhere"
    )
    with pytest.raises(DeviceError) as caught:
        open_session(brighten(), Device.CUDA)
    assert str(caught.value) == (
        "cuda cannot run the model (CUDA failure 100: no CUDA-capable device); try `--device auto`"
    )


def test_auto_without_accelerators_is_the_cpu_and_says_so(
    pretend: Callable[..., PretendingRuntime],
) -> None:
    pretend()
    session = open_session(brighten())
    assert session.choice == "cpu, chosen by auto: onnxruntime 1.31.1 has nothing faster"


def test_auto_takes_the_first_that_works(pretend: Callable[..., PretendingRuntime]) -> None:
    pretend("TensorrtExecutionProvider", CUDA)
    session = open_session(brighten())
    assert session.choice == "cuda, chosen by auto: the first that works here"


def test_auto_says_what_it_passed_over(pretend: Callable[..., PretendingRuntime]) -> None:
    runtime = pretend(CUDA, OPENVINO, lacks="libcuda.so")
    session = open_session(brighten())
    assert session.device is Device.OPENVINO
    assert session.choice.startswith("openvino, chosen by auto: cuda cannot be used: no NVIDIA dr")
    assert [opened.providers[0][0] for opened in runtime.opened] == [OPENVINO]


def test_threads_are_chosen(
    pretend: Callable[..., PretendingRuntime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.models.session.default_threads", lambda: 3)
    runtime = pretend()
    open_session(brighten())
    open_session(brighten(), threads=2)
    options = [opened.options for opened in runtime.opened]
    assert [one.intra_op_num_threads for one in options] == [3, 2]
    assert [one.inter_op_num_threads for one in options] == [1, 1]
    assert options[0].get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_what_is_compiled_is_kept(
    pretend: Callable[..., PretendingRuntime], tmp_path: Path
) -> None:
    runtime = pretend(OPENVINO)
    open_session(brighten(), Device.OPENVINO, cache=tmp_path)
    folder = Path(runtime.opened[0].providers[0][1]["cache_dir"])
    assert folder.parent == tmp_path
    assert folder.is_dir()


def test_obstacles_are_seen_without_a_model(pretend: Callable[..., PretendingRuntime]) -> None:
    runtime = pretend(CUDA)
    assert device_obstacles(Device.CUDA) == []
    assert device_obstacles(Device.CPU) == []
    runtime.starts.discard(CUDA)
    assert device_obstacles(Device.CUDA)[0].what == f"ONNX Runtime could not start {CUDA}"
    runtime.raises = onnxruntime.capi.onnxruntime_pybind11_state.Fail("no GPU is free")
    assert device_obstacles(Device.CUDA)[0].what == "no GPU is free"
    assert device_obstacles(Device.DIRECTML)[0].what == "it exists on Windows only"
