"""The wrapper around every output that marks what leaves."""

from dataclasses import replace

import numpy as np

from realtime.output import Output
from realtime.provenance.badge import Badge
from realtime.types import Picture


class Stamped:
    """An output that marks every picture before it passes it on; it owns that output."""

    def __init__(self, output: Output, badge: Badge) -> None:
        self._output = output
        self._badge = badge
        width, height = badge.size
        # The caller sends the same buffer again when a frame is late: it must stay unmarked.
        self._marked = np.empty((height, width, 3), np.uint8)

    def send(self, picture: Picture) -> None:
        """See `Output.send`; `picture.pixels` is left as it is."""
        np.copyto(self._marked, picture.pixels)
        self._badge.stamp(self._marked)
        self._output.send(replace(picture, pixels=self._marked))

    def close(self) -> None:
        """See `Output.close`."""
        self._output.close()
