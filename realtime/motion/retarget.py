"""Relative transfer: the driver's change since the neutral, made by the avatar's own face.

In canonical face space (pose removed), with 0 for the driver's neutral and S for the avatar:

    shape    C' = C_S + g * (C_D - C_0)          g: the avatar's proportions over the driver's
    rotation R' = R_D R_0^T R_S
    scale    s' = s_S s_D / s_0
    place    t' = t_S + (t_D - t_0) s_S / s_0

as in the first-order paper's relative mode, with landmarks in place of keypoints.
"""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep, soft_limit
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
    SHUT,
    UPPER_LIP,
)
from realtime.motion.geometry import Shape, yaw_deg
from realtime.motion.head_state import HeadState
from realtime.types import LANDMARK_COUNT, Similarity

_LIPS = [*UPPER_LIP, *LOWER_LIP, *ALL_MOUTH_CORNERS]
_UPPER_LIDS = np.array([eye.upper for eye in EYES])
_LOWER_LIDS = np.array([eye.lower for eye in EYES])
_FOLDS = np.array([eye.fold for eye in EYES])
_ABOVE = np.array([*INNER_LIP_UPPER[1:-1], *_UPPER_LIDS.ravel()])
"Landmarks that may not come below those of `_BELOW`."
_BELOW = np.array([*INNER_LIP_LOWER[1:-1], *_LOWER_LIDS.ravel()])
_BROWS = (*RIGHT_BROW, *LEFT_BROW)
_EYE_REACH_CM = 1.1
_BROW_REACH_CM = 1.4
_MOUTH_REACH_CM = 4.5

_CLOSED_LID = 0.22
"MediaPipe's lids keep this share of their opening when the eye is shut."
_MEET_ABOVE = 0.55
"And meet so far up in it: of twenty-one people on videos, lashes of shut eyes lie close to the \
upper lid's landmarks, in a flatter line than the lower lid's."
_MIN_GAP_CM = 0.02
_SPEAKING_CM, _WIDE_CM = 1.0, 3.0

_INTO_FOLD = 1.0
"Share of the way from the upper lid to its fold that a wide eye may take."
_LOWER_LIP_EDGE = np.array([17, 84, 314])
_CHIN_SHARE = 0.45
"Of what the chin lags behind the lower lip; on videos this share fits pictures best."

