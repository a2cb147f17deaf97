"""One face at one moment, and ways from one to another."""

from dataclasses import dataclass

import cv2
import numpy as np

from realtime.motion.geometry import (
    PoseFitter,
    Shape,
    compose,
    inverse,
    rotation_from_degrees,
    to_image,
)
from realtime.types import Floats, Similarity

_NECK_CM = np.array([0.0, 3.0, 4.0])
"From the middle of the face to where a head turns, canonical face space, y down, z away."


@dataclass(frozen=True, slots=True)
class HeadState:
    """Where the head is and what shape the face has."""

    pose: Similarity
    "Canonical face space (y down, z away) to pixels."
    shape: Shape

    @classmethod
    def of(cls, landmarks: Floats, fitter: PoseFitter) -> "HeadState":
        """The state that `landmarks` (478, 3) show."""
        return cls(*fitter.fit(landmarks))

    def landmarks(self) -> Floats:
        """(478, 3) pixels."""
        return to_image(self.pose, self.shape).astype(np.float32)

    def motion_from(self, rest: "HeadState") -> Similarity:
        """What takes the head from `rest` to here, pixels to pixels."""
        return compose(self.pose, inverse(rest.pose))


def blend(start: HeadState, end: HeadState, share: float) -> HeadState:
    """`start` at share 0, `end` at 1; the head turns along the shortest way."""
    if share <= 0.0:
        return start
    if share >= 1.0:
        return end
    shape = start.shape + share * (end.shape - start.shape)
    return HeadState(blend_pose(start.pose, end.pose, share), shape)


def blend_pose(start: Similarity, end: Similarity, share: float) -> Similarity:
    """The same of the head alone."""
    turn = cv2.Rodrigues(end.rotation @ start.rotation.T)[0]
    return Similarity(
        start.scale * (end.scale / start.scale) ** share,
        cv2.Rodrigues(turn * share)[0] @ start.rotation,
        start.translation + share * (end.translation - start.translation),
    )


def turn_head(state: HeadState, yaw_deg: float, pitch_deg: float, roll_deg: float) -> Similarity:
    """The pose after the head has turned on its neck; signs as in `rotation_from_degrees`."""
    pose = state.pose
    neck = state.shape.mean(axis=0) + _NECK_CM
    rotation = rotation_from_degrees(yaw_deg, pitch_deg, roll_deg) @ pose.rotation
    pivot = to_image(pose, neck)
    return Similarity(pose.scale, rotation, pivot - pose.scale * rotation @ neck)
