"""Relative transfer: the driver's change since the neutral, made by the avatar's own face.

In canonical face space (pose removed), with 0 for the driver's neutral and S for the avatar:

    shape    C' = C_S + g * (C_D - C_0)          g: the avatar's proportions over the driver's
    rotation R' = R_D R_0^T R_S
    scale    s' = s_S s_D / s_0
    place    t' = t_S + (t_D - t_0) s_S / s_0

as in the first-order paper's relative mode, with landmarks in place of keypoints.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.models.face_mesh import (
    ALL_MOUTH_CORNERS,
    CHIN,
    EYES,
    INNER_LIP_LOWER,
    INNER_LIP_UPPER,
    LEFT_BROW,
    LOWER_LIP,
    MOUTH_CORNERS,
    RIGHT_BROW,
    UPPER_LIP,
    EyeLandmarks,
)
from realtime.motion.geometry import Shape
from realtime.motion.head_state import HeadState
from realtime.types import LANDMARK_COUNT, Similarity

_LIPS = [*UPPER_LIP, *LOWER_LIP, *ALL_MOUTH_CORNERS]
_BROWS = (*RIGHT_BROW, *LEFT_BROW)
_EYE_REACH_CM = 1.1
_BROW_REACH_CM = 1.4
_MOUTH_REACH_CM = 4.5

_CLOSED_LID = 0.22
"MediaPipe's lids keep this share of their opening when the eye is shut."
_MIN_GAP_CM = 0.02
_SPEAKING_CM, _WIDE_CM = 1.0, 3.0

_INTO_FOLD = 1.0
"Share of the way from the upper lid to its fold that a wide eye may take."
_LOWER_LIP_EDGE = (17, 84, 314)
_CHIN_SHARE = 0.45
"Of what the chin lags behind the lower lip; on videos this share fits pictures best."

MAX_TURN_DEG = np.array([28.0, 40.0, 50.0])
"Pitch, yaw and roll away from the portrait's own pose; beyond it the mesh folds."
MAX_SHIFT = 0.9
"Way from the portrait's own place, in face heights."
MAX_ZOOM = 1.5


@dataclass(frozen=True, slots=True)
class Strengths:
    """How much of the driver's motion each part of the avatar shows; 1 is all of it."""

    head: float = 1.0
    mouth: float = 1.0
    "Beyond 1 it emphasises speech, and leaves a mouth that is wide open as it is."
    eyes: float = 1.0
    brows: float = 1.0


class Retargeter:
    """Moves one avatar by one driver's neutral."""

    def __init__(self, avatar: HeadState, strengths: Strengths, *, relative: bool = True) -> None:
        """Prepare for one avatar.

        Args:
            avatar: the portrait's own state.
            strengths: how much of the motion to show.
            relative: False shows the driver's own face shape and head angles instead of their
                change; likeness is lost where faces differ.
        """
        self.avatar = avatar
        self._strengths = strengths
        self._relative = relative
        self._weights = _expression_weights(avatar.shape, strengths)
        usual = replace(strengths, mouth=min(1.0, strengths.mouth))
        self._mouth_emphasis = self._weights - _expression_weights(avatar.shape, usual)
        self._chin_weights = _chin_weights(avatar.shape)
        self._proportions: tuple[HeadState, NDArray[np.float64]] | None = None
        "Of the last neutral, which is mostly the next one's, too."
        self._face_height = avatar.pose.scale * float(np.ptp(avatar.shape[:, 1]))

    def __call__(self, driver: HeadState, neutral: HeadState) -> HeadState:
        """The avatar's state when a driver whose rest is `neutral` looks like `driver`."""
        if self._relative:
            weights = self._weights - self._mouth_emphasis * _wideness(driver.shape)
            gain = weights * self._proportion_gain(neutral)
            shape = self.avatar.shape + gain * (driver.shape - neutral.shape)
            for eye in EYES:
                ratio = 1.0 + self._strengths.eyes * (_openness(eye, driver, neutral) - 1.0)
                upper, lower = list(eye.upper), list(eye.lower)
                ratio = min(max(0.0, ratio), 1.0) + self._widen(eye, ratio - 1.0)
                gap = ratio * lid_gap(self.avatar.shape, eye)
                shape[upper, 1] = shape[lower, 1] - gap
            self._drop_chin(shape)
        else:
            shape = self.avatar.shape + self._weights * (driver.shape - self.avatar.shape)
        rest = self.avatar.shape
        _keep_order(shape, rest, INNER_LIP_UPPER[1:-1], INNER_LIP_LOWER[1:-1], 0.0)
        for eye in EYES:
            _keep_order(shape, rest, eye.upper, eye.lower, _MIN_GAP_CM)
        return HeadState(self._move_head(driver.pose, neutral.pose), shape)

    def _proportion_gain(self, neutral: HeadState) -> NDArray[np.float64]:
        if self._proportions is None or self._proportions[0] is not neutral:
            self._proportions = neutral, proportion_gain(self.avatar.shape, neutral.shape)
        return self._proportions[1]

    def _widen(self, eye: EyeLandmarks, amount: float) -> float:
        """How much wider than at rest the eye opens: its lid has only its fold to go into."""
        shape, middle = self.avatar.shape, len(eye.upper) // 2
        room = float(shape[eye.upper[middle], 1] - shape[eye.fold, 1])
        most = max(0.05, _INTO_FOLD * room / float(lid_gap(shape, eye)[middle]))
        return float(soft_limit(max(0.0, amount), most))

    def _drop_chin(self, shape: Shape) -> None:
        """Let the chin follow the lower lip down: the landmarker sees less than half of its way."""
        change = shape[:, 1] - self.avatar.shape[:, 1]
        behind = change[list(_LOWER_LIP_EDGE)].mean() - change[CHIN]
        shape[:, 1] += _CHIN_SHARE * max(0.0, float(behind)) * self._chin_weights

    def _move_head(self, driver: Similarity, neutral: Similarity) -> Similarity:
        rest, strength = self.avatar.pose, self._strengths.head
        if self._relative:
            turn = driver.rotation @ neutral.rotation.T
        else:
            turn = driver.rotation @ rest.rotation.T
        turn_deg = np.degrees(cv2.Rodrigues(turn)[0].ravel())
        limited = np.radians(soft_limit(strength * turn_deg, MAX_TURN_DEG))
        turn = np.asarray(cv2.Rodrigues(limited)[0], np.float64)
        shift = strength * (driver.translation - neutral.translation) * rest.scale / neutral.scale
        far = MAX_SHIFT * self._face_height
        zoom = np.log(driver.scale / neutral.scale) * strength
        return Similarity(
            rest.scale * float(np.exp(soft_limit(zoom, np.log(MAX_ZOOM)))),
            turn @ rest.rotation,
            rest.translation + soft_limit(shift, far),
        )


