"""The judge's own tremble: what it sees amiss in pictures whose every landmark is known.

The portrait, as it is, goes where the head is told to be, moved, zoomed and tilted in the picture
plane. Nothing is drawn, and so whatever trembles is the judge's.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from bench.quality.judges import Watcher
from bench.quality.landmarks import Array
from realtime.motion.geometry import to_image
from realtime.types import RGB, Floats, Motion, Similarity


def errors_px(
    portrait: RGB, centre: Array, motions: Sequence[Motion], judges: Watcher
) -> list[Floats | None]:
    """(n, 2) a motion: how far from their true places the portrait's landmarks are seen.

    Args:
        portrait: what `motions` move.
        centre: (3,), the middle of its face, pixels.
        motions: of its head.
        judges: who looks; with no face in the portrait itself all is None.
    """
    rest = judges.look(portrait, 0).face
    if rest is None:
        return [None] * len(motions)
    found: list[Floats | None] = []
    for number, motion in enumerate(motions):
        way = in_plane(motion.head, centre)
        face = judges.look(_moved(portrait, way), number).face
        true = rest.landmarks[:, :2] @ way[:, :2].T + way[:, 2]
        found.append(None if face is None else (face.landmarks[:, :2] - true).astype(np.float32))
    return found


def in_plane(head: Similarity, centre: Array) -> Array:
    """(2, 3): the head's shift, zoom and roll, without its turn and nod."""
    turn = head.rotation
    roll = np.arctan2(turn[1, 0] - turn[0, 1], turn[0, 0] + turn[1, 1])
    cos, sin = head.scale * np.cos(roll), head.scale * np.sin(roll)
    linear = np.array([[cos, -sin], [sin, cos]])
    there = to_image(head, centre)[:2]
    return np.column_stack([linear, there - linear @ centre[:2]])


def _moved(portrait: RGB, way: Array) -> RGB:
    """The portrait under `way`, in which pixel centres lie at halves, as OpenCV's do not."""
    of_corners = way.copy()
    of_corners[:, 2] += way[:, :2] @ (0.5, 0.5) - 0.5
    size = portrait.shape[1::-1]
    moved = cv2.warpAffine(
        portrait, of_corners, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.uint8)
