"""What this machine has, what it lacks, and the command that mends it.

Each check looks at one thing and never raises for what it finds. The main job, `mimicam demo`,
needs the required checks only; cameras, displays and accelerators are extra.
"""

import ctypes
import importlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from realtime.errors import InputError, MimicamError
from realtime.models.devices import ACCELERATORS, Device
from realtime.models.session import device_obstacles
from realtime.models.store import LANDMARKER, FileState, Store
from realtime.runtime.punctual import punctual

LOOPBACK_PARAMETERS = Path("/sys/module/v4l2loopback/parameters")

_REQUIRED_PACKAGES = {
    "av": "av",
    "cv2": "opencv-contrib-python",
    "matplotlib": "matplotlib",
    "mediapipe": "mediapipe",
    "numba": "numba",
    "numpy": "numpy",
    "PIL": "pillow",
}
"""Distributions by the name that is imported."""

_SYSTEM_LIBRARIES = ("libEGL.so.1", "libGLESv2.so.2", "libGL.so.1", "libgthread-2.0.so.0")
_INSTALL_LIBRARIES = {
    "apt-get": "sudo apt-get install -y libegl1 libgles2 libgl1 libglib2.0-0",
    "dnf": "sudo dnf install -y libglvnd-egl libglvnd-gles libglvnd-glx glib2",
    "pacman": "sudo pacman -S --needed libglvnd glib2",
    "zypper": "sudo zypper install -y libEGL1 libGLESv2-2 Mesa-libGL1 libgthread-2_0-0",
}
_FIND_CAMERA = {
    "Linux": "plug one in; `ls -l /dev/video*` shows what the kernel sees",
    "Windows": "plug one in, and allow it in Settings > Privacy & security > Camera",
    "Darwin": "plug one in, and allow it in System Settings > Privacy & Security > Camera",
}
_ALLOW_PRIORITY = (
    'echo "$USER - rtprio 2" | sudo tee /etc/security/limits.d/mimicam.conf (then log out and in)'
)
_JOIN_GROUP = "sudo usermod -a -G video $USER (then log out and in)"


class Health(Enum):
    """What a check found."""

    OK = "ok"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    subject: str
    health: Health
    detail: str
    remedy: str = ""
    "The command that mends it on this system; empty when nothing is wrong."
    required: bool = True
    "Whether `mimicam demo` needs it."


def diagnose(store: Store) -> Iterator[Check]:
    """Every check of this machine, one by one: some take a second."""
    owners = importlib.metadata.packages_distributions()
    yield check_python()
    for module, distribution in _REQUIRED_PACKAGES.items():
        yield check_package(module, distribution, owners)
    if platform.system() == "Linux":
        yield check_system_libraries()
    yield _attempt("H.264 encoder", check_video_encoder)
    yield from check_models(store)
    yield _attempt("face tracking", lambda: check_tracking(store))
    yield _attempt("portrait", check_portrait)
    yield _attempt("camera", check_camera, required=False)
    yield _attempt("virtual camera", check_virtual_camera, required=False)
    yield _attempt("display", check_display, required=False)
    if platform.system() == "Linux":
        yield check_priority()
    yield from check_onnxruntime(owners)


def main_job_can_run(checks: Iterable[Check]) -> bool:
    """Whether all that `mimicam demo` needs is there."""
    return all(check.health is Health.OK for check in checks if check.required)


def _attempt(subject: str, look: Callable[[], Check], *, required: bool = True) -> Check:
    """The check, or what kept it from looking: a package that is not there, mostly."""
    try:
        return look()
    except (MimicamError, ImportError, OSError) as error:
        return Check(subject, Health.BROKEN, str(error), required=required)


def check_python() -> Check:
    """The interpreter."""
    detail = f"{platform.python_version()}, {platform.system()} {platform.machine()}"
    if sys.maxsize < 2**32:
        remedy = "install a 64-bit Python from python.org"
        return Check("Python", Health.BROKEN, f"{detail}, 32 bits", remedy)
    return Check("Python", Health.OK, detail)


def check_package(module: str, distribution: str, owners: Mapping[str, list[str]]) -> Check:
    """Whether a package is there, once, and can be imported.

    Args:
        module: the name that is imported.
        distribution: the name that pip knows.
        owners: which installed distributions bring a module.
    """
    builds = sorted(set(owners.get(module, ())))
    if len(builds) > 1:
        # Each overwrites files of the other, and what is left depends on who came last.
        remedy = f"{_pip('uninstall')} {' '.join(builds)} && {_pip('install')} {distribution}"
        return Check(module, Health.BROKEN, f"installed twice: {', '.join(builds)}", remedy)
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        remedy = f"{_pip('install')} {distribution}"
        return Check(module, Health.MISSING, str(error), remedy)
    except (ImportError, OSError, AttributeError) as error:
        remedy = f"{_pip('install')} --force-reinstall {distribution}"
        if "shared object file" in str(error):
            remedy = _command_for_libraries()
        return Check(module, Health.BROKEN, str(error), remedy)
    build = builds[0] if builds else distribution
    return Check(module, Health.OK, f"{build} {importlib.metadata.version(build)}")


def _pip(action: str) -> str:
    """The command up to the package's name; environments made by uv hold no pip."""
    python = subprocess.list2cmdline([sys.executable])
    if importlib.util.find_spec("pip") is None:
        return f"uv pip {action} --python {python}"
    return f"{python} -m pip {action}{' -y' if action == 'uninstall' else ''}"


