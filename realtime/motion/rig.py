"""A small set of expressions for any face, made from its own proportions.

Used where no driver is: the idle avatar breathes and blinks by it, and the actor's performance is
written in it. Each expression moves the landmarks of a neutral shape in canonical face space;
region borders are smooth, so that the mesh bends and does not crease.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.models.face_mesh import (
    ALL_MOUTH_CORNERS,
    EYES,
    INNER_LIP_LOWER,
    INNER_LIP_UPPER,
    LEFT_BROW,
    LOWER_LIP,
    MOUTH_CORNERS,
    RIGHT_BROW,
    UPPER_LIP,
)
from realtime.motion.geometry import Shape

_JAW_HINGE = (234, 454)
_MAX_JAW_DEG = 14.0
_LOWER_LID = 0.25
"Share of a blink that is the lower lid's: people's lashes meet so far up in the opening."


@dataclass(frozen=True, slots=True)
class Expression:
    """0 is rest; 1 is as far as a face goes."""

    jaw: float = 0.0
    smile: float = 0.0
    pucker: float = 0.0
    brows: float = 0.0
    "-1 frown to 1 raised."
    blink: float = 0.0
    look_right: float = 0.0
    "-1 to 1, towards the picture's right."
    look_up: float = 0.0
    "-1 to 1."


class Rig:
    """Expressions of one face."""

    def __init__(self, neutral: Shape) -> None:
        """`neutral`: (478, 3), canonical face space, y down, z away from the viewer."""
        self._neutral = neutral
        right, left = MOUTH_CORNERS
        self._mouth = (neutral[INNER_LIP_UPPER[5]] + neutral[INNER_LIP_LOWER[5]]) / 2
        self._half_width = float(np.linalg.norm(neutral[right] - neutral[left])) / 2
        self._jaw_weight = self._lower_jaw()
        self._corners = [self._near((corner,), 1.9) for corner in MOUTH_CORNERS]
        self._lips = self._near((*UPPER_LIP, *LOWER_LIP, *ALL_MOUTH_CORNERS), 0.9)
        self._brows = self._near((*RIGHT_BROW, *LEFT_BROW), 1.1)
        for eye in EYES:
            self._brows[list(eye.ring)] = 0.0

    def __call__(self, expression: Expression) -> Shape:
        """The face under an expression: a new (478, 3) array."""
        shape = self._neutral.copy()
        self._smile(shape, expression.smile)
        self._pucker(shape, expression.pucker)
        shape[:, 1] -= 0.75 * expression.brows * self._brows
        self._open_jaw(shape, expression.jaw)
        for eye in EYES:
            reach = np.linalg.norm(shape[eye.corners[0]] - shape[eye.corners[1]])
            iris = slice(eye.iris, eye.iris + 5)
            shape[iris, 0] += 0.22 * reach * expression.look_right
            shape[iris, 1] -= 0.10 * reach * expression.look_up
            upper, lower = list(eye.upper), list(eye.lower)
            closing = expression.blink * (shape[lower, :2] - shape[upper, :2])
            shape[upper, :2] += (1.0 - _LOWER_LID) * closing
            shape[lower, :2] -= _LOWER_LID * closing
        return shape

    def _near(self, landmarks: tuple[int, ...], reach_cm: float) -> NDArray[np.float64]:
        offsets = self._neutral[:, None, :2] - self._neutral[None, list(landmarks), :2]
        nearest = (offsets**2).sum(axis=2).min(axis=1)
        near: NDArray[np.float64] = np.exp(-nearest / reach_cm**2)
        return near

    def _lower_jaw(self) -> NDArray[np.float64]:
        """1 on chin and lower lip, 0 above the mouth, smooth in the cheeks."""
        offset = self._neutral - self._mouth
        weight: NDArray[np.float64] = smoothstep((offset[:, 1] + 1.2) / 2.4)
        weight *= 1.0 - 0.55 * smoothstep((np.abs(offset[:, 0]) - 2.5) / 4.0)
        weight[list(UPPER_LIP)] = 0.0
        # The opening is round: the lower lip follows the jaw least at the corners.
        across = np.clip(np.abs(offset[:, 0]) / self._half_width, 0.0, 1.0)
        lower_lip = list(LOWER_LIP)
        weight[lower_lip] = 1.0 - 0.65 * across[lower_lip] ** 2.5
        weight[list(ALL_MOUTH_CORNERS)] = 0.35
        weight[468:] = 0.0
        # Nothing above the base of the nose belongs to the jaw.
        weight *= smoothstep((self._neutral[:, 1] - self._neutral[2, 1]) / 0.8)
        return weight

    def _open_jaw(self, shape: Shape, amount: float) -> None:
        hinge = self._neutral[list(_JAW_HINGE)].mean(axis=0)
        angle = np.radians(_MAX_JAW_DEG * amount)
        arm = shape[:, 1:] - hinge[1:]
        turned_y = np.cos(angle) * arm[:, 0] - np.sin(angle) * arm[:, 1]
        turned_z = np.sin(angle) * arm[:, 0] + np.cos(angle) * arm[:, 1]
        shape[:, 1] += self._jaw_weight * (turned_y - arm[:, 0])
        shape[:, 2] += self._jaw_weight * (turned_z - arm[:, 1])

    def _smile(self, shape: Shape, amount: float) -> None:
        for side, near in zip((-1.0, 1.0), self._corners, strict=True):
            pull = amount * self._half_width * near
            shape[:, 0] += side * 0.26 * pull
            shape[:, 1] -= 0.24 * pull
            shape[:, 2] += 0.18 * pull

    def _pucker(self, shape: Shape, amount: float) -> None:
        pull = amount * self._lips
        shape[:, 0] -= 0.38 * pull * (shape[:, 0] - self._mouth[0])
        shape[:, 2] -= 0.5 * pull