def _chin_weights(shape: Shape) -> NDArray[np.float64]:
    """(478,) 0 above the lower lip's edge, 1 at the chin, less towards the ears."""
    lip = shape[list(_LOWER_LIP_EDGE), 1].mean()
    down = np.clip((shape[:, 1] - lip) / (shape[CHIN, 1] - lip), 0.0, 1.2)
    aside = np.abs(shape[:, 0] - shape[CHIN, 0])
    result: NDArray[np.float64] = down * (1.0 - 0.55 * smoothstep((aside - 2.5) / 4.0))
    return result


def soft_limit(
    value: NDArray[np.float64] | float, limit: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """Unchanged up to 0.7 of the limit, then bent so that the limit is never passed."""
    magnitude = np.abs(value)
    knee = 0.7 * np.asarray(limit)
    room = np.asarray(limit) - knee
    bent = np.minimum(magnitude, knee) + room * np.tanh(np.maximum(magnitude - knee, 0.0) / room)
    result: NDArray[np.float64] = np.sign(value) * bent
    return result


def proportion_gain(avatar: Shape, neutral: Shape) -> NDArray[np.float64]:
    """(478, 3): the avatar's proportions over the driver's, per landmark and axis.

    Eye landmarks move up and down by the ratio of the eye openings, lips by the ratio of the
    mouth widths; all else one to one.
    """
    gain = np.ones((LANDMARK_COUNT, 3))
    for eye in EYES:
        ratio = lid_gap(avatar, eye).mean() / max(lid_gap(neutral, eye).mean(), 1e-3)
        gain[list(eye.ring), 1] = np.clip(ratio, 0.5, 2.0)
    ratio = _mouth_width(avatar) / max(_mouth_width(neutral), 1e-3)
    gain[_LIPS] = np.clip(ratio, 0.7, 1.4)
    return gain


def lid_gap(shape: Shape, eye: EyeLandmarks) -> NDArray[np.float64]:
    """(7,) opening between the lids, from corner to corner, in the shape's unit."""
    gap: NDArray[np.float64] = shape[list(eye.lower), 1] - shape[list(eye.upper), 1]
    return gap


def _mouth_width(shape: Shape) -> float:
    right, left = MOUTH_CORNERS
    return float(np.linalg.norm(shape[right] - shape[left]))


def _wideness(shape: Shape) -> float:
    """0 for a mouth that speaks, to 1 for one so wide open that emphasis would disfigure it."""
    gap_cm = float(shape[INNER_LIP_LOWER[5], 1] - shape[INNER_LIP_UPPER[5], 1])
    return smoothstep((gap_cm - _SPEAKING_CM) / (_WIDE_CM - _SPEAKING_CM))


def _openness(eye: EyeLandmarks, driver: HeadState, neutral: HeadState) -> float:
    """The driver's opening between the lids over his rest's, so that shut is 0."""
    rest = max(float(lid_gap(neutral.shape, eye).mean()), 1e-3)
    ratio = float(lid_gap(driver.shape, eye).mean()) / rest
    return ratio if ratio > 1.0 else max(0.0, (ratio - _CLOSED_LID) / (1.0 - _CLOSED_LID))


def _keep_order(
    shape: Shape, rest: Shape, upper: tuple[int, ...], lower: tuple[int, ...], gap: float
) -> None:
    """Push `upper` and `lower` apart where they are nearer than `gap`, and than at rest."""
    above, below = list(upper), list(lower)
    least = np.minimum(gap, rest[below, 1] - rest[above, 1])
    crossing = np.maximum(shape[above, 1] + least - shape[below, 1], 0.0)
    shape[above, 1] -= crossing / 2
    shape[below, 1] += crossing / 2


def _expression_weights(shape: Shape, strengths: Strengths) -> NDArray[np.float64]:
    """(478, 1): per landmark, the strengths of the groups that it is near to, blended."""
    groups = (
        ([*EYES[0].ring, *EYES[1].ring, *range(468, 478)], _EYE_REACH_CM, strengths.eyes),
        (_BROWS, _BROW_REACH_CM, strengths.brows),
        (_LIPS, _MOUTH_REACH_CM, strengths.mouth),
    )
    total = np.full(LANDMARK_COUNT, 1e-6)
    weighted = total.copy()
    for members, reach_cm, strength in groups:
        offsets = shape[:, None, :2] - shape[None, list(members), :2]
        nearest_cm = np.sqrt((offsets**2).sum(axis=2).min(axis=1))
        near = np.exp(-((nearest_cm / reach_cm) ** 2))
        total += near
        weighted += near * strength
    result: NDArray[np.float64] = (weighted / total)[:, None]
    return result
