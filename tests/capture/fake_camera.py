"""A camera that can be unplugged, and the system's list of cameras."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.capture import cameras
from realtime.types import RGB

BGR = (10, 120, 230)
"What the fake camera films, as OpenCV hands it over."


class FakeCamera:
    """Stands for `cv2.VideoCapture` and for the machine's one camera behind it.

    Calling it opens the device. The blue channel of its pictures counts them.
    """

    def __init__(self, *, size: tuple[int, int] = (16, 12), told_fps: float = 30.0) -> None:
        self.size = size
        self.told_fps = told_fps
        self.plugged = True
        self.sends = True
        self.broken_pictures: set[int] = set()
        "Numbers of the grabs whose pictures do not decode."
        self.on_grab: Callable[[], None] = lambda: None
        self.on_retrieve: Callable[[], None] = lambda: None
        self.opened: list[tuple[int | str, int]] = []
        self.captures: list[FakeCapture] = []
        self.grabs = 0

    def __call__(self, device: int | str, backend: int) -> "FakeCapture":
        self.opened.append((device, backend))
        self.captures.append(FakeCapture(self))
        return self.captures[-1]


class FakeCapture:
    def __init__(self, camera: FakeCamera) -> None:
        self._camera = camera
        self._open = camera.plugged
        self._grabbing = False
        self.asked: dict[int, float] = {}
        self.releases = 0

    def isOpened(self) -> bool:
        return self._open

    def set(self, prop: int, value: float) -> bool:
        self.asked[prop] = value
        return True

    def get(self, prop: int) -> float:
        return self._camera.told_fps if prop == cv2.CAP_PROP_FPS else 0.0

    def grab(self) -> bool:
        assert not self.releases
        self._grabbing = True
        self._camera.on_grab()
        self._grabbing = False
        self._camera.grabs += 1
        return self._camera.plugged and self._camera.sends

    def retrieve(self, image: RGB | None) -> tuple[bool, RGB]:
        self._camera.on_retrieve()
        width, height = self._camera.size
        if image is None or image.shape != (height, width, 3):
            image = np.empty((height, width, 3), np.uint8)
        image[...] = BGR
        image[..., 0] = self._camera.grabs % 256
        return self._camera.grabs not in self._camera.broken_pictures, image

    def release(self) -> None:
        assert not self._grabbing, "OpenCV crashes when a device is freed while it is read"
        self.releases += 1


@pytest.fixture
def on_linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Linux whose list of cameras is empty; the folder where `plug` adds to it."""
    sysfs = tmp_path / "class"
    sysfs.mkdir()
    monkeypatch.setattr(cameras, "_SYSFS", sysfs)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    return sysfs


def plug(sysfs: Path, number: int, name: str, *, index: int = 0, loopback: bool = False) -> None:
    bus = "virtual" if loopback else "pci0000:00"
    node = sysfs.parent / "devices" / bus / f"video{number}"
    node.mkdir(parents=True)
    (node / "name").write_text(f"{name}\n")
    (node / "index").write_text(f"{index}\n")
    (sysfs / node.name).symlink_to(node)
