"""Pictures of a run side by side, for a person to judge by eye."""

from bisect import bisect_left
from collections.abc import Sequence

import cv2
import numpy as np

from realtime.types import RGB, Picture

_GAP_PX = 6
_PAPER = 245


class Moments:
    """An output that keeps a copy of the first picture at or after each of a few frames."""

    def __init__(self, sequences: Sequence[int]) -> None:
        """`sequences`: the frames' numbers, rising."""
        self._sequences = tuple(sequences)
        self._kept: dict[int, Picture] = {}

    @property
    def pictures(self) -> list[Picture]:
        """What was kept, in order."""
        return [self._kept[moment] for moment in sorted(self._kept)]

    def send(self, picture: Picture) -> None:
        """See `Output.send`."""
        moment = bisect_left(self._sequences, picture.sequence + 1) - 1
        if picture.captured_ns is None or moment < 0 or moment in self._kept:
            return
        self._kept[moment] = Picture(picture.pixels.copy(), picture.sequence, picture.captured_ns)

    def close(self) -> None:
        """See `Output.close`: what was kept stays."""


def contact_sheet(rows: Sequence[Sequence[RGB]], cell_height: int) -> RGB:
    """Rows of pictures in one, each scaled to `cell_height` pixels."""
    strips = [
        np.hstack([_framed(_scaled(picture, cell_height)) for picture in row]) for row in rows
    ]
    width = max(strip.shape[1] for strip in strips)
    padded = [
        np.pad(strip, ((0, 0), (0, width - strip.shape[1]), (0, 0)), constant_values=_PAPER)
        for strip in strips
    ]
    return np.ascontiguousarray(np.vstack(padded))


def _scaled(picture: RGB, height: int) -> RGB:
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    smaller = height < picture.shape[0]
    method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (width, height), interpolation=method), np.uint8)


def _framed(picture: RGB) -> RGB:
    edges = ((0, _GAP_PX), (0, _GAP_PX), (0, 0))
    return np.pad(picture, edges, constant_values=_PAPER)