MAX_TURN_DEG = np.array([28.0, 40.0, 50.0])
"Pitch, yaw and roll away from the portrait's own pose; beyond it the mesh folds."
SLANT_DEG = 12.0
"A portrait that is turned aside by more than this cannot be turned to the other side as far: by \
what it is more, for it does not show what would be seen."
MAX_SHIFT = 0.9
"Way from the portrait's own place, in face heights."
MAX_ZOOM = 1.5
_MAX_TURN, _MAX_LOG_ZOOM = np.radians(MAX_TURN_DEG), math.log(MAX_ZOOM)
_LEAST_TURN = math.radians(10.0)
"To the other side, however far aside a portrait looks."


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
        self._chin_weights = chin_weights(avatar.shape)
        self._proportions: tuple[HeadState, NDArray[np.float64]] | None = None
        "Of the last neutral, which is mostly the next one's, too."
        self._lid_gaps = lid_gaps(avatar.shape)
        self._widest = _widest(avatar.shape)
        self._least_apart = _least_apart(avatar.shape)
        self._most_turn = _most_turn(avatar.pose)
        self._face_height = avatar.pose.scale * float(np.ptp(avatar.shape[:, 1]))

    def __call__(self, driver: HeadState, neutral: HeadState) -> HeadState:
        """The avatar's state when a driver whose rest is `neutral` looks like `driver`."""
        if self._relative:
            weights = self._weights - self._mouth_emphasis * _wideness(driver.shape)
            gain = weights * self._proportion_gain(neutral)
            shape = self.avatar.shape + gain * (driver.shape - neutral.shape)
            self._open_lids(shape, *_openness(driver.shape, neutral.shape))
            self._drop_chin(shape)
        else:
            shape = self.avatar.shape + self._weights * (driver.shape - self.avatar.shape)
        self._keep_order(shape)
        return HeadState(self._move_head(driver.pose, neutral.pose), shape)

    def _proportion_gain(self, neutral: HeadState) -> NDArray[np.float64]:
        if self._proportions is None or self._proportions[0] is not neutral:
            self._proportions = neutral, proportion_gain(self.avatar.shape, neutral.shape)
        return self._proportions[1]

    def _open_lids(
        self, shape: Shape, openness: NDArray[np.float64], left_open: NDArray[np.float64]
    ) -> None:
        """Open the eyes as far as the driver's, `openness` (2,) of their rest.

        `left_open` (2,) is what landmarks would add to that.
        """
        raised = _MEET_ABOVE * self._strengths.eyes * left_open * np.maximum(0.0, 1.0 - openness)
        shape[_LOWER_LIDS, 1] -= raised[:, None] * self._lid_gaps
        change = self._strengths.eyes * (openness - 1.0)
        wider = soft_limit(np.maximum(0.0, change), self._widest)
        ratio = 1.0 + np.clip(change, -1.0, 0.0) + wider
        shape[_UPPER_LIDS, 1] = shape[_LOWER_LIDS, 1] - ratio[:, None] * self._lid_gaps

    def _drop_chin(self, shape: Shape) -> None:
        """Let the chin follow the lower lip down: the landmarker sees less than half of its way."""
        change = shape[:, 1] - self.avatar.shape[:, 1]
        behind = change[_LOWER_LIP_EDGE].mean() - change[CHIN]
        if behind > 0.0:
            shape[:, 1] += _CHIN_SHARE * behind * self._chin_weights

    def _keep_order(self, shape: Shape) -> None:
        """Push lips and lids apart where they cross, or are nearer than they may."""
        crossing = np.maximum(shape[_ABOVE, 1] + self._least_apart - shape[_BELOW, 1], 0.0)
        shape[_ABOVE, 1] -= crossing / 2
        shape[_BELOW, 1] += crossing / 2

    def _move_head(self, driver: Similarity, neutral: Similarity) -> Similarity:
        rest, strength = self.avatar.pose, self._strengths.head
        if self._relative:
            turn = driver.rotation @ neutral.rotation.T
        else:
            turn = driver.rotation @ rest.rotation.T
        vector = np.asarray(cv2.Rodrigues(turn)[0], np.float64).ravel()
        to_right, to_left = self._most_turn
        limited = soft_limit(strength * vector, np.where(vector < 0.0, to_right, to_left))
        turn = np.asarray(cv2.Rodrigues(limited)[0], np.float64)
        shift = strength * (driver.translation - neutral.translation) * rest.scale / neutral.scale
        far = MAX_SHIFT * self._face_height
        zoom = float(soft_limit(math.log(driver.scale / neutral.scale) * strength, _MAX_LOG_ZOOM))
        return Similarity(
            rest.scale * math.exp(zoom),
            turn @ rest.rotation,
            rest.translation + soft_limit(shift, far),
        )


def _most_turn(pose: Similarity) -> NDArray[np.float64]:
    """(2, 3) radians that a portrait can be turned about each axis, by where it looks at rest.

    About the vertical axis to the picture's right, then to its left; for the others the same twice.
    """
    most = np.array([_MAX_TURN, _MAX_TURN])
    aside_deg = yaw_deg(pose.rotation)
    hidden = math.radians(max(0.0, abs(aside_deg) - SLANT_DEG))
    most[int(aside_deg > 0.0), 1] = max(most[0, 1] - hidden, _LEAST_TURN)
    return most


