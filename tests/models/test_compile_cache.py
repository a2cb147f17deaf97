import importlib.metadata
import subprocess
from pathlib import Path

import pytest

from realtime.errors import ModelError
from realtime.models.compile_cache import compile_cache, gpu_name
from realtime.models.devices import Device


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """An NVIDIA H200 with TensorRT 10.16."""
    found = subprocess.CompletedProcess([], 0, stdout="NVIDIA H200\nNVIDIA H200\n")
    monkeypatch.setattr(subprocess, "run", lambda *args, **options: found)
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "10.16")


@pytest.mark.usefixtures("gpu")
def test_an_engine_fits_one_model_version_and_gpu(tmp_path: Path) -> None:
    folder = compile_cache(tmp_path, Device.TENSORRT, b"model", "1.31.1")
    assert folder is not None
    assert folder.is_dir()
    assert folder.name == ("tensorrt-onnxruntime1.31.1-tensorrt10.16-NVIDIA_H200-9372c470eeadd5ec")


def test_each_model_and_version_has_its_own_folder(tmp_path: Path) -> None:
    folders = {
        compile_cache(tmp_path, device, model, version)
        for device in (Device.COREML, Device.OPENVINO)
        for model in (b"one", b"two")
        for version in ("1.31.1", "1.31.2")
    }
    assert len(folders) == 8
    assert set(tmp_path.iterdir()) == folders


def test_a_file_counts_by_what_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(b"model")
    assert compile_cache(tmp_path, Device.OPENVINO, file, "1") == compile_cache(
        tmp_path, Device.OPENVINO, b"model", "1"
    )


@pytest.mark.parametrize("device", [Device.CPU, Device.CUDA, Device.DIRECTML])
def test_what_compiles_nothing_has_no_folder(device: Device, tmp_path: Path) -> None:
    assert compile_cache(tmp_path, device, b"model", "1") is None
    assert list(tmp_path.iterdir()) == []


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot read .*missing\.onnx \(No such file"):
        compile_cache(tmp_path, Device.OPENVINO, tmp_path / "missing.onnx", "1")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_bytes(b"")
    with pytest.raises(ModelError, match=r"cannot write to .*MIMICAM_HOME"):
        compile_cache(occupied, Device.OPENVINO, b"model", "1")


def test_a_gpu_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*args: object, **options: object) -> None:
        raise FileNotFoundError("nvidia-smi")

    monkeypatch.setattr(subprocess, "run", absent)
    assert gpu_name() == "unknown"
