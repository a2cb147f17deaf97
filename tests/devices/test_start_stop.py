"""Feeding one loopback device again and again, on the v4l2loopback that is installed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import pyvirtualcam

from realtime.doctor import Health, check_virtual_camera
from realtime.errors import DeviceError
from realtime.output.virtual_camera import VirtualCamera
from realtime.types import Picture
from tests.devices import marker
from tests.devices.feed import FPS, SIZE
from tests.devices.programs import running
from tests.devices.viewer import Viewer

DEVICE = "/dev/video10"
PATIENCE_S = 30.0
RESTARTS = 10
PER_RUN = 1000
"""Each run counts from its own thousand."""


@contextmanager
def fed(run: int, size: tuple[int, int] = SIZE) -> Iterator[VirtualCamera]:
    """A virtual camera that a thread feeds with the numbers of this run."""
    camera = VirtualCamera(size, FPS, device=DEVICE)
    started, enough = threading.Event(), threading.Event()

    def feed() -> None:
        pixels = np.empty((size[1], size[0], 3), np.uint8)
        number = run * PER_RUN
        while not enough.is_set():
            marker.draw(number, pixels)
            camera.send(Picture(pixels, number, None))
            started.set()
            number += 1
            enough.wait(1 / FPS)

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        assert started.wait(PATIENCE_S)
        yield camera
    finally:
        enough.set()
        thread.join()
        camera.close()


def watch(viewer: Viewer, run: int) -> None:
    """Wait until a viewer has seen pictures of a run."""
    low, high = run * PER_RUN, (run + 1) * PER_RUN
    viewer.wait_for(
        lambda sights: sum(low <= (sight.number or -1) < high for sight in sights) >= 5,
        PATIENCE_S,
    )


def test_what_pyvirtualcam_alone_leaves_behind_is_mended() -> None:
    camera = pyvirtualcam.Camera(*SIZE, FPS, device=DEVICE)
    camera.send(np.zeros((SIZE[1], SIZE[0], 3), np.uint8))
    camera.close()
    try:
        pyvirtualcam.Camera(*SIZE, FPS, device=DEVICE).close()
    except RuntimeError as error:
        assert "is not a video output device" in str(error)  # noqa: PT017 - newer drivers raise none
    else:
        pytest.skip("this v4l2loopback, newer than 0.12, leaves nothing to mend")
    VirtualCamera(SIZE, FPS, device=DEVICE).close()
    pyvirtualcam.Camera(*SIZE, FPS, device=DEVICE).close()


def test_ten_restarts_before_one_viewer(note: Callable[[str], None]) -> None:
    with fed(1):
        viewer = Viewer(DEVICE, SIZE[0])
        watch(viewer, 1)
    with viewer:
        for run in range(2, 2 + RESTARTS):
            with fed(run):
                watch(viewer, run)
        assert viewer.watches
        seen = [sight.number for sight in viewer.sights]
    runs = sorted({number // PER_RUN for number in seen if number is not None})
    assert runs == list(range(1, 2 + RESTARTS))
    assert None not in seen
    note(f"restarts: one viewer saw {len(seen)} pictures of {len(runs)} runs")


def test_ten_restarts_without_a_viewer() -> None:
    for run in range(RESTARTS):
        with fed(run + 1), Viewer(DEVICE, SIZE[0]) as viewer:
            watch(viewer, run + 1)


def test_a_killed_feeder_before_a_viewer_leaves_the_device_usable() -> None:
    with running("feed", DEVICE) as program:
        viewer = Viewer(DEVICE, SIZE[0])
        viewer.more(5, PATIENCE_S)
        program.kill()
        program.wait()
    with viewer, fed(3):
        watch(viewer, 3)


def test_a_viewer_that_stays_keeps_the_size() -> None:
    with fed(1):
        viewer = Viewer(DEVICE, SIZE[0])
        watch(viewer, 1)
    # From 0.13 on the driver itself says no.
    reason = r"holds it at 640x480 YU12: .*fuser -v|does not take 320x240.*fuser -v"
    with viewer, pytest.raises(DeviceError, match=reason):
        VirtualCamera((320, 240), FPS, device=DEVICE)
    with fed(2, (320, 240)), Viewer(DEVICE, 320) as small:
        watch(small, 2)


def test_a_second_feeder_is_told_who_to_ask() -> None:
    with fed(1), pytest.raises(DeviceError, match=r"fuser -v /dev/video"):
        VirtualCamera(SIZE, FPS, device=DEVICE)


def test_the_doctor_finds_the_device_and_leaves_it_usable() -> None:
    for _ in range(3):
        check = check_virtual_camera()
        assert (check.health, check.remedy) == (Health.OK, "")
        assert DEVICE in check.detail
        with fed(1), pytest.raises(DeviceError, match=r"fuser -v /dev/video"):
            check_virtual_camera()
