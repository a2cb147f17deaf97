"""Picture buffers, allocated once and passed round."""

import threading
from dataclasses import replace

import numpy as np

from realtime.types import RGB, Frame


class Ring:
    """`count` buffers of one size. Who acquires one owns it until it is released, by any thread."""

    def __init__(self, count: int, size: tuple[int, int]) -> None:
        """`size`: width and height in pixels."""
        width, height = size
        # Zeroed: fresh memory may hold what a captured frame left there.
        self._free: list[RGB] = [np.zeros((height, width, 3), np.uint8) for _ in range(count)]
        self._lent: dict[int, RGB] = {}
        self._count = count
        self._lock = threading.Lock()

    def acquire(self) -> RGB:
        """A buffer of unspecified content.

        Raises:
            RuntimeError: all are lent; some owner keeps what it should have released.
        """
        with self._lock:
            if not self._free:
                raise RuntimeError(f"all {self._count} picture buffers are lent; release one first")
            buffer = self._free.pop()
            self._lent[id(buffer)] = buffer
            return buffer

    def release(self, buffer: RGB) -> None:
        """Give `buffer` back; the caller must not touch it afterwards.

        Raises:
            RuntimeError: the buffer is not lent: released twice, or not from this ring.
        """
        with self._lock:
            if self._lent.pop(id(buffer), None) is None:
                raise RuntimeError("this picture buffer is not lent by this ring")
            self._free.append(buffer)


class OwnCopy:
    """A frame's pixels in memory of one's own, for work that outlasts the source's buffers."""

    def __init__(self) -> None:
        self._pixels: RGB = np.empty((0, 0, 3), np.uint8)

    def of(self, frame: Frame) -> Frame:
        """`frame` with copied pixels, valid until the next call."""
        if self._pixels.shape != frame.pixels.shape:
            self._pixels = np.empty_like(frame.pixels)
        np.copyto(self._pixels, frame.pixels)
        return replace(frame, pixels=self._pixels)
