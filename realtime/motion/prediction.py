"""The driver's face at the moment at which it is shown, which is later than the one it was seen at.

The head goes on as it moved, ever more slowly (a damped constant-velocity model); the expression
stays as it was seen. `bench/prediction.py` prints what that buys. Expressions that went on, too,
were worse than those that stay: they are quick, the velocity of a single landmark is mostly
tremble, and lids that go on close through each other.
"""

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.models.face_mesh import FaceMesh
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState
from realtime.types import Face, Similarity

_DAMPING_S = 0.15
"The velocity's time constant: a head goes on for no further than it moved in this time."
_NEWEST = 0.7
"Share of the newest way and time in those that make the velocity."
_TREMBLE_CM_S = 1.0
"A head that is slower than this mostly trembles; it is not taken to go on."
_FASTEST_CM_S = 150.0
"What is faster is another face, or another camera."
_RADIUS_CM = 8.0
"Of the head: what a radian of turning counts."
_GAP_NS = 300_000_000
"After a longer gap nobody knows where the head was going."


class HoldLast:
    """Implements `realtime.motion.Predictor`: the face stays as it was seen."""

    def __init__(self) -> None:
        self._face: Face | None = None

    def observe(self, face: Face | None, t_ns: int) -> None:  # noqa: ARG002 - the protocol's
        """See `Predictor.observe`."""
        self._face = face

    def at(self, t_ns: int) -> Face | None:  # noqa: ARG002 - the protocol's
        """See `Predictor.at`."""
        return self._face


class HeadPredictor:
    """Implements `realtime.motion.Predictor`: the head goes on, the expression stays."""

    def __init__(self, mesh: FaceMesh) -> None:
        """`mesh`: the canonical face."""
        self._fitter = PoseFitter(mesh)
        self._face: Face | None = None
        self._state: HeadState | None = None
        self._way = np.zeros(7)
        self._way_s = 0.0
        self._seen_ns = 0

    def observe(self, face: Face | None, t_ns: int) -> None:
        """See `Predictor.observe`."""
        self._face = face
        if face is None:
            self._state = None
            return
        state, before = HeadState.of(face.landmarks, self._fitter), self._state
        elapsed_ns = t_ns - self._seen_ns
        if before is None or not 0 < elapsed_ns <= _GAP_NS:
            self._stop()
        else:
            self._go(_way(before.pose, state.pose), elapsed_ns * 1e-9, state.pose.scale)
        self._state, self._seen_ns = state, t_ns

    def at(self, t_ns: int) -> Face | None:
        """See `Predictor.at`."""
        if self._face is None or self._state is None:
            return self._face
        pose = self._state.pose
        elapsed_s = max(0, t_ns - self._seen_ns) * 1e-9
        velocity = self._way / self._way_s if self._way_s else self._way
        speed = _speed_cm_s(velocity, pose.scale)
        share = speed**2 / (speed**2 + _TREMBLE_CM_S**2)
        reach_s = share * _DAMPING_S * -math.expm1(-elapsed_s / _DAMPING_S)
        moved = HeadState(_gone(pose, velocity * reach_s), self._state.shape)
        return replace(self._face, landmarks=moved.landmarks())

    def _stop(self) -> None:
        self._way, self._way_s = np.zeros(7), 0.0

    def _go(self, way: NDArray[np.float64], elapsed_s: float, scale: float) -> None:
        if _speed_cm_s(way / elapsed_s, scale) > _FASTEST_CM_S:
            self._stop()
            return
        # Ways and times are averaged each for itself, since a stamp that comes late under load
        # would make one interval short and its velocity large.
        self._way += _NEWEST * (way - self._way)
        self._way_s += _NEWEST * (elapsed_s - self._way_s)


def _way(start: Similarity, end: Similarity) -> NDArray[np.float64]:
    """(7,): turn in radians, zoom as a logarithm, and how far the head's inside went, pixels."""
    turn = cv2.Rodrigues(end.rotation @ start.rotation.T)[0].ravel()
    zoom = math.log(end.scale / start.scale)
    return np.concatenate([turn, [zoom], end.translation - start.translation])


def _gone(start: Similarity, way: NDArray[np.float64]) -> Similarity:
    """Where `way` leads from `start`: the inverse of `_way`."""
    rotation = np.asarray(cv2.Rodrigues(way[:3])[0], np.float64) @ start.rotation
    return Similarity(start.scale * math.exp(way[3]), rotation, start.translation + way[4:])


def _speed_cm_s(velocity: NDArray[np.float64], scale: float) -> float:
    """Turns, zoom and shift in one; depth, which is the landmarker's guess, left out."""
    return math.hypot(*(velocity[:4] * _RADIUS_CM), *(velocity[4:6] / scale))
