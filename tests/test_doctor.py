import ctypes
import importlib
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from realtime import demo_portrait, doctor
from realtime.capture import cameras
from realtime.capture.cameras import CameraInfo
from realtime.doctor import Check, Health, diagnose, main_job_can_run
from realtime.errors import DeviceError, InputError
from realtime.models.devices import Device, Obstacle
from realtime.models.store import Store
from realtime.output import loopback as loopback_module
from realtime.output import virtual_camera


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda name: monkeypatch.setattr(platform, "system", lambda: name)


def by_subject(checks: list[Check]) -> dict[str, Check]:
    return {check.subject: check for check in checks}


def test_this_machine_can_run_the_demo(landmarker_path: Path, segmenter_path: Path) -> None:
    checks = list(diagnose(Store()))
    bad = [check for check in checks if check.required and check.health is not Health.OK]
    assert bad == []
    assert main_job_can_run(checks)
    assert by_subject(checks)["face tracking"].detail == "starts"
    assert all(check.remedy for check in checks if check.health is Health.MISSING)


def test_missing_models_stop_the_demo(tmp_path: Path) -> None:
    checks = list(diagnose(Store(tmp_path)))
    found = by_subject(checks)
    assert found["face_landmarker.task"].health is Health.MISSING
    assert found["face_landmarker.task"].remedy == "mimicam models pull face_landmarker.task"
    assert found["face tracking"].health is Health.MISSING
    assert not main_job_can_run(checks)


def test_a_damaged_model_is_broken(tmp_path: Path) -> None:
    store = Store(tmp_path)
    file = store.file("selfie_segmenter.tflite")
    file.parent.mkdir()
    file.write_bytes(b"not a model")
    found = by_subject(list(doctor.check_models(store)))["selfie_segmenter.tflite"]
    assert found == Check(
        "selfie_segmenter.tflite",
        Health.BROKEN,
        str(file),
        "mimicam models pull selfie_segmenter.tflite",
    )


@pytest.mark.parametrize(
    ("health", "required", "can_run"),
    [
        (Health.OK, True, True),
        (Health.MISSING, True, False),
        (Health.BROKEN, True, False),
        (Health.MISSING, False, True),
        (Health.BROKEN, False, True),
    ],
)
def test_only_required_checks_decide(health: Health, required: bool, can_run: bool) -> None:
    fine = Check("other", Health.OK, "")
    assert main_job_can_run([fine, Check("this", health, "", required=required)]) is can_run


def test_an_absent_package_is_missing() -> None:
    check = doctor.check_package("no_such_module", "no-such-thing", {})
    assert check.health is Health.MISSING
    assert check.remedy == f"{sys.executable} -m pip install no-such-thing"


def test_a_package_that_lacks_a_system_library_is_not_installed_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load(name: str) -> None:
        raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(importlib, "import_module", load)
    monkeypatch.setattr(shutil, "which", lambda tool: tool if tool == "apt-get" else None)
    check = doctor.check_package("cv2", "opencv-contrib-python", {})
    assert (check.health, check.remedy.split()[:2]) == (Health.BROKEN, ["sudo", "apt-get"])


def test_without_pip_the_remedy_is_uvs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    check = doctor.check_package("no_such_module", "no-such-thing", {})
    assert check.remedy == f"uv pip install --python {sys.executable} no-such-thing"


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(ImportError("libstdc++.so.6: version not found"), id="shared library"),
        pytest.param(AttributeError("module 'cv2' has no attribute 'dnn'"), id="mixed builds"),
    ],
)
def test_a_package_that_does_not_import_is_broken(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str) -> None:
        raise error

    monkeypatch.setattr(importlib, "import_module", fail)
    check = doctor.check_package("cv2", "opencv-contrib-python", {})
    assert check.health is Health.BROKEN
    assert check.detail == str(error)
    assert check.remedy.endswith("install --force-reinstall opencv-contrib-python")


def test_two_builds_of_one_package_are_broken() -> None:
    owners = {"cv2": ["opencv-python", "opencv-contrib-python", "opencv-python"]}
    check = doctor.check_package("cv2", "opencv-contrib-python", owners)
    assert check.health is Health.BROKEN
    assert check.detail == "installed twice: opencv-contrib-python, opencv-python"
    assert "uninstall -y opencv-contrib-python opencv-python" in check.remedy
    assert check.remedy.endswith("install opencv-contrib-python")


