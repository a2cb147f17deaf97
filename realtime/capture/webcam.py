"""A camera through OpenCV, which may be unplugged and comes back."""

import threading
from collections import deque
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.capture import EndOfSource
from realtime.capture.buffers import Rotation
from realtime.capture.cameras import (
    CameraInfo,
    Capture,
    OpenCapture,
    backend,
    find_camera,
    list_cameras,
    open_with_opencv,
    why_closed,
)
from realtime.errors import DeviceError
from realtime.runtime.clock import Clock
from realtime.runtime.trouble import Trouble
from realtime.types import Frame

__all__ = ["CameraInfo", "Webcam", "list_cameras"]

_FIRST_RETRY_NS = 250_000_000
_LONGEST_RETRY_NS = 2_000_000_000
_LONGEST_WAIT_NS = 250_000_000
_FIRST_PICTURE_GRABS = 5

# One that is read, one that is filled. With a single one V4L2 drivers drop every picture that
# begins while the one before is being decoded: 15 fps of a 30 fps camera. Older pictures cannot
# pile up, the capture thread always waits for the next.
_BUFFERS = 2

_CLOSE_S = 1.0
"A read returns sooner, unless the driver hangs."

_RATE_WINDOW = 31
_RATE_LEAST = 11


class Webcam:
    """A camera as a source; while it is unplugged `read` returns None and looks for it."""

    def __init__(
        self,
        device: int | str,
        size: tuple[int, int],
        fps: float,
        clock: Clock,
        open_capture: OpenCapture = open_with_opencv,
    ) -> None:
        """Open the camera and wait for its first picture.

        Args:
            device: number, path (Linux) or name (Linux).
            size: width and height to ask for; frames have what the camera chose.
            fps: rate to ask for.
            clock: stamps the frames.
            open_capture: what to open the device with.

        Raises:
            DeviceError: no such camera, in use, not allowed, or it sends nothing.
        """
        self._device = device
        self._size = size
        self._asked_fps = fps
        self._clock = clock
        self._open_capture = open_capture
        self._buffers = Rotation()
        self._decoded: NDArray[Any] | None = None
        self._stamps: deque[int] = deque(maxlen=_RATE_WINDOW)
        self._sequence = -1
        self._retry_ns = 0
        self._backoff_ns = _FIRST_RETRY_NS
        self._closing = threading.Event()
        self._reading = threading.Lock()
        self._trouble = Trouble(__name__)
        self._capture: Capture | None = self._opened()
        self._fps = _told_fps(self._capture) or fps
        if not any(self._capture.grab() for _ in range(_FIRST_PICTURE_GRABS)):
            self._capture.release()
            raise DeviceError(
                f"camera {device} opens but sends no pictures: close other programs that use it, "
                "or unplug it and plug it in again"
            )

    @property
    def fps(self) -> float:
        """The rate measured over the last second; before that, what the camera promised."""
        return self._fps

    def read(self) -> Frame | None:
        """See `Source.read`; while the camera is away, None after a quarter of a second."""
        with self._reading:
            if self._closing.is_set():
                raise EndOfSource
            capture = self._capture or self._reconnected()
            frame = None if capture is None else self._picture(capture)
            if self._closing.is_set():  # meanwhile, and `close` may not have waited
                self._disconnect()
            return frame

    def close(self) -> None:
        """See `Source.close`; a `read` that hangs frees the device once it returns."""
        self._closing.set()
        if self._reading.acquire(timeout=_CLOSE_S):
            self._disconnect()
            self._reading.release()
        else:
            self._trouble.failed(f"camera {self._device} hangs; it is left behind")

    def _picture(self, capture: Capture) -> Frame | None:
        if not capture.grab():
            self._trouble.failed(f"camera {self._device} sends no pictures; looking for it")
            self._disconnect()
            return None
        captured_ns = self._clock.now_ns()  # before decoding, which is part of the frame's age
        bgr = self._decode(capture)
        if bgr is None:
            return None
        pixels = self._buffers.next(*bgr.shape[:2])
        cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB, dst=pixels)
        self._backoff_ns = _FIRST_RETRY_NS
        self._measure(captured_ns)
        self._sequence += 1
        self._trouble.worked()
        return Frame(pixels, self._sequence, captured_ns)

    def _decode(self, capture: Capture) -> NDArray[Any] | None:
        """The grabbed picture in BGR; None for a broken one, after which the next may be whole."""
        try:
            whole, decoded = capture.retrieve(self._decoded)
        except cv2.error:
            whole, decoded = False, None
        if not whole or not _is_bgr(decoded):
            self._trouble.failed(f"camera {self._device} sends broken pictures; they are left out")
            return None
        self._decoded = decoded
        return self._decoded

    def _measure(self, captured_ns: int) -> None:
        self._stamps.append(captured_ns)
        span_ns = captured_ns - self._stamps[0]
        if len(self._stamps) >= _RATE_LEAST and span_ns > 0:
            self._fps = (len(self._stamps) - 1) * 1e9 / span_ns

    def _opened(self) -> Capture:
        found = find_camera(self._device)
        capture = self._open_capture(found, backend())
        if not capture.isOpened():
            capture.release()
            raise why_closed(found)
        # In this order: DirectShow applies rate and format when the size is set, and forgets the
        # format when the rate is set last.
        capture.set(cv2.CAP_PROP_FPS, self._asked_fps)
        # Uncompressed, USB 2 carries 1280x720 at 10 fps.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
        capture.set(cv2.CAP_PROP_BUFFERSIZE, _BUFFERS)
        return capture

    def _disconnect(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None
        self._stamps.clear()
        self._retry_later()

    def _reconnected(self) -> Capture | None:
        """The camera if it is back; waits for the next try, but not long."""
        bound_ns = self._clock.now_ns() + _LONGEST_WAIT_NS
        woken = self._clock.wait_until(min(self._retry_ns, bound_ns), self._closing)
        if woken or self._retry_ns > bound_ns:
            return None
        try:
            self._capture = self._opened()
        except DeviceError:
            self._retry_later()
        return self._capture

    def _retry_later(self) -> None:
        self._retry_ns = self._clock.now_ns() + self._backoff_ns
        self._backoff_ns = min(2 * self._backoff_ns, _LONGEST_RETRY_NS)


def _told_fps(capture: Capture) -> float | None:
    told = capture.get(cv2.CAP_PROP_FPS)
    return told if 1 <= told <= 1000 else None


def _is_bgr(decoded: object) -> bool:
    """Whether a driver gave what it shall: some do not while they start, stop or change modes."""
    return (
        isinstance(decoded, np.ndarray)
        and decoded.dtype == np.uint8
        and decoded.ndim == 3
        and decoded.shape[2] == 3
        and decoded.size > 0
    )
