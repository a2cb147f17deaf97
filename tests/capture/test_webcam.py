import threading
from pathlib import Path

import cv2
import pytest

from realtime.capture import EndOfSource
from realtime.capture.webcam import Webcam
from realtime.errors import DeviceError
from realtime.types import Frame
from tests.capture.fake_camera import BGR, FakeCamera, plug
from tests.fakes import GUARD_S, ManualClock

MS = 1_000_000
pytestmark = pytest.mark.usefixtures("on_linux")


def open_webcam(camera: FakeCamera, clock: ManualClock, device: int | str = 0) -> Webcam:
    return Webcam(device, (640, 480), 30.0, clock, camera)


def next_frame(webcam: Webcam) -> Frame:
    read = webcam.read()
    assert read is not None
    return read


def test_asks_for_format_size_rate_and_a_short_queue() -> None:
    camera = FakeCamera()

    open_webcam(camera, ManualClock(), device=2)

    assert camera.opened == [("/dev/video2", cv2.CAP_V4L2)]
    assert camera.captures[0].asked == {
        cv2.CAP_PROP_FPS: 30.0,
        cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"MJPG"),
        cv2.CAP_PROP_FRAME_WIDTH: 640,
        cv2.CAP_PROP_FRAME_HEIGHT: 480,
        cv2.CAP_PROP_BUFFERSIZE: 2,
    }


def test_opens_by_name(on_linux: Path) -> None:
    plug(on_linux, 4, "Logitech Brio")
    camera = FakeCamera()

    open_webcam(camera, ManualClock(), device="brio")

    assert camera.opened == [("/dev/video4", cv2.CAP_V4L2)]


def test_frames_are_rgb_counted_and_stamped_before_they_are_decoded() -> None:
    clock, camera = ManualClock(1000 * MS), FakeCamera()
    camera.on_grab = lambda: clock.advance(33 * MS)
    camera.on_retrieve = lambda: clock.advance(5 * MS)
    webcam = open_webcam(camera, clock)

    for index in range(3):
        grabbed_ns = clock.now_ns() + 33 * MS
        frame = next_frame(webcam)
        assert (frame.sequence, frame.captured_ns) == (index, grabbed_ns)
        assert frame.pixels.shape == (12, 16, 3)
        assert (frame.pixels == (BGR[2], BGR[1], camera.grabs)).all()


def test_the_rate_is_promised_first_and_then_measured() -> None:
    clock, camera = ManualClock(), FakeCamera(told_fps=30.0)
    webcam = open_webcam(camera, clock)
    assert webcam.fps == 30.0

    camera.on_grab = lambda: clock.advance(40 * MS)
    for _ in range(12):
        next_frame(webcam)
    assert webcam.fps == pytest.approx(25.0)

    camera.on_grab = lambda: clock.advance(100 * MS)  # the light went down
    for _ in range(40):
        next_frame(webcam)
    assert webcam.fps == pytest.approx(10.0)


def test_a_camera_that_promises_no_rate_gets_the_one_asked_for() -> None:
    assert open_webcam(FakeCamera(told_fps=0.0), ManualClock()).fps == 30.0


def test_pixels_stay_valid_until_the_fourth_read_after_and_are_used_again() -> None:
    webcam = open_webcam(FakeCamera(), ManualClock())

    held: list[tuple[Frame, int]] = []
    addresses = set()
    for _ in range(20):
        frame = next_frame(webcam)
        held = [*held, (frame, int(frame.pixels[0, 0, 2]))][-4:]
        addresses.add(frame.pixels.ctypes.data)
        for earlier, count in held:
            assert (earlier.pixels[..., 2] == count).all()
    assert len(addresses) == 4


