"""A head that the picture's top edge cuts off: its hair stays at the edge when it comes down.

What lies beyond the edge is not known. The hair that is seen gives way instead, evenly from the
face up, so that the edge keeps cutting it off where it does in the portrait.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from realtime.easing import soft_limit
from realtime.models.face_mesh import OVAL
from realtime.render.cut_out import runs
from realtime.types import Floats

_FRAME = 0.12
"A head that ends in a straight line may be so far below the edge, in inter-ocular distances: \
pictures have frames."
_GAP = 0.3
"And frayed by gaps up to this wide, in inter-ocular distances: mattes are, along an edge."
_LOWER = 0.4
_STRAIGHT = 0.6
"It is straight if it has more than such a share of its width so far below, in inter-ocular \
distances. A crown of which less is cut off is round, and is rounded off beyond the edge."
_LOWEST = 0.3
"Less hair than this cannot give way, in inter-ocular distances."
_MOST_STRETCHED = 0.6
"Share of its height by which hair gives way at most."


class Cut(NamedTuple):
    """Where a picture cuts a head off."""

    left: float
    right: float
    row: float
    "Pixels, as the columns are."


def cut_off(person: NDArray[np.uint8], column: float, head_size: float) -> Cut | None:
    """Where the head is cut off above, if it is.

    Args:
        person: (h, w) alpha.
        column: of the face's middle.
        head_size: inter-ocular distance, pixels.
    """
    opaque = person > 127
    for row in range(round(_FRAME * head_size) + 1):
        width = _extent(opaque[row], column, head_size)
        if width is not None:
            left, right = width
            lower = _extent(opaque[row + round(_LOWER * head_size)], column, head_size) or width
            is_straight = right - left > _STRAIGHT * (lower[1] - lower[0])
            return Cut(left, right, row) if is_straight else None
    return None


def _extent(row: NDArray[np.bool_], column: float, head_size: float) -> tuple[int, int] | None:
    """First column of the head, and the one after its last, if it is in this row."""
    pieces = runs(row)
    apart = [after[0] - before[1] for before, after in pairwise(pieces)]
    ends = [0, *(n for n, gap in enumerate(apart, 1) if gap > _GAP * head_size), len(pieces)]
    heads = [(pieces[a][0], pieces[b - 1][1]) for a, b in pairwise(ends) if a < b]
    return next((head for head in heads if head[0] <= column < head[1]), None)


class Crown:
    """The hair of one head that is cut off."""

    def __init__(
        self, rings: NDArray[np.float64], oval: Floats, cut: Cut, head_size: float
    ) -> None:
        """Find where the edge crosses the head layer's spokes.

        Args:
            rings: (n, 2) its points at rest, ring after ring.
            oval: (36, 2) the face's outline.
            cut: in the same pixels.
            head_size: inter-ocular distance, pixels.
        """
        highest = float(oval[:, 1].min())
        height = highest - cut.row
        self._most = _MOST_STRETCHED * height if height > _LOWEST * head_size else 0.0
        self._share = np.clip((highest - rings[:, 1]) / max(height, 1e-6), 0.0, 1.0)
        self._row = cut.row
        spokes = len(OVAL)
        below = np.arange(len(rings) - spokes)
        below = below[(rings[:-spokes, 1] > cut.row) & (rings[spokes:, 1] <= cut.row)]
        (x, y), (x_above, y_above) = rings[below].T, rings[below + spokes].T
        up = (y - cut.row) / (y - y_above)
        across = x + up * (x_above - x)
        crosses = (across >= cut.left) & (across <= cut.right)
        self._below, self._up = below[crosses], up[crosses]

    def hold(self, rings: Floats) -> None:
        """Keep the hair of moved rings, (n, 2) pixels, at the edge; in place."""
        below, above = rings[self._below, 1], rings[self._below + len(OVAL), 1]
        come_down = float((below + self._up * (above - below) - self._row).max(initial=0.0))
        if come_down > 0.0 and self._most > 0.0:
            rings[:, 1] -= soft_limit(come_down, self._most) * self._share
