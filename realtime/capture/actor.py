"""A driving face without a camera: pictures drawn from a script."""

from collections.abc import Callable
from fractions import Fraction

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
        rate: Fraction,
        frame_count: int,
    ) -> None:
        self.size = size
        "Width and height of every frame."
        self.rate = rate
        self.frame_count = frame_count
        self._draw = draw
        self._sequence = 0

    @property
    def fps(self) -> float:
        """See `Source.fps`."""
        return float(self.rate)

    def read(self) -> Frame:
        """See `Source.read`; stamped with the time in the performance."""
        if self._sequence >= self.frame_count:
            raise EndOfSource
        captured_ns = round(self._sequence * 1_000_000_000 / self.rate)
        frame = Frame(self.picture(self._sequence), self._sequence, captured_ns)
        self._sequence += 1
        return frame

    def picture(self, sequence: int) -> RGB:
        """Frame `sequence`'s picture, whenever: the actor plays the same every time."""
        pixels = np.empty((self.size[1], self.size[0], 3), np.uint8)
        self._draw(float(sequence / self.rate), pixels)
        return pixels

    def close(self) -> None:
        """See `Source.close`: nothing to free."""
