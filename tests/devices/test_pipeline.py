"""From a webcam to a virtual camera on a real kernel, watched by programs of others."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.capture.cameras import CameraInfo, list_cameras
from tests.devices import marker
from tests.devices.programs import running
from tests.devices.show import FPS, SIZE
from tests.devices.viewer import Sight, Viewer, longest_gap_s, rate

WEBCAM, VIRTUAL = "/dev/video0", "/dev/video10"
DRIVER = Path("/sys/bus/platform/drivers/vivid")
PATIENCE_S = 60.0
GAP_S = 1.0
"""No picture for longer than that would show; an emulated processor alone makes gaps of 0.5 s."""

BACK_S = 10.0
"""The longest pause between two looks for the webcam is 2 s, and an emulated one starts slowly."""

Note = Callable[[str], None]


@pytest.fixture(scope="module")
def pipeline() -> Iterator[subprocess.Popen[str]]:
    with running("show", WEBCAM, VIRTUAL) as program:
        yield program
        assert program.poll() is None
    assert program.returncode == 0


@pytest.fixture
def viewer(pipeline: subprocess.Popen[str]) -> Iterator[Viewer]:
    with Viewer(VIRTUAL, SIZE[0]) as viewer:
        viewer.wait_for(lambda sights: bool(sights and sights[-1].number), PATIENCE_S)
        yield viewer
    assert f"{SIZE[0]}x{SIZE[1]}" in viewer.close()


def numbers(sights: list[Sight]) -> list[int]:
    found = [sight.number for sight in sights]
    assert None not in found, "something else than the avatar was sent"
    return [number for number in found if number is not None]


def test_ffmpeg_gets_every_picture_in_order(viewer: Viewer, least_rate: float, note: Note) -> None:
    sights = viewer.more(100, PATIENCE_S)
    steps = np.diff(numbers(sights))
    webcam_rate = steps.sum() / (sights[-1].at_s - sights[0].at_s)
    note(
        f"ffmpeg: {rate(sights):.1f} pictures a second, longest gap {longest_gap_s(sights):.2f} s; "
        f"the webcam gave {webcam_rate:.1f}"
    )
    assert steps.min() >= 0
    assert least_rate * FPS < webcam_rate < 1.1 * FPS
    assert least_rate * FPS < rate(sights) < 1.1 * FPS


def test_opencv_gets_the_size_the_number_and_the_colour(
    pipeline: subprocess.Popen[str], least_rate: float, note: Note
) -> None:
    camera = cv2.VideoCapture(VIRTUAL, cv2.CAP_V4L2)
    pictures = [camera.read() for _ in range(10)]
    started_s = time.monotonic()
    pictures += [camera.read() for _ in range(50)]
    per_second = 50 / (time.monotonic() - started_s)
    camera.release()
    note(f"OpenCV: {per_second:.1f} pictures a second")
    assert all(whole for whole, _ in pictures)
    assert {bgr.shape for _, bgr in pictures} == {(SIZE[1], SIZE[0], 3)}
    found = [marker.read(np.asarray(bgr[SIZE[1] // 4, :, 1], np.uint8)) for _, bgr in pictures]
    steps = np.diff(np.array(found, float))
    assert steps.min() >= 0
    assert steps.max() > 0
    for _, bgr in pictures:
        colour = bgr[SIZE[1] * 3 // 4, SIZE[0] // 2, ::-1].astype(int)
        assert colour == pytest.approx(marker.COLOUR, abs=8)
    assert least_rate * FPS < per_second < 1.1 * FPS


def reconnections() -> int:
    """How often vivid came back after it pretended to be pulled out."""
    kernel = subprocess.run(["dmesg"], capture_output=True, text=True, check=True)
    return kernel.stdout.count("vivid-000: reconnect")


def test_a_webcam_that_fails_is_opened_again(
    viewer: Viewer, pipeline: subprocess.Popen[str], note: Note
) -> None:
    before = reconnections()
    # From now on vivid fails, until the last program that holds it has let go.
    subprocess.run(["v4l2-ctl", "-d", WEBCAM, "--set-ctrl", "disconnect=1"], check=True)
    failed_s = time.monotonic()
    while reconnections() == before:
        viewer.more(5, PATIENCE_S)
    last = numbers(viewer.more(5, PATIENCE_S))[-1]
    sights = viewer.wait_for(lambda sights: (sights[-1].number or 0) > last, PATIENCE_S)
    note(f"webcam fails: moved again within {time.monotonic() - failed_s:.1f} s")
    assert longest_gap_s([sight for sight in sights if sight.at_s > failed_s]) < GAP_S
    assert pipeline.poll() is None


def test_an_unplugged_webcam_is_picked_up_again(
    viewer: Viewer, pipeline: subprocess.Popen[str], least_rate: float, note: Note
) -> None:
    viewer.more(25, PATIENCE_S)
    (DRIVER / "unbind").write_text("vivid.0")
    assert not list_cameras()
    viewer.more(25, PATIENCE_S)  # what was under way arrives
    away = viewer.more(50, PATIENCE_S)
    last = numbers(away)[-1]
    (DRIVER / "bind").write_text("vivid.0")
    plugged_in_s = time.monotonic()
    assert list_cameras() == [CameraInfo(WEBCAM, "vivid-000-vid-cap")]
    viewer.wait_for(lambda sights: sights[-1].number != last, PATIENCE_S)
    back_s = time.monotonic() - plugged_in_s
    back = viewer.more(50, PATIENCE_S)
    note(
        f"webcam unplugged: {rate(away):.1f} pictures a second, longest gap "
        f"{longest_gap_s(away):.2f} s; moved again {back_s:.1f} s after plugging in, then "
        f"{rate(back):.1f} pictures a second"
    )
    assert set(numbers(away)) == {last}
    assert least_rate * FPS < rate(away) < 1.1 * FPS
    assert longest_gap_s(away) < GAP_S
    assert back_s < BACK_S
    assert np.diff(numbers(back)).max() > 0
    assert least_rate * FPS < rate(back) < 1.1 * FPS
    assert pipeline.poll() is None
