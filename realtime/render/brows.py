"""Brows: what gives way as one goes up is bare skin, not its hairs, nor the lashes' shade.

Between the upper lid's fold and a brow's upper edge the face mesh has two rows of vertices, where
brows mostly begin. Here they lie on the edges of what is brightest there in this portrait: what is
below goes with the lid, what is above with the brow, and only what is between them is drawn out.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.kernels.brows import draw_skin_out, sound_share
from realtime.models.face_mesh import EYES, signed_areas
from realtime.types import RGB, Floats, Landmarks, Similarity

_FOLDS = np.array([247, 30, 29, 27, 28, 56, 190, 414, 286, 258, 257, 259, 260, 467])
_LIDS = np.column_stack([[*EYES[0].upper, *EYES[1].upper], _FOLDS])
"(14, 2) a lid's edge, and its fold above."
_COLUMNS = np.array([
    (247, 225, 46, 70), (30, 224, 53, 63), (27, 223, 52, 105), (28, 222, 65, 66),
    (56, 221, 55, 107),
    (467, 445, 276, 300), (260, 444, 283, 293), (257, 443, 282, 334), (258, 442, 295, 296),
    (286, 441, 285, 336),
])  # fmt: skip
"(10, 4) from the fold up to the brow's upper edge, five of either brow."
_ENDS, _MOVED = np.ascontiguousarray(_COLUMNS[:, [0, 3]]), np.ascontiguousarray(_COLUMNS[:, 1:3])
_PLACED = np.hstack([_FOLDS.reshape(2, -1), _MOVED.reshape(2, -1)])
"(2, 17) on either side of the face."

_FOLD_SHARE = 0.35
"A fold goes up with its brow by so much of what landmarks say; at all of it lids are drawn out to \
dark tubes."
_MOST_DRAWN = 2.5
"Bare skin gives way by so many times its length; what is left all of the column shares."
_DRAWN = 0.1
"A column that is longer by this share is drawn out; one that is shorter goes as landmarks say."
_LEAST_SHARE, _SLIVER_PX2 = 0.1, 0.5
"No triangle folds over: each keeps this share of what it has by the landmarks, but for a sliver."

_STEPS = 41
"Places along a column at which its brightness is read."
_BLUR = 0.012
"Hairs are not seen one by one, in inter-ocular distances."
_DARKER = 0.3
"Of the way from the brightest to the darkest, bare skin ends."
_FAINT, _PLAIN = 0.06, 0.16
"A brow that is darker than the skin below it by less, over that, is not seen; by more, wholly."
_LOWEST, _HIGHEST, _NARROWEST = 0.8, 0.9, 0.12
"Bare skin begins no lower than this share of where it mostly does, ends so far up a column, and \
is at least so much of it."


class Brows:
    """One avatar's."""

    def __init__(
        self,
        picture: RGB,
        landmarks: Landmarks,
        triangles: NDArray[np.int32],
        head_size: float,
    ) -> None:
        """Find the edges of its brows.

        Args:
            picture: (h, w, 3) the portrait.
            landmarks: (478, 3) its own, pixels.
            triangles: (t, 3) of the skin.
            head_size: inter-ocular distance, pixels.
        """
        columns = landmarks[_COLUMNS].astype(np.float64)
        along = _along(columns)
        self._sides = [
            (placed, _facing(triangles[np.isin(triangles, placed).any(axis=1)], landmarks))
            for placed in _PLACED
        ]
        usual, found = along[:, 1:3], _bare_skin(picture, columns, along, head_size)
        by_landmarks = landmarks[:, :2].astype(np.float64)
        wanted = by_landmarks.copy()
        wanted[_MOVED] = _up_to(columns, along, found)[..., :2]
        sound = [_sound(by_landmarks, wanted, near) for _, near in self._sides]
        self._shares = usual + np.repeat(sound, len(usual) // 2)[:, None] * (found - usual)
        self._most = _MOST_DRAWN * np.diff(self._shares, axis=1)[:, 0]
        above, self._part = _between(along, self._shares)
        row = np.arange(len(_COLUMNS))[:, None]
        self._first, self._second = _COLUMNS[row, above - 1], _COLUMNS[row, above]
        rest = _up_to(columns, along, self._shares)
        self._at_rest = landmarks[:, :2].copy()
        self._at_rest[_MOVED] = rest[..., :2]
        self._still = landmarks.astype(np.float64)
        self._still[_MOVED] = rest

    def at_rest(self) -> Floats:
        """(478, 2) the face's vertices, pixels of the portrait: its landmarks but for brows."""
        return self._at_rest

    def place(self, landmarks: Landmarks, head: Similarity, out: Floats) -> None:
        """Write where the vertices of brows and of lids' folds are to be.

        Args:
            landmarks: (478, 3) of the face then, pixels.
            head: takes the resting head to where it is then.
            out: (478 or more, 2) the vertices, pixels; all others are left alone.
        """
        told = landmarks[:, :2].astype(np.float64)
        first, second = told[self._first], told[self._second]
        told[_MOVED] = first + self._part * (second - first)
        matrix = head.scale * head.rotation[:2]
        still = self._still @ matrix.T + head.translation[:2]
        wanted = told.copy()
        draw_skin_out(
            told, still, -head.rotation[:2, 1].copy(), _LIDS, _ENDS, _MOVED, self._shares,
            self._most, _FOLD_SHARE, _DRAWN, wanted,
        )  # fmt: skip
        for placed, near in self._sides:
            share = _sound(told, wanted, near)
            out[placed] = told[placed] + share * (wanted[placed] - told[placed])


def _sound(
    start: NDArray[np.float64], end: NDArray[np.float64], triangles: NDArray[np.intp]
) -> float:
    """How much of the way from `start` to `end`, (478, 2), no triangle folds over, 0..1."""
    return sound_share(start, end, triangles, _LEAST_SHARE, _SLIVER_PX2)


def _facing(triangles: NDArray[np.int32], landmarks: Landmarks) -> NDArray[np.intp]:
    """The triangles, each with its corners in such an order that its area is positive."""
    facing = triangles.astype(np.intp)
    backwards = signed_areas(landmarks.astype(np.float64), facing) < 0.0
    facing[backwards] = facing[backwards, ::-1]
    return facing


def _along(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """(10, 4) how far up each column (10, 4, 3) its landmarks are, 0..1."""
    steps = np.maximum(np.linalg.norm(np.diff(columns[..., :2], axis=1), axis=2), 1e-6)
    along = np.hstack([np.zeros((len(steps), 1)), steps.cumsum(axis=1)])
    result: NDArray[np.float64] = along / along[:, -1:]
    return result


def _between(
    along: NDArray[np.float64], shares: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """(10, k) which of the column's landmarks is next above what is so far up; how near it is.

    The second is (10, k, 1), 0 at the landmark below to 1.
    """
    above = np.clip((shares[..., None] >= along[:, None]).sum(axis=2), 1, along.shape[1] - 1)
    start, end = (np.take_along_axis(along, each, axis=1) for each in (above - 1, above))
    return above, ((shares - start) / (end - start))[..., None]


def _up_to(
    columns: NDArray[np.float64], along: NDArray[np.float64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(10, k, 3) what is so far up each column, by `shares` (10, k)."""
    above, part = _between(along, shares)
    row = np.arange(len(columns))[:, None]
    first, second = columns[row, above - 1], columns[row, above]
    result: NDArray[np.float64] = first + part * (second - first)
    return result


def _bare_skin(
    picture: RGB, columns: NDArray[np.float64], along: NDArray[np.float64], head_size: float
) -> NDArray[np.float64]:
    """(10, 2) from where to where up each column there is neither hair nor shade."""
    steps = np.tile(np.linspace(0.0, 1.0, _STEPS), (len(columns), 1))
    x, y = np.moveaxis(_up_to(columns, along, steps)[..., :2].astype(np.float32), -1, 0)
    blurred = cv2.GaussianBlur(picture, (0, 0), max(0.5, _BLUR * head_size))
    grey = cv2.cvtColor(blurred, cv2.COLOR_RGB2GRAY)
    bright = cv2.remap(grey, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    edges = np.array(
        [
            _edges(column, usual)
            for column, usual in zip(np.asarray(bright, np.float64), along[:, 1:3], strict=True)
        ]
    )
    # Neighbours on the same brow agree.
    brows = edges.reshape(2, -1, 2)
    padded = np.pad(brows, ((0, 0), (1, 1), (0, 0)), mode="edge")
    even = ((padded[:, :-2] + 2.0 * brows + padded[:, 2:]) / 4.0).reshape(edges.shape)
    half = np.maximum(np.diff(even, axis=1), _NARROWEST) / 2.0
    middle = even.mean(axis=1, keepdims=True)
    foot = _LOWEST * along[:, 1:2]
    middle = np.clip(middle, foot + _NARROWEST / 2.0, _HIGHEST - _NARROWEST / 2.0)
    ends = np.hstack([middle - half, middle + half])
    result: NDArray[np.float64] = np.clip(ends, foot, _HIGHEST)
    return result


def _edges(bright: NDArray[np.float64], usual: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2,) the lower and upper end of what is brightest below a brow, 0..1 up its column.

    Args:
        bright: (n,) grey levels, evenly from the column's foot to its top.
        usual: (2,) the ends for a brow that cannot be seen.
    """
    last = len(bright) - 1
    first = round(last * float(usual.mean()))
    hair = first + int(np.argmin(bright[first:]))
    skin = int(np.argmax(bright[: hair + 1]))
    lashes = int(np.argmin(bright[: skin + 1]))
    found = (
        np.array(
            [
                skin - _as_bright(bright[lashes : skin + 1][::-1]),
                skin + _as_bright(bright[skin : hair + 1]),
            ]
        )
        / last
    )
    contrast = 1.0 - float(bright[hair]) / max(float(bright[skin]), 1.0)
    seen = smoothstep((contrast - _FAINT) / (_PLAIN - _FAINT))
    result: NDArray[np.float64] = usual + seen * (found - usual)
    return result


def _as_bright(bright: NDArray[np.float64]) -> int:
    """For how many steps, away from the brightest, the first, it is about as bright as there."""
    darker = np.flatnonzero(bright < bright[0] - _DARKER * (bright[0] - bright[-1]))
    return int(darker[0]) - 1 if len(darker) else len(bright) - 1