def chin_weights(shape: Shape) -> NDArray[np.float64]:
    """(478,) 0 above the lower lip's edge, 1 at the chin, less towards the ears."""
    lip = shape[_LOWER_LIP_EDGE, 1].mean()
    down = np.clip((shape[:, 1] - lip) / (shape[CHIN, 1] - lip), 0.0, 1.2)
    aside = np.abs(shape[:, 0] - shape[CHIN, 0])
    result: NDArray[np.float64] = down * (1.0 - 0.55 * smoothstep((aside - 2.5) / 4.0))
    return result


def proportion_gain(avatar: Shape, neutral: Shape) -> NDArray[np.float64]:
    """(478, 3): the avatar's proportions over the driver's, per landmark and axis.

    Eye landmarks move up and down by the ratio of the eye openings, lips by the ratio of the
    mouth widths; all else one to one.
    """
    gain = np.ones((LANDMARK_COUNT, 3))
    ratios = lid_gaps(avatar).mean(axis=1) / np.maximum(lid_gaps(neutral).mean(axis=1), 1e-3)
    for eye, each in zip(EYES, np.clip(ratios, 0.5, 2.0), strict=True):
        gain[list(eye.ring), 1] = each
    ratio = _mouth_width(avatar) / max(_mouth_width(neutral), 1e-3)
    gain[_LIPS] = np.clip(ratio, 0.7, 1.4)
    return gain


def lid_gaps(shape: Shape) -> NDArray[np.float64]:
    """(2, 7) opening between the lids of `EYES`, from corner to corner, in the shape's unit."""
    gaps: NDArray[np.float64] = shape[_LOWER_LIDS, 1] - shape[_UPPER_LIDS, 1]
    return gaps


def _mouth_width(shape: Shape) -> float:
    right, left = MOUTH_CORNERS
    return float(np.linalg.norm(shape[right] - shape[left]))


def _wideness(shape: Shape) -> float:
    """0 for a mouth that speaks, to 1 for one so wide open that emphasis would disfigure it."""
    gap_cm = float(shape[INNER_LIP_LOWER[5], 1] - shape[INNER_LIP_UPPER[5], 1])
    return smoothstep((gap_cm - _SPEAKING_CM) / (_WIDE_CM - _SPEAKING_CM))


def _openness(driver: Shape, neutral: Shape) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(2,) the driver's opening between the lids over his rest's, so that shut is 0.

    And (2,) how much more than that landmarks tell.
    """
    rest = np.maximum(lid_gaps(neutral).mean(axis=1), 1e-3)
    ratio = lid_gaps(driver).mean(axis=1) / rest
    falling = np.maximum(0.0, (ratio - _CLOSED_LID) / (1.0 - _CLOSED_LID))
    result: NDArray[np.float64] = np.where(ratio > 1.0, ratio, falling)
    return result, ratio - result


def _widest(shape: Shape) -> NDArray[np.float64]:
    """(2,) how much wider than at rest each eye can open: its lid has only its fold to go into.

    Eyes that are shut stay shut: their lids drawn apart would show a dark smear.
    """
    middle = _UPPER_LIDS.shape[1] // 2
    room = shape[_UPPER_LIDS[:, middle], 1] - shape[_FOLDS, 1]
    gaps = lid_gaps(shape)[:, middle]
    corners = shape[np.array([eye.corners for eye in EYES])]
    is_shut = gaps < SHUT * np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
    room[is_shut] = 0.0
    widest: NDArray[np.float64] = np.maximum(0.05, _INTO_FOLD * room / np.maximum(gaps, 1e-6))
    return widest


def _least_apart(shape: Shape) -> NDArray[np.float64]:
    """How far each of `_BELOW` must be from `_ABOVE`, unless it is nearer at rest."""
    least = np.where(np.isin(_ABOVE, _UPPER_LIDS), _MIN_GAP_CM, 0.0)
    apart: NDArray[np.float64] = np.minimum(least, shape[_BELOW, 1] - shape[_ABOVE, 1])
    return apart


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
