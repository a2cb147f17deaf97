"""The One Euro filter (Casiez, Roussel and Vogel, CHI 2012), over all landmarks of a face.

A low-pass filter whose cut-off rises with speed: a still face does not shiver, a fast one does not
lag. Speeds are taken in inter-ocular distances per second, so that one tuning serves every
picture size and every distance from the camera. `bench/tracking.py` prints what the defaults buy.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from realtime.types import Floats, Landmarks

_RIGHT_OUTER_CORNER, _LEFT_OUTER_CORNER = 33, 263


@dataclass(frozen=True, slots=True)
class OneEuroSettings:
    """How steady, how quick."""

    min_cutoff_hz: float = 1.0
    "Cut-off for a face at rest."
    beta: float = 50.0
    "Hertz of cut-off gained per inter-ocular distance per second."
    speed_cutoff_hz: float = 1.0
    "Cut-off of the speed estimate itself."
    gap_s: float = 0.3
    "After a longer gap the filter starts anew."


class OneEuroFilter:
    """Filters one face's landmarks over time; every landmark by its own speed."""

    def __init__(self, settings: OneEuroSettings | None = None) -> None:
        self._settings = settings or OneEuroSettings()
        self._value: NDArray[np.float64] | None = None
        self._speed = np.zeros((1, 3))
        self._t_ns = 0

    def reset(self) -> None:
        """Forget the past; the next landmarks pass unchanged."""
        self._value = None

    def __call__(self, landmarks: Landmarks, t_ns: int) -> Landmarks:
        """The filtered landmarks at time `t_ns`, a new (478, 3) array."""
        settings = self._settings
        current = landmarks.astype(np.float64)
        elapsed_s = (t_ns - self._t_ns) * 1e-9
        self._t_ns = t_ns
        if self._value is None or not 0.0 < elapsed_s <= settings.gap_s:
            self._value = current
            self._speed = np.zeros_like(current)
            return landmarks.copy()
        span = max(eye_distance(landmarks), 1e-6)
        # As in the paper, from the filtered value: whatever has been held back counts as speed.
        raw_speed = (current - self._value) / (elapsed_s * span)
        self._speed += _alpha(settings.speed_cutoff_hz, elapsed_s) * (raw_speed - self._speed)
        # NumPy's norm takes far longer for rows of three.
        speed = np.sqrt(np.einsum("ij,ij->i", self._speed, self._speed))[:, None]
        cutoff_hz = settings.min_cutoff_hz + settings.beta * speed
        decay = 2.0 * math.pi * cutoff_hz * elapsed_s
        self._value = self._value + decay / (1.0 + decay) * (current - self._value)
        return self._value.astype(np.float32)


def eye_distance(landmarks: Floats) -> float:
    """Distance between the outer eye corners, in the landmarks' unit, depth included."""
    return float(np.linalg.norm(landmarks[_RIGHT_OUTER_CORNER] - landmarks[_LEFT_OUTER_CORNER]))


def _alpha(cutoff_hz: float, elapsed_s: float) -> float:
    decay = 2.0 * math.pi * cutoff_hz * elapsed_s
    return decay / (1.0 + decay)
