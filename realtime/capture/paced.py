"""A recording played as if it were a camera."""

import threading

from realtime.capture import EndOfSource, Source
from realtime.capture.buffers import Rotation
from realtime.runtime.clock import Clock
from realtime.types import Frame

_LONGEST_WAIT_NS = 1_000_000_000
_LONGEST_CATCH_UP_NS = 250_000_000
_QUICK = 0.25
"Decoding in less than this share of a period can wait for the second half of it."
_LONGEST_REST_NS = 20_000_000


class Paced:
    """An offline source whose frames come when they are due, and are gone when they are late.

        source's time   0   1   2   3   4   5
        due             |---|---|---|---|---|
        read            0   1   (busy)  3   4     frame 2 was dropped: the reader came too late

    A reader that is more than a quarter of a second of decoding behind does not catch up: the
    recording then goes on from where it is, later.
    """

    def __init__(self, source: Source, clock: Clock) -> None:
        """Take over `source`, which counts its time from its own start."""
        self._source = source
        self._clock = clock
        self._buffers = Rotation()
        self._closing = threading.Event()
        self._reading = threading.Lock()
        self._start_ns: int | None = None
        self._pending: Frame | None = None
        self._decoding_ns = 0
        self._came_ns: int | None = None

    @property
    def fps(self) -> float:
        """See `Source.fps`."""
        return self._source.fps

    def read(self) -> Frame | None:
        """See `Source.read`; `captured_ns` is the clock's time when the frame came."""
        with self._reading:
            if self._closing.is_set():
                raise EndOfSource
            bound_ns = self._clock.now_ns() + _LONGEST_WAIT_NS
            frame = self._pending or self._not_late()
            if frame is None:
                return None
            self._pending = frame
            if not self._wait_for(frame, bound_ns):
                return None
            self._pending = None
            pixels = self._buffers.next(*frame.pixels.shape[:2])
            pixels[...] = frame.pixels
            self._came_ns = self._clock.now_ns()
            return Frame(pixels, frame.sequence, self._came_ns)

    def close(self) -> None:
        """See `Source.close`."""
        self._closing.set()
        with self._reading:
            self._source.close()

    def _not_late(self) -> Frame | None:
        """The first frame that is not yet over, or the one at which catching up was given up."""
        period_ns = round(1e9 / self._source.fps)
        self._rest(period_ns)
        began_ns = now_ns = self._clock.now_ns()
        while not self._closing.is_set():
            read_ns, frame = now_ns, self._source.read()
            if frame is None:
                return None
            now_ns = self._clock.now_ns()
            self._decoding_ns = now_ns - read_ns
            if now_ns < self._due_ns(frame) + period_ns:
                return frame
            if now_ns - began_ns > _LONGEST_CATCH_UP_NS:
                self._start_ns = now_ns - frame.captured_ns
                return frame
        return None

    def _rest(self, period_ns: int) -> None:
        """Leave the processor to whoever takes up the last frame: a camera does not use it."""
        if self._came_ns is not None and self._decoding_ns < _QUICK * period_ns:
            rest_ns = min(period_ns // 2, _LONGEST_REST_NS)
            self._clock.wait_until(self._came_ns + rest_ns, self._closing)

    def _due_ns(self, frame: Frame) -> int:
        if self._start_ns is None:
            self._start_ns = self._clock.now_ns() - frame.captured_ns
        return self._start_ns + frame.captured_ns

    def _wait_for(self, frame: Frame, bound_ns: int) -> bool:
        """Whether the frame's time has come, within the time that a read may block."""
        due_ns = self._due_ns(frame)
        woken = self._clock.wait_until(min(due_ns, bound_ns), self._closing)
        return not woken and due_ns <= bound_ns