def check_system_libraries() -> Check:
    """The shared libraries that MediaPipe and OpenCV link to and a server's Linux lacks."""
    subject = "system libraries"
    missing = []
    for library in _SYSTEM_LIBRARIES:
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(library)
    if not missing:
        return Check(subject, Health.OK, ", ".join(_SYSTEM_LIBRARIES))
    return Check(subject, Health.MISSING, ", ".join(missing), _command_for_libraries())


def _command_for_libraries() -> str:
    commands = (command for tool, command in _INSTALL_LIBRARIES.items() if shutil.which(tool))
    return next(commands, "install the packages that hold them (libglvnd's, and GLib)")


def check_video_encoder() -> Check:
    """PyAV's H.264 encoder."""
    from av import codecs_available

    if "libx264" not in codecs_available:
        remedy = f"{_pip('install')} --force-reinstall --only-binary=:all: av"
        return Check("H.264 encoder", Health.MISSING, "this PyAV has no libx264", remedy)
    return Check("H.264 encoder", Health.OK, "libx264")


def check_models(store: Store) -> Iterator[Check]:
    """Each model file, by its hash."""
    for name in store.models:
        health = Health(store.verify(name).value)
        remedy = "" if health is Health.OK else f"mimicam models pull {name}"
        yield Check(name, health, str(store.file(name)), remedy)


def check_tracking(store: Store) -> Check:
    """Whether the face tracker starts on this machine."""
    from realtime.models.mediapipe_tasks import LandmarkDetector

    if store.verify(LANDMARKER) is not FileState.OK:
        remedy = f"mimicam models pull {LANDMARKER}"
        return Check("face tracking", Health.MISSING, "needs its model file", remedy)
    LandmarkDetector(store.file(LANDMARKER)).close()
    return Check("face tracking", Health.OK, "starts")


def check_portrait() -> Check:
    """The picture that the demo animates."""
    from realtime.demo_portrait import demo_portrait

    try:
        return Check("portrait", Health.OK, str(demo_portrait()))
    except InputError as error:
        remedy = f"{_pip('install')} --force-reinstall matplotlib"
        return Check("portrait", Health.MISSING, str(error), remedy)


def check_camera() -> Check:
    """Cameras to drive with."""
    from realtime.capture.cameras import list_cameras

    cameras = list_cameras()
    if not cameras:
        remedy = _FIND_CAMERA.get(platform.system(), "plug one in")
        return Check("camera", Health.MISSING, "none found", remedy, required=False)
    detail = ", ".join(map(str, cameras))
    if not any(_may_open(camera.device) for camera in cameras):
        detail += ": may not be opened"
        return Check("camera", Health.BROKEN, detail, _JOIN_GROUP, required=False)
    return Check("camera", Health.OK, detail, required=False)


def _may_open(device: int | str) -> bool:
    return isinstance(device, int) or os.access(device, os.R_OK | os.W_OK)


def check_virtual_camera() -> Check:
    """A virtual camera to appear as; opens it for a moment."""
    from realtime.config import Config
    from realtime.output.virtual_camera import VirtualCamera, command_to_make_one

    subject, system = "virtual camera", platform.system()
    make_one = command_to_make_one(system)
    if system == "Linux" and not _has_loopback_device():
        return Check(subject, Health.MISSING, "no v4l2loopback device", make_one, required=False)
    canvas = Config().canvas
    camera = VirtualCamera((canvas.width, canvas.height), canvas.fps)
    detail = f"{camera.device} ({camera.backend})"
    camera.close()
    if system == "Linux" and _lacks_exclusive_caps():
        detail += ", which browsers do not list: exclusive_caps is not set"
        remedy = f"sudo modprobe -r v4l2loopback && {make_one}"
        return Check(subject, Health.BROKEN, detail, remedy, required=False)
    return Check(subject, Health.OK, detail, required=False)


def _has_loopback_device() -> bool:
    from realtime.output.loopback import loopback_devices

    return bool(loopback_devices())


def _lacks_exclusive_caps() -> bool:
    """Whether the module says, device by device, that none is a capture device only."""
    parameter = LOOPBACK_PARAMETERS / "exclusive_caps"
    return parameter.is_file() and "Y" not in parameter.read_text()


def check_display(environment: Mapping[str, str] = os.environ) -> Check:
    """A screen for the live window."""
    from realtime.output.display import display_missing

    reason, _, remedy = (display_missing(environment) or "").rpartition("; ")
    if reason:
        return Check("display", Health.MISSING, reason, remedy, required=False)
    name = environment.get("DISPLAY") or platform.system()
    return Check("display", Health.OK, name, required=False)


def check_priority() -> Check:
    """Whether pictures are sent on time however busy other programs are."""
    with punctual() as granted:
        pass
    if granted:
        return Check("priority", Health.OK, "goes before other programs", required=False)
    detail = "may not go before other programs: pictures may be late on a busy machine"
    return Check("priority", Health.MISSING, detail, _ALLOW_PRIORITY, required=False)


def check_onnxruntime(owners: Mapping[str, list[str]]) -> Iterator[Check]:
    """What neural renderers run on; the mesh renderer needs none of it."""
    check = check_package("onnxruntime", "onnxruntime", owners)
    yield replace(check, subject="ONNX Runtime", required=False)
    if check.health is Health.OK:
        for device in Device:
            if device is not Device.AUTO and platform.system() in ACCELERATORS[device].systems:
                yield check_device(device)


def check_device(device: Device) -> Check:
    """Whether ONNX Runtime can start its execution provider for a device."""
    found = device_obstacles(device)
    if not found:
        return Check(str(device), Health.OK, ACCELERATORS[device].provider, required=False)
    detail = "; ".join(obstacle.what for obstacle in found)
    remedy = found[0].remedy(_pip("uninstall"), _pip("install"))
    return Check(str(device), Health.MISSING, detail, remedy, required=False)
