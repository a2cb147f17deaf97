"""Folders for what an execution provider compiles of a model: made once, valid for one machine."""

import hashlib
import importlib.metadata
import re
import subprocess
from pathlib import Path

from realtime.errors import ModelError
from realtime.models.devices import Device

_COMPILING = (Device.TENSORRT, Device.COREML, Device.OPENVINO)


def compile_cache(
    cache: Path, device: Device, model: Path | bytes, runtime_version: str
) -> Path | None:
    """The folder for a model on a device, made; None for a device that compiles nothing.

    What is compiled fits one model, one version of the compiler and one GPU, so all of them are in
    the folder's name.

    Args:
        cache: the folder of all these folders.
        device: not `auto`.
        model: a file or what is in it.
        runtime_version: ONNX Runtime's.

    Raises:
        ModelError: the model cannot be read, or the folder cannot be made.
    """
    if device not in _COMPILING:
        return None
    words = [device, f"onnxruntime{runtime_version}", _sha256(model)[:16]]
    if device is Device.TENSORRT:
        words[2:2] = [f"tensorrt{_version('tensorrt')}", gpu_name()]
    folder = cache / "-".join(re.sub(r"[^A-Za-z0-9.]+", "_", word) for word in words)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot write to {folder} ({error.strerror}); set MIMICAM_HOME to another folder"
        raise ModelError(message) from error
    return folder


def gpu_name() -> str:
    """The first NVIDIA GPU's name, as its driver's tool has it."""
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        output = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return output.stdout.partition("\n")[0].strip()


def _sha256(model: Path | bytes) -> str:
    if isinstance(model, bytes):
        return hashlib.sha256(model).hexdigest()
    try:
        with model.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"cannot read {model} ({error.strerror})") from error


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
