"""Devices that a network can run on: their names, what each needs, and how each is set up.

Pure but for the libraries that `obstacles` tries to load; ONNX Runtime itself is behind
`realtime.models.session`.
"""

import ctypes
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Device(StrEnum):
    """What a user may ask for."""

    AUTO = "auto"
    CUDA = "cuda"
    TENSORRT = "tensorrt"
    DIRECTML = "directml"
    COREML = "coreml"
    OPENVINO = "openvino"
    CPU = "cpu"


@dataclass(frozen=True, slots=True)
class Accelerator:
    """How ONNX Runtime reaches a device."""

    provider: str
    "ONNX Runtime's name of it."
    requirement: str
    "What pip installs to have it; it takes the place of any other build of ONNX Runtime."
    libraries: str
    "What pip installs for the libraries that the provider links to."
    systems: tuple[str, ...] = ("Linux", "Windows", "Darwin")
    "Where it exists, by `platform.system()`."


CPU_PROVIDER = "CPUExecutionProvider"
_GPU_BUILD = "onnxruntime-gpu[cuda,cudnn]"
_DIRECTML, _OPENVINO, _PLAIN = "onnxruntime-directml", "onnxruntime-openvino", "onnxruntime"
_NVIDIA_SYSTEMS = ("Linux", "Windows")
ACCELERATORS = {
    Device.CUDA: Accelerator("CUDAExecutionProvider", _GPU_BUILD, _GPU_BUILD, _NVIDIA_SYSTEMS),
    # ONNX Runtime 1.31 links to libnvinfer.so.10; pip's newest is 11.
    Device.TENSORRT: Accelerator(
        "TensorrtExecutionProvider", _GPU_BUILD, "tensorrt<11", _NVIDIA_SYSTEMS
    ),
    Device.DIRECTML: Accelerator("DmlExecutionProvider", _DIRECTML, _DIRECTML, ("Windows",)),
    Device.COREML: Accelerator("CoreMLExecutionProvider", _PLAIN, _PLAIN, ("Darwin",)),
    Device.OPENVINO: Accelerator(
        "OpenVINOExecutionProvider", _OPENVINO, _OPENVINO, ("Linux", "Windows")
    ),
    Device.CPU: Accelerator(CPU_PROVIDER, _PLAIN, _PLAIN),
}
AUTO_ORDER = (Device.CUDA, Device.DIRECTML, Device.COREML, Device.OPENVINO, Device.CPU)
"""What `auto` tries. Not TensorRT: it builds its engine for minutes before the first frame."""

_NVIDIA_DRIVER = {"Linux": "libcuda.so.1", "Windows": "nvcuda.dll"}

ProviderChain = list[tuple[str, dict[str, str]]]
"""Execution providers with their options, the first that can take a node takes it."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that keeps a device from being used."""

    what: str
    advice: str = ""
    "What to do, where no package mends it."
    requirement: str = ""
    "What pip installs against it."
    replaces: str = ""
    "The installed distribution that must go first: two builds of ONNX Runtime break each other."

    def remedy(self, uninstall: str = "pip uninstall -y", install: str = "pip install") -> str:
        """The command against it, or the advice."""
        if not self.requirement:
            return self.advice
        first = f"{uninstall} {self.replaces} && " if self.replaces else ""
        return f'{first}{install} "{self.requirement}"'


@dataclass(frozen=True, slots=True)
class Build:
    """The ONNX Runtime that is installed."""

    distribution: str
    version: str
    providers: Sequence[str]
    "What it was built with; whether that works here is another question."
    folder: Path
    "Where its libraries are."