def test_missing_system_libraries_name_this_systems_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load(name: str) -> None:
        if name == "libGLESv2.so.2":
            raise OSError("cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setattr(shutil, "which", lambda tool: tool if tool == "apt-get" else None)
    check = doctor.check_system_libraries()
    assert (check.health, check.detail) == (Health.MISSING, "libGLESv2.so.2")
    assert check.remedy == "sudo apt-get install -y libegl1 libgles2 libgl1 libglib2.0-0"
    monkeypatch.setattr(shutil, "which", lambda tool: tool if tool == "dnf" else None)
    assert doctor.check_system_libraries().remedy.startswith("sudo dnf install")


def test_an_encoder_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("av.codecs_available", {"mpeg4"})
    check = doctor.check_video_encoder()
    assert check.health is Health.MISSING
    assert check.required


def test_the_demos_portrait_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> Path:
        raise InputError("the built-in portrait is missing")

    monkeypatch.setattr(demo_portrait, "demo_portrait", absent)
    check = doctor.check_portrait()
    assert (check.health, check.required) == (Health.MISSING, True)
    assert check.detail == "the built-in portrait is missing"
    assert check.remedy.endswith("install --force-reinstall matplotlib")


def test_cameras_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [CameraInfo(0, "Integrated"), CameraInfo(1, "USB")]
    monkeypatch.setattr(cameras, "list_cameras", lambda: found)
    check = doctor.check_camera()
    assert check == Check("camera", Health.OK, "0 (Integrated), 1 (USB)", required=False)


def test_a_camera_without_permission_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cameras, "list_cameras", lambda: [CameraInfo("/dev/video0", "USB")])
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    check = doctor.check_camera()
    assert check.health is Health.BROKEN
    assert "usermod -a -G video" in check.remedy


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("Linux", "/dev/video"), ("Windows", "Settings > Privacy"), ("Darwin", "System Settings")],
)
def test_no_camera_names_this_systems_remedy(
    name: str, remedy: str, system: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    system(name)
    monkeypatch.setattr(cameras, "list_cameras", list)
    check = doctor.check_camera()
    assert (check.health, check.required) == (Health.MISSING, False)
    assert remedy in check.remedy


@pytest.fixture
def loopback(
    tmp_path: Path, system: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A Linux with one loopback device; the folder of the module's parameters."""
    system("Linux")
    monkeypatch.setattr(loopback_module, "loopback_devices", lambda: ["/dev/video10"])
    monkeypatch.setattr(doctor, "LOOPBACK_PARAMETERS", tmp_path)
    return tmp_path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Makes virtual cameras open; what happened to them."""
    events: list[str] = []

    def open_camera(size: tuple[int, int], fps: float) -> SimpleNamespace:
        events.append(f"open {size[0]}x{size[1]}")
        return SimpleNamespace(
            device="/dev/video10", backend="v4l2loopback", close=lambda: events.append("close")
        )

    monkeypatch.setattr(virtual_camera, "VirtualCamera", open_camera)
    return events


def test_a_virtual_camera_is_opened_and_closed(loopback: Path, opened: list[str]) -> None:
    (loopback / "exclusive_caps").write_text("Y,N,N,N,N,N,N,N\n")
    check = doctor.check_virtual_camera()
    assert (check.health, check.detail) == (Health.OK, "/dev/video10 (v4l2loopback)")
    assert opened == ["open 1280x720", "close"]


def test_a_loopback_without_exclusive_caps_is_broken(loopback: Path, opened: list[str]) -> None:
    (loopback / "exclusive_caps").write_text("N,N,N,N,N,N,N,N\n")
    check = doctor.check_virtual_camera()
    assert check.health is Health.BROKEN
    assert "browsers do not list" in check.detail
    assert check.remedy.startswith("sudo modprobe -r v4l2loopback && sudo modprobe v4l2loopback")
    assert "exclusive_caps=1" in check.remedy


def test_no_loopback_device_is_missing(
    system: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    system("Linux")
    monkeypatch.setattr(loopback_module, "loopback_devices", list)
    check = doctor.check_virtual_camera()
    assert (check.health, check.required) == (Health.MISSING, False)
    assert "modprobe v4l2loopback" in check.remedy
    assert "exclusive_caps=1" in check.remedy


def test_what_keeps_a_check_from_looking_is_its_finding(
    landmarker_path: Path, loopback: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(size: tuple[int, int], fps: float) -> None:
        raise DeviceError("cannot open any virtual camera (in use): end the other program")

    def fail(model: Path) -> None:
        raise ImportError("mediapipe is half there")

    monkeypatch.setattr(virtual_camera, "VirtualCamera", refuse)
    monkeypatch.setattr("realtime.models.mediapipe_tasks.LandmarkDetector", fail)
    found = by_subject(list(diagnose(Store())))
    camera, tracking = found["virtual camera"], found["face tracking"]
    assert (camera.health, camera.required) == (Health.BROKEN, False)
    assert "in use" in camera.detail
    assert (tracking.health, tracking.required) == (Health.BROKEN, True)
    assert tracking.detail == "mediapipe is half there"


@pytest.mark.parametrize(
    ("system_name", "environment", "health"),
    [
        pytest.param("linux", {"WAYLAND_DISPLAY": "wayland-0"}, Health.MISSING, id="Wayland"),
        pytest.param("linux", {"DISPLAY": ""}, Health.MISSING, id="server"),
        pytest.param("win32", {}, Health.OK, id="Windows"),
        pytest.param("darwin", {}, Health.OK, id="macOS"),
    ],
)
def test_a_display_that_no_window_can_open_on_is_missing(
    monkeypatch: pytest.MonkeyPatch, system_name: str, environment: dict[str, str], health: Health
) -> None:
    monkeypatch.setattr(sys, "platform", system_name)
    check = doctor.check_display(environment)
    assert (check.health, check.required) == (health, False)
    assert check.remedy == (
        "" if health is Health.OK else "run it on a desktop, or without a window"
    )


def test_a_display_on_which_a_window_opens_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.output.display.display_missing", lambda _: None)
    check = doctor.check_display({"DISPLAY": ":7"})
    assert (check.health, check.detail, check.required) == (Health.OK, ":7", False)


@pytest.mark.parametrize("granted", [True, False])
def test_who_may_not_go_first_is_told_how_to(
    granted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "punctual", lambda: nullcontext(granted))
    check = doctor.check_priority()
    assert (check.subject, check.required) == ("priority", False)
    assert check.health is (Health.OK if granted else Health.MISSING)
    assert ("rtprio 2" in check.remedy) is not granted


@pytest.fixture
def onnxruntime_owners() -> dict[str, list[str]]:
    # Any installed distribution may stand for the one that owns the module.
    return {"onnxruntime": ["numpy"]}


def test_each_device_of_this_system_is_tried(
    onnxruntime_owners: dict[str, list[str]],
    system: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system("Linux")
    monkeypatch.setattr(doctor, "device_obstacles", lambda device: [])
    found = list(doctor.check_onnxruntime(onnxruntime_owners))
    assert [check.subject for check in found] == [
        "ONNX Runtime",
        "cuda",
        "tensorrt",
        "openvino",
        "cpu",
    ]
    assert {(check.health, check.required) for check in found} == {(Health.OK, False)}
    assert found[1].detail == "CUDAExecutionProvider"
    system("Darwin")
    found = list(doctor.check_onnxruntime(onnxruntime_owners))
    assert [check.subject for check in found] == ["ONNX Runtime", "coreml", "cpu"]


def test_a_device_that_does_not_start_names_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    obstacles = [
        Obstacle("libcublasLt.so.13 is missing", requirement="onnxruntime-gpu[cuda,cudnn]"),
        Obstacle("something else", "sleep"),
    ]
    monkeypatch.setattr(doctor, "device_obstacles", lambda device: obstacles)
    assert doctor.check_device(Device.CUDA) == Check(
        "cuda",
        Health.MISSING,
        "libcublasLt.so.13 is missing; something else",
        f'{sys.executable} -m pip install "onnxruntime-gpu[cuda,cudnn]"',
        required=False,
    )


def test_two_onnxruntimes_break_each_other() -> None:
    (check,) = doctor.check_onnxruntime({"onnxruntime": ["onnxruntime", "onnxruntime-gpu"]})
    assert (check.subject, check.health, check.required) == ("ONNX Runtime", Health.BROKEN, False)
    assert "installed twice" in check.detail


def test_the_demo_does_without_onnxruntime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    (check,) = doctor.check_onnxruntime({})
    assert (check.health, check.required) == (Health.MISSING, False)
    assert check.remedy.endswith("install onnxruntime")
