"""The wrapper around every output that marks what leaves."""

import numpy as np

from realtime.output import Output
from realtime.provenance.badge import Badge
from realtime.types import Picture


class Stamped:
    """An output that marks every picture before it passes it on; it owns that output."""

    def __init__(self, output: Output, badge: Badge) -> None:
        self._output = output
        self._badge = badge
        left, top, width, height = badge.box
        self._place = np.s_[top : top + height, left : left + width]
        self._unmarked = np.empty((height, width, 3), np.uint8)

    def send(self, picture: Picture) -> None:
        """See `Output.send`; `picture.pixels` is as it was when this returns or raises."""
        # The caller sends the same buffer again when a frame is late. The mark is taken off again,
        # because a marked copy of the whole picture would cost as much as half of its drawing.
        marked = picture.pixels[self._place]
        np.copyto(self._unmarked, marked)
        try:
            self._badge.stamp(picture.pixels)
            self._output.send(picture)
        finally:
            np.copyto(marked, self._unmarked)

    def close(self) -> None:
        """See `Output.close`."""
        self._output.close()
