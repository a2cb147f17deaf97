"""The driver's rest face, which relative motion starts from.

Rest is the moment at which the driver looks most like the avatar's portrait: what the portrait
already shows (a smile, a turned head) must not be added to it once more.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from realtime.models.blendshapes import NAMES, score
from realtime.models.face_mesh import (
    EYES,
    INNER_LIP_LOWER,
    INNER_LIP_UPPER,
    LOWER_LIP,
    MOUTH_CORNERS,
    OVAL,
    UPPER_LIP,
)
from realtime.motion.geometry import PoseFitter, rotation_angle_deg, rotation_of
from realtime.motion.head_state import HeadState, blend
from realtime.types import Face, Floats, Landmarks, Similarity

_LIPS = [*UPPER_LIP, *LOWER_LIP, *MOUTH_CORNERS]
_GOOD_FRAMES = 6
"A neutral is the median of this many good frames in a row."
_PATIENCE_S = 3.0
"After this long without a row of good frames, any row will do."
_SHUT = 0.5
_OPEN_JAW = 0.35
_TURNED_DEG = 22.0
_BETTER = 0.08
"How much nearer to the avatar a row must be to become the new neutral."
_SETTLE_S = 0.4
"Time constant of the change from one neutral to a better one."
_SETTLED_NS = round(8 * _SETTLE_S * 1e9)
"After this the change is over, but for a three-thousandth."
_SURE = (
    "jawOpen", "mouthSmileLeft", "mouthSmileRight", "mouthPucker", "eyeBlinkLeft", "eyeBlinkRight",
)  # fmt: skip
_LOOKS = (
    "eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft",
    "eyeLookUpRight", "eyeLookDownLeft", "eyeLookDownRight",
)  # fmt: skip
"Every glance is seen in both eyes: these count half."
_DOUBTFUL = ("mouthRollLower", "mouthRollUpper", "browInnerUp", "browDownLeft", "browDownRight")
"May be a face's shape as well, low brows read as a frown: these count half."
_COMPARED = np.array([NAMES.index(name) for name in (*_SURE, *_LOOKS, *_DOUBTFUL)])
_WEIGHTS = np.array([1.0] * len(_SURE) + [0.5] * (len(_LOOKS) + len(_DOUBTFUL)))
_PARTED_WEIGHT = 4.0
"Of the opening between the lips, in mouth widths: lips that close further than at rest collapse."
_OUTLINE_WEIGHT = 3.0
"Of how far the face's outline is from where the driver mostly has it, in centimetres: pouts and \
puffed cheeks have no blendshape that shows them."
_LIPS_WEIGHT, _SUCH_LIPS = 2.0, 0.25
"Of how far his lips are from where they mostly are in the quarter of the frames that has them as \
far apart as the portrait's: lips that are about to burst open are shut, but not at rest."
_ROOM = 0.5
"Face heights that a head may go to each side from where it is at rest."
_ANGLE_SCALE_DEG = 30.0
"A turn of this much counts as one full blendshape."


class NeutralSource(Protocol):
    """Whoever knows the driver's rest face."""

    def update(self, face: Face, t_ns: int) -> HeadState | None:
        """The neutral to use for this face; None while it is not known."""

    @property
    def blendshapes(self) -> Floats:
        """The driver's, at rest; once `update` has said what the neutral is."""

    def reset(self) -> None:
        """Learn it anew."""


class FixedNeutral:
    """A neutral that was chosen beforehand."""

    def __init__(self, neutral: HeadState, blendshapes: Floats) -> None:
        self._neutral = neutral
        self.blendshapes = blendshapes
        "See `NeutralSource.blendshapes`."

    def update(self, face: Face, t_ns: int) -> HeadState:  # noqa: ARG002 - the contract's
        """See `NeutralSource.update`."""
        return self._neutral

    def reset(self) -> None:
        """See `NeutralSource.reset`: a chosen neutral stays."""


class NeutralCalibrator:
    """Learns the neutral from a live driver, and keeps improving it."""

    def __init__(self, avatar: Face, fitter: PoseFitter) -> None:
        """`avatar`: the portrait's own face."""
        self._avatar = avatar
        self._fitter = fitter
        self._row: deque[tuple[Face, float]] = deque(maxlen=_GOOD_FRAMES)
        "Good frames, and how unlike the avatar each is."
        self.reset()

    def reset(self) -> None:
        """See `NeutralSource.reset`."""
        self._row.clear()
        self._best = np.inf
        self._target: HeadState | None = None
        self._current: HeadState | None = None
        self._wanted_scores = self.blendshapes = np.zeros(len(NAMES), np.float32)
        self._since_ns: int | None = None
        self._updated_ns = 0
        self._found_ns = 0

    def update(self, face: Face, t_ns: int) -> HeadState | None:
        """See `NeutralSource.update`."""
        if self._since_ns is None:
            self._since_ns = t_ns
        impatient = self._target is None and t_ns - self._since_ns > _PATIENCE_S * 1e9
        if is_restful(face) or impatient:
            self._row.append((face, unlikeness(face, self._avatar)))
        else:
            self._row.clear()
        if len(self._row) == _GOOD_FRAMES:
            self._consider_row(t_ns)
        self._settle(t_ns)
        return self._current

    def _consider_row(self, t_ns: int) -> None:
        distance = median(distance for _, distance in self._row)
        if distance >= self._best - (_BETTER if self._target else 0.0):
            return
        landmarks: Landmarks = np.median([face.landmarks for face, _ in self._row], axis=0)
        found = HeadState.of(landmarks, self._fitter)
        if self._target is not None:
            # A better expression is no reason for the avatar to change its place.
            old = self._target.pose
            pose = Similarity(old.scale, found.pose.rotation, old.translation)
            found = HeadState(pose, found.shape)
        self._target, self._best, self._found_ns = found, distance, t_ns
        self._wanted_scores = np.median([face.blendshapes for face, _ in self._row], axis=0)

    def _settle(self, t_ns: int) -> None:
        elapsed_s = (t_ns - self._updated_ns) * 1e-9
        self._updated_ns = t_ns
        if self._current is None or t_ns - self._found_ns > _SETTLED_NS:
            self._current, self.blendshapes = self._target, self._wanted_scores
        elif self._target is not None and self._current is not self._target:
            share = 1 - np.exp(-elapsed_s / _SETTLE_S)
            self._current = blend(self._current, self._target, share)
            self.blendshapes = self.blendshapes + share * (self._wanted_scores - self.blendshapes)


