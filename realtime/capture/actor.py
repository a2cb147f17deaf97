"""A driving face without a camera: pictures drawn from a script."""

from collections.abc import Callable

import numpy as np

from realtime.capture import EndOfSource
from realtime.types import RGB, Frame


class Actor:
    """Implements `realtime.capture.Source`: a performance as a stream of frames.

    `draw(t_s, out)` fills `out`, (height, width, 3), with the performance at time `t_s`; whoever
    composes the program joins script and renderer into it.
    """

    def __init__(
        self,
        draw: Callable[[float, RGB], None],
        size: tuple[int, int],
        fps: float,
        frame_count: int | None,
    ) -> None:
        """`size`: width, height; `frame_count` None plays for ever."""
        self._draw = draw
        self._size = size
        self._fps = fps
        self._frame_count = frame_count
        self._sequence = 0

    @property
    def fps(self) -> float:
        """See `Source.fps`."""
        return self._fps

    def read(self) -> Frame:
        """See `Source.read`; stamped with the time in the performance."""
        if self._frame_count is not None and self._sequence >= self._frame_count:
            raise EndOfSource
        captured_ns = round(self._sequence * 1e9 / self._fps)
        frame = Frame(self.picture(self._sequence), self._sequence, captured_ns)
        self._sequence += 1
        return frame

    def picture(self, sequence: int) -> RGB:
        """Frame `sequence`'s picture, whenever: the actor plays the same every time."""
        pixels = np.empty((self._size[1], self._size[0], 3), np.uint8)
        self._draw(sequence / self._fps, pixels)
        return pixels

    def close(self) -> None:
        """See `Source.close`: nothing to free."""