def test_unplugged_it_looks_again_ever_less_often_and_goes_on_when_it_is_back() -> None:
    clock, camera = ManualClock(), FakeCamera()
    webcam = open_webcam(camera, clock)
    assert next_frame(webcam).sequence == 0

    camera.plugged = False
    assert webcam.read() is None
    assert camera.captures[0].releases == 1
    tries_ms = []
    while clock.now_ns() < 9000 * MS:
        tries, began_ns = len(camera.opened), clock.now_ns()
        assert webcam.read() is None
        assert clock.now_ns() - began_ns <= 250 * MS
        if len(camera.opened) > tries:
            tries_ms.append(clock.now_ns() // MS)
    assert tries_ms == [250, 750, 1750, 3750, 5750, 7750]

    camera.plugged = True
    camera.size = (8, 6)  # another one in its place
    while (frame := webcam.read()) is None:
        assert clock.now_ns() < 11_000 * MS
    assert frame.sequence == 1
    assert frame.pixels.shape == (6, 8, 3)
    assert all(capture.releases == 1 for capture in camera.captures[:-1])
    assert camera.captures[-1].releases == 0

    camera.plugged = False
    lost_ns = clock.now_ns()
    tries = len(camera.opened)
    while len(camera.opened) == tries:
        assert webcam.read() is None
    assert clock.now_ns() - lost_ns == 250 * MS  # patience starts anew


def test_a_camera_that_comes_back_without_pictures_is_not_opened_all_the_time() -> None:
    clock, camera = ManualClock(), FakeCamera()
    webcam = open_webcam(camera, clock)
    camera.sends = False

    while clock.now_ns() < 8000 * MS:
        assert webcam.read() is None

    assert len(camera.opened) == 1 + 6  # after 0.25, 0.75, 1.75, 3.75, 5.75 and 7.75 s


def test_the_time_away_is_not_part_of_the_measured_rate() -> None:
    clock, camera = ManualClock(), FakeCamera()
    camera.on_grab = lambda: clock.advance(40 * MS)
    webcam = open_webcam(camera, clock)
    for _ in range(12):
        next_frame(webcam)
    camera.plugged = False
    assert webcam.read() is None
    camera.plugged = True

    for _ in range(12):
        next_frame(webcam)

    assert webcam.fps == pytest.approx(25.0)


def test_a_picture_that_does_not_decode_is_no_unplugging() -> None:
    camera = FakeCamera()
    webcam = open_webcam(camera, ManualClock())
    camera.broken_pictures = {camera.grabs + 1}

    assert webcam.read() is None
    assert next_frame(webcam).sequence == 0
    assert len(camera.opened) == 1


def test_a_camera_that_sends_nothing_is_an_error_that_frees_it() -> None:
    camera = FakeCamera()
    camera.sends = False

    with pytest.raises(DeviceError, match="sends no pictures: close other programs"):
        open_webcam(camera, ManualClock())

    assert camera.captures[0].releases == 1


def test_a_missing_camera_is_told_with_what_there_is_instead(
    on_linux: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plug(on_linux, 4, "Logitech Brio")

    # The real OpenCV, on a device that no machine has.
    with pytest.raises(DeviceError, match=r"no camera at /dev/video997: .*Logitech Brio"):
        Webcam(997, (640, 480), 30.0, ManualClock())

    assert capfd.readouterr() == ("", "")


def test_close_wakes_a_read_that_waits_for_the_camera() -> None:
    waiting = threading.Event()

    class WaitingClock(ManualClock):
        def wait_until(self, t_ns: int, wake: threading.Event) -> bool:
            waiting.set()
            return wake.wait(GUARD_S)

    camera = FakeCamera()
    webcam = open_webcam(camera, WaitingClock())
    camera.plugged = False
    assert webcam.read() is None
    reads: list[Frame | None] = []
    reader = threading.Thread(target=lambda: reads.append(webcam.read()))
    reader.start()
    assert waiting.wait(GUARD_S)

    webcam.close()

    reader.join(GUARD_S)
    assert reads == [None]
    with pytest.raises(EndOfSource):
        webcam.read()
    assert len(camera.opened) == 1


def test_close_lets_a_read_finish_before_it_frees_the_device() -> None:
    camera = FakeCamera()
    webcam = open_webcam(camera, ManualClock())
    grabbing, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        grabbing.set()
        assert go_on.wait(GUARD_S)

    camera.on_grab = wait
    reads: list[Frame | None] = []
    reader = threading.Thread(target=lambda: reads.append(webcam.read()))
    closer = threading.Thread(target=webcam.close)
    reader.start()
    assert grabbing.wait(GUARD_S)

    closer.start()
    go_on.set()

    reader.join(GUARD_S)
    closer.join(GUARD_S)
    assert len(reads) == 1
    assert camera.captures[0].releases == 1