def with_usual_lids(neutral: HeadState, faces: Sequence[Face], fitter: PoseFitter) -> HeadState:
    """The neutral, its eyes as wide as the driver mostly has them open.

    The frame most like the portrait may be a squint or the start of a blink; an avatar that takes
    it for rest stares ever after.
    """
    shapes = [HeadState.of(face.landmarks, fitter).shape for face in faces if not eyes_shut(face)]
    if not shapes:
        return neutral
    shape = neutral.shape.copy()
    for eye in EYES:
        upper, lower = list(eye.upper), list(eye.lower)
        gaps = np.array([each[lower, 1] - each[upper, 1] for each in shapes])
        shape[upper, 1] = shape[lower, 1] - np.median(gaps, axis=0)
    return HeadState(neutral.pose, shape)


def with_room(neutral: HeadState, faces: Sequence[Face], fitter: PoseFitter) -> HeadState:
    """The neutral, placed so that a head that goes far goes as far to either side.

    Else the avatar's would leave the picture where the driver leaves the middle of his.
    """
    places = np.array([HeadState.of(face.landmarks, fitter).pose.translation for face in faces])
    low, high = places.min(axis=0), places.max(axis=0)
    middle = (low + high) / 2
    room = _ROOM * neutral.pose.scale * float(np.ptp(neutral.shape[:, 1]))
    place = np.clip(
        neutral.pose.translation,
        np.minimum(high - room, middle),
        np.maximum(low + room, middle),
    )
    return HeadState(replace(neutral.pose, translation=place), neutral.shape)


def is_restful(face: Face) -> bool:
    """Eyes open, jaw up, looking at the camera."""
    turned_deg = rotation_angle_deg(rotation_of(face.pose))
    return (
        not eyes_shut(face)
        and score(face.blendshapes, "jawOpen") < _OPEN_JAW
        and turned_deg < _TURNED_DEG
    )


def eyes_shut(face: Face) -> bool:
    """Whether the driver blinks or winks."""
    blink = max(score(face.blendshapes, "eyeBlinkLeft"), score(face.blendshapes, "eyeBlinkRight"))
    return blink >= _SHUT


def most_alike(faces: Sequence[Face], avatar: Face, fitter: PoseFitter) -> Face:
    """The driver at rest: most like the avatar, and with his face in its usual shape."""
    shapes = np.array([HeadState.of(face.landmarks, fitter).shape[:, :2] for face in faces])
    parted = np.array([_parted_since(avatar, face) for face in faces])
    such = parted <= np.quantile(parted, _SUCH_LIPS)
    outlines, lips = shapes[:, list(OVAL)], shapes[:, _LIPS]
    distances = np.array([unlikeness(face, avatar) for face in faces])
    distances += _OUTLINE_WEIGHT * _away(outlines, np.median(outlines, axis=0))
    distances += _LIPS_WEIGHT * _away(lips, np.median(lips[such], axis=0))
    return faces[int(np.argmin(distances))]


def unlikeness(face: Face, avatar: Face) -> float:
    """How far a driver's face is from the avatar's own expression and head pose; 0 is the same."""
    change = np.abs(face.blendshapes[_COMPARED] - avatar.blendshapes[_COMPARED])
    turn_deg = rotation_angle_deg(rotation_of(face.pose) @ rotation_of(avatar.pose).T)
    apart = _PARTED_WEIGHT * _parted_since(avatar, face)
    return float(change @ _WEIGHTS) + apart + turn_deg / _ANGLE_SCALE_DEG


def _away(shapes: NDArray[np.float64], usual: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) mean distance of the points of each shape from their usual places."""
    distance: NDArray[np.float64] = np.linalg.norm(shapes - usual, axis=2).mean(axis=1)
    return distance


def _parted_since(avatar: Face, face: Face) -> float:
    """How much less or more than the portrait's the driver's lips are parted."""
    return abs(lips_parted(face.landmarks) - lips_parted(avatar.landmarks))


def lips_parted(landmarks: Landmarks) -> float:
    """The opening between the lips, in mouth widths."""
    corners, middle = MOUTH_CORNERS, (INNER_LIP_UPPER[5], INNER_LIP_LOWER[5])
    left, right, upper, lower = (landmarks[index].tolist() for index in (*corners, *middle))
    return math.dist(upper, lower) / max(math.dist(left, right), 1e-6)
