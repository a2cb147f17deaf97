"""Pixel buffers that a live source fills in turn."""

import numpy as np

from realtime.types import RGB

_VALID_READS = 4  # `Source.read`: pixels belong to the caller until the fourth read after


class Rotation:
    """A few buffers used over and over, so that a running camera allocates nothing."""

    def __init__(self) -> None:
        self._buffers: list[RGB] = []
        self._turn = 0

    def next(self, height: int, width: int) -> RGB:
        """A buffer to fill, which was handed out before only four calls or more ago."""
        if not self._buffers or self._buffers[0].shape[:2] != (height, width):
            shape = (_VALID_READS, height, width, 3)
            # New ones, so that pictures of the old size that are still out there stay valid.
            self._buffers = list(np.zeros(shape, np.uint8))
        self._turn = (self._turn + 1) % _VALID_READS
        return self._buffers[self._turn]
