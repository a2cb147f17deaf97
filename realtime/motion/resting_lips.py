"""The driver's lips at rest, where the frame that is most like the portrait has them parted.

A driver who talks or grimaces all the while may never look like the portrait with his lips shut.
Were parted lips his rest, the avatar's would part less than his whenever he speaks, and be pushed
into each other when he shuts them. So his rest takes its lips from those few frames in which they
are as far apart as the portrait's: how they meet, how wide they are and their scores. Where they
are and how thick stays, for those are frames of another moment, and of another turn of the head.
Shut lips may smile or pout as well: of those frames, the ones most like the portrait count.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from realtime.models.blendshapes import NAMES
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState
from realtime.motion.lips import EDGES, carried_by_edges
from realtime.motion.neutral import lips_parted
from realtime.types import Face

_SUCH_FRAMES = 6
"Lips are the median of at least so many frames: one alone may be a passing pout."
_MOST_LIKE = 0.25
"Of the frames with lips as far apart as the portrait's, the share that is taken."
_ALIKE = 0.02
"Mouth widths of opening that are no difference."
_LIP_SCORES = [index for index, name in enumerate(NAMES) if name.startswith("mouth")]


def with_resting_lips(
    driver: Face, neutral: HeadState, faces: Sequence[Face], avatar: Face, fitter: PoseFitter
) -> tuple[Face, HeadState]:
    """The driver at rest and his neutral, lips no further apart than the portrait's if he can.

    Args:
        driver: at rest, most like the portrait; only his scores are changed.
        neutral: the same, as what relative motion starts from.
        faces: where he moves.
        avatar: the portrait's own face.
        fitter: finds the shapes of faces.
    """
    wanted = lips_parted(avatar.landmarks)
    unlike = np.array([abs(lips_parted(face.landmarks) - wanted) for face in faces])
    most = max(float(np.sort(unlike)[:_SUCH_FRAMES][-1]), _ALIKE)
    if lips_parted(driver.landmarks) - wanted < most + _ALIKE:
        return driver, neutral
    such = [face for face, far in zip(faces, unlike, strict=True) if far <= most]
    such.sort(key=lambda face: _lips_unlike(face, avatar))
    such = such[: max(_SUCH_FRAMES, round(_MOST_LIKE * len(such)))]
    scores = driver.blendshapes.copy()
    scores[_LIP_SCORES] = np.median([face.blendshapes[_LIP_SCORES] for face in such], axis=0)
    edges = [HeadState.of(face.landmarks, fitter).shape[EDGES] for face in such]
    way = np.median(edges, axis=0) - neutral.shape[EDGES]
    shape = neutral.shape + carried_by_edges(neutral.shape) @ (way - way.mean(axis=0))
    return replace(driver, blendshapes=scores), HeadState(neutral.pose, shape)


def _lips_unlike(face: Face, avatar: Face) -> float:
    """How far the scores of a face's lips are from those of the avatar's."""
    return float(np.abs(face.blendshapes[_LIP_SCORES] - avatar.blendshapes[_LIP_SCORES]).sum())
