import ctypes
import platform
from collections.abc import Callable
from pathlib import Path

import pytest

from realtime.models.devices import (
    ACCELERATORS,
    AUTO_ORDER,
    Build,
    Device,
    Obstacle,
    candidates,
    default_threads,
    obstacles,
    provider_chain,
    unstarted,
)

CUDA, TENSORRT, CPU = (
    "CUDAExecutionProvider",
    "TensorrtExecutionProvider",
    "CPUExecutionProvider",
)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes a system on which the libraries whose names hold one of these words are missing."""

    def make(system: str, *missing: str) -> None:
        def load(library: str) -> None:
            if any(word in library for word in missing):
                raise OSError(f"{Path(library).name} is missing")

        monkeypatch.setattr(platform, "system", lambda: system)
        monkeypatch.setattr(ctypes, "CDLL", load)

    return make


def build(*providers: str, distribution: str = "onnxruntime") -> Build:
    return Build(distribution, "1.31.1", [*providers, CPU], Path("capi"))


def test_every_device_can_be_reached() -> None:
    assert set(ACCELERATORS) == set(Device) - {Device.AUTO}


def test_nothing_is_in_the_way_of_what_is_there(machine: Callable[..., None]) -> None:
    machine("Linux")
    assert obstacles(Device.CUDA, build(CUDA)) == []
    assert obstacles(Device.CPU, build()) == []


@pytest.mark.parametrize(
    ("device", "system", "where"),
    [
        (Device.DIRECTML, "Linux", "Windows only"),
        (Device.COREML, "Windows", "macOS only"),
        (Device.CUDA, "Darwin", "Linux and Windows only"),
    ],
)
def test_a_device_of_another_system(
    device: Device, system: str, where: str, machine: Callable[..., None]
) -> None:
    machine(system)
    (found,) = obstacles(device, build())
    assert found.what.endswith(where)
    assert found.remedy() == "`--device auto` takes what is here"


def test_all_obstacles_are_told(machine: Callable[..., None]) -> None:
    machine("Linux", "libcuda.so")
    driver, package = obstacles(Device.CUDA, build())
    assert driver.what == "no NVIDIA driver (libcuda.so.1 is missing)"
    assert "nvidia.com/drivers" in driver.remedy()
    assert package.what == "onnxruntime 1.31.1 is built without CUDAExecutionProvider"
    assert package.remedy() == (
        'pip uninstall -y onnxruntime && pip install "onnxruntime-gpu[cuda,cudnn]"'
    )


def test_the_same_build_need_not_go(machine: Callable[..., None]) -> None:
    machine("Linux")
    (found,) = obstacles(Device.CUDA, build(distribution="onnxruntime-gpu"))
    assert found.remedy() == 'pip install "onnxruntime-gpu[cuda,cudnn]"'


def test_a_remedy_takes_other_words_for_pip() -> None:
    found = Obstacle("", requirement="b", replaces="a")
    assert found.remedy("uv pip uninstall", "uv pip install") == (
        'uv pip uninstall a && uv pip install "b"'
    )


@pytest.mark.parametrize(
    ("missing", "what", "remedy"),
    [
        pytest.param(["providers_cuda", "providers_tensorrt"],
                     "libonnxruntime_providers_cuda.so is missing",
                     'pip install "onnxruntime-gpu[cuda,cudnn]"', id="CUDA first"),
        pytest.param(["providers_tensorrt"], "libonnxruntime_providers_tensorrt.so is missing",
                     'pip install "tensorrt<11"', id="only TensorRT"),
        pytest.param([], "its own words", 'pip install "tensorrt<11"', id="nobody knows"),
    ],
)  # fmt: skip
def test_why_tensorrt_did_not_start(
    missing: list[str], what: str, remedy: str, machine: Callable[..., None]
) -> None:
    machine("Linux", *missing)
    found = unstarted(Device.TENSORRT, build(), "its own words")
    assert (found.what, found.remedy()) == (what, remedy)


def test_elsewhere_libraries_are_not_tried(machine: Callable[..., None]) -> None:
    machine("Windows", "providers_cuda")
    found = unstarted(Device.CUDA, build())
    assert found.what == "ONNX Runtime could not start CUDAExecutionProvider"


def test_auto_tries_what_is_built_in_and_the_cpu_last() -> None:
    assert candidates(Device.AUTO, build(TENSORRT, CUDA)) == (Device.CUDA, Device.CPU)
    assert candidates(Device.AUTO, build()) == (Device.CPU,)
    assert candidates(Device.TENSORRT, build()) == (Device.TENSORRT,)
    assert AUTO_ORDER[-1] is Device.CPU


@pytest.mark.parametrize(
    ("device", "chain"),
    [
        (Device.CPU, [(CPU, {})]),
        (Device.CUDA, [(CUDA, {}), (CPU, {})]),
        (Device.TENSORRT, [(TENSORRT, {}), (CUDA, {}), (CPU, {})]),
        (Device.DIRECTML,
         [("DmlExecutionProvider", {"performance_preference": "high_performance"}), (CPU, {})]),
        (Device.COREML,
         [("CoreMLExecutionProvider", {"ModelFormat": "MLProgram", "MLComputeUnits": "ALL"}),
          (CPU, {})]),
        (Device.OPENVINO,
         [("OpenVINOExecutionProvider", {"device_type": "CPU", "num_of_threads": "2"}),
          (CPU, {})]),
    ],
)  # fmt: skip
def test_providers_of_a_device(device: Device, chain: list[tuple[str, dict[str, str]]]) -> None:
    assert provider_chain(device, threads=2) == chain


def test_cuda_graphs_are_for_cuda() -> None:
    assert provider_chain(Device.CUDA, threads=1, cuda_graph=True)[0][1] == {
        "enable_cuda_graph": "1"
    }
    assert provider_chain(Device.CPU, threads=1, cuda_graph=True) == [(CPU, {})]


def test_compilers_keep_what_they_make() -> None:
    cache = Path("cache")

    def options(device: Device) -> dict[str, str]:
        return provider_chain(device, threads=1, cache=cache)[0][1]

    assert options(Device.TENSORRT) == {
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": "cache",
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": "cache",
    }
    assert options(Device.COREML)["ModelCacheDirectory"] == "cache"
    assert options(Device.OPENVINO)["cache_dir"] == "cache"
    assert options(Device.CUDA) == {}


@pytest.mark.parametrize(("cpus", "threads"), [(1, 1), (2, 1), (4, 2), (7, 3), (16, 8)])
def test_half_of_the_cpus_are_left_to_others(cpus: int, threads: int) -> None:
    assert default_threads(cpus) == threads


def test_this_process_may_use_some_cpu() -> None:
    assert default_threads() >= 1