def obstacles(device: Device, build: Build) -> list[Obstacle]:
    """What is seen to keep this machine from using a device, before anything is tried."""
    accelerator, system = ACCELERATORS[device], platform.system()
    if system not in accelerator.systems:
        where = " and ".join(accelerator.systems).replace("Darwin", "macOS")
        return [Obstacle(f"it exists on {where} only", "`--device auto` takes what is here")]
    found = []
    if device in (Device.CUDA, Device.TENSORRT) and (reason := _load(_NVIDIA_DRIVER[system])):
        advice = "it needs an NVIDIA GPU with its driver from nvidia.com/drivers"
        found.append(Obstacle(f"no NVIDIA driver ({reason})", advice))
    if accelerator.provider not in build.providers:
        what = f"{build.distribution} {build.version} is built without {accelerator.provider}"
        wanted = accelerator.requirement
        replaces = "" if wanted.startswith(f"{build.distribution}[") else build.distribution
        found.append(Obstacle(what, requirement=wanted, replaces=replaces))
    return found


def unstarted(device: Device, build: Build, said: str = "") -> Obstacle:
    """Why ONNX Runtime could not start a device that nothing was seen to be in the way of.

    Only for after it has tried: a provider's library that is loaded before crashes.

    Args:
        device: not `auto`.
        build: the ONNX Runtime.
        said: its error, if it raised one.
    """
    if platform.system() == "Linux":
        for one in (Device.CUDA, device) if device is Device.TENSORRT else (device,):
            if missing := _load(build.folder / f"libonnxruntime_providers_{one}.so"):
                return Obstacle(missing, requirement=ACCELERATORS[one].libraries)
    accelerator = ACCELERATORS[device]
    what = said or f"ONNX Runtime could not start {accelerator.provider}"
    return Obstacle(what, requirement=accelerator.libraries)


def _load(library: str | Path) -> str:
    """What is said when a shared library cannot be loaded; it names the one that is missing."""
    try:
        ctypes.CDLL(str(library))
    except OSError as error:
        return str(error)
    return ""


def candidates(device: Device, build: Build) -> tuple[Device, ...]:
    """The devices to try, in order; the last one is meant to work."""
    if device is not Device.AUTO:
        return (device,)
    return tuple(one for one in AUTO_ORDER if ACCELERATORS[one].provider in build.providers)


def provider_chain(
    device: Device, *, threads: int, cuda_graph: bool = False, cache: Path | None = None
) -> ProviderChain:
    """The execution providers for a device, the CPU as the last one.

    Args:
        device: not `auto`.
        threads: for OpenVINO, which has its own pool.
        cuda_graph: for CUDA: capture the launches of a bound run once and replay them.
        cache: an existing folder for what the provider compiles.
    """
    cpu: ProviderChain = [(CPU_PROVIDER, {})]
    name = ACCELERATORS[device].provider
    match device:
        case Device.CUDA:
            return [(name, {"enable_cuda_graph": "1"} if cuda_graph else {}), *cpu]
        case Device.TENSORRT:
            return [
                (name, _tensorrt_options(cache)),
                (ACCELERATORS[Device.CUDA].provider, {}),
                *cpu,
            ]
        case Device.DIRECTML:
            # Laptops list the saving GPU first.
            return [(name, {"performance_preference": "high_performance"}), *cpu]
        case Device.COREML:
            folder = {} if cache is None else {"ModelCacheDirectory": str(cache)}
            return [(name, {"ModelFormat": "MLProgram", "MLComputeUnits": "ALL", **folder}), *cpu]
        case Device.OPENVINO:
            # With "AUTO", version 1.24 starts, says nothing and takes no node.
            folder = {} if cache is None else {"cache_dir": str(cache)}
            return [(name, {"device_type": "CPU", "num_of_threads": str(threads), **folder}), *cpu]
        case _:
            return cpu


def _tensorrt_options(cache: Path | None) -> dict[str, str]:
    if cache is None:
        return {}
    return {
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(cache),
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(cache),
    }


def default_threads(cpus: int | None = None) -> int:
    """Threads for a network that runs beside tracking and output: half of the CPUs, at least one.

    With two threads to a core that is one thread per core, all that convolutions gain from; on
    two cores the other one is the tracker's.
    """
    if cpus is None:
        known = hasattr(os, "sched_getaffinity")
        cpus = len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1
    return max(1, cpus // 2)
