"""The driver's square: steady while he moves within it, and after him when he has moved away.

A crop that followed the face at once would hide from the model that the head moves; one that
never followed would lose a driver who leans aside.
"""

import threading

import numpy as np

from realtime.models.fomm.square import Square, square_of
from realtime.motion.reference import ReferenceFinder
from realtime.types import RGB, Driving, Face, Frame, Landmarks

_SLACK = 0.08
"Sides of the square by which the face may stray before the square follows."
_FOLLOW_PER_S = 0.12
"Sides per second: slower than any movement that means something."
_JUMP = 0.5
"A face that is further away than this is framed anew."


class DriverFraming:
    """Implements `realtime.motion.Framer`."""

    def __init__(self, avatar: Face, size: int, *, relative: bool = True) -> None:
        """Frame for an avatar; pictures are `size` pixels a side; absolute motion has no rest."""
        self._avatar = avatar
        self._size = size
        self._relative = relative
        self._square = FollowingSquare()
        self._finder = ReferenceFinder(avatar)
        self._rest: RGB | None = None
        self._wants_recalibration = threading.Event()

    def frame(self, frame: Frame, face: Face) -> Driving | None:
        """See `Framer.frame`."""
        if self._wants_recalibration.is_set():
            self._wants_recalibration.clear()
            self._square.reset()
            self._finder = ReferenceFinder(self._avatar)
        pixels = self._square.update(face.landmarks, frame.captured_ns).cut(
            frame.pixels, self._size
        )
        if self._relative and self._finder.update(face):
            self._rest = pixels
        if self._relative and self._rest is None:
            return None
        return Driving(pixels, self._rest)

    def recalibrate(self) -> None:
        """See `Framer.recalibrate`."""
        self._wants_recalibration.set()


class FollowingSquare:
    """A square that lets the face move within it, and follows only slowly."""

    def __init__(self) -> None:
        self._square: Square | None = None
        self._updated_ns = 0

    def update(self, landmarks: Landmarks, t_ns: int) -> Square:
        """The square to use for a face at time `t_ns`."""
        wanted, square = square_of(landmarks), self._square
        elapsed_s = (t_ns - self._updated_ns) * 1e-9
        self._updated_ns = t_ns
        if square is None or _distance(wanted, square) > _JUMP:
            self._square = wanted
            return wanted
        reach = _FOLLOW_PER_S * max(0.0, elapsed_s)
        strayed = _distance(wanted, square)
        shift = np.zeros(2)
        if strayed > _SLACK:
            share = min(reach, strayed - _SLACK) / strayed
            shift = (wanted.middle - square.middle) * share
        zoom = np.log(wanted.side / square.side)
        followed = np.sign(zoom) * min(reach, max(0.0, abs(zoom) - _SLACK))
        self._square = square.moved(shift, float(np.exp(followed)))
        return self._square

    def reset(self) -> None:
        """Frame the next face anew."""
        self._square = None


def _distance(wanted: Square, square: Square) -> float:
    return float(np.linalg.norm(wanted.middle - square.middle)) / square.side
