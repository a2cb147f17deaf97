"""Take the landmarker's tremble out of a sequence whose future is known.

A bilateral filter in time (Tomasi and Manduchi, ICCV 1998) over pairs of frames, one before and
one after: each landmark is averaged with the pairs whose middle lies within the tremble's reach. An
even motion has its middle where it is, so the tremble goes from it, too; what swerves further is
left as it was, and nothing comes late.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from realtime.models.face_mesh import EYES
from realtime.types import Face, Sighting

_REACH_FRAMES, _SPREAD_FRAMES = 3, 1.5
_SCORES_SPREAD_FRAMES = 1.0
"More would take the exaggeration off speech: a syllable lasts six frames."
_LEAP = 0.025
"Standard deviation that counts as a leap to another moment, in the unit of the tremble."
_TREMBLE = 0.0044
"Standard deviation that counts as tremble, in distances between the outer corners of the eyes."


Pair = tuple[int, Face, Face]
"""A distance in frames, and the faces so far before and after."""
Average = Callable[[Face, list[Pair]], Face]
"""A face averaged with the pairs around it."""


def steady(sightings: Sequence[Sighting]) -> list[Sighting]:
    """The same sightings, with landmarks and blendshapes of their faces steadied."""
    return _averaged(sightings, _steadied)


def with_calm_scores(sightings: Sequence[Sighting]) -> list[Sighting]:
    """The same sightings, their blendshapes averaged over a few frames unless the face leaps.

    Scores tremble more than landmarks, and most of all while the face moves: what is exaggerated
    by them trembles as much more.
    """
    return _averaged(sightings, _with_calm_scores)


def _averaged(sightings: Sequence[Sighting], average: Average) -> list[Sighting]:
    looks: list[Face | None] = []
    for sighting, before in zip(sightings, [None, *sightings], strict=False):
        # A face that is held is not seen again.
        held = before is not None and sighting.face is before.face
        looks.append(None if held else sighting.face)
    steadied: list[Sighting] = []
    face: Face | None = None
    for index, sighting in enumerate(sightings):
        look = looks[index]
        if look is not None:
            face = average(look, _around(looks, index))
        steadied.append(sighting if sighting.face is None else replace(sighting, face=face))
    return steadied


def _around(looks: Sequence[Face | None], index: int) -> list[Pair]:
    """The pairs around a frame without a gap between."""
    found: list[Pair] = []
    for distance in range(1, _REACH_FRAMES + 1):
        if index < distance or index + distance >= len(looks):
            break
        before, after = looks[index - distance], looks[index + distance]
        if before is None or after is None:
            break
        found.append((distance, before, after))
    return found


def _steadied(face: Face, around: list[Pair]) -> Face:
    tremble = _TREMBLE * _span(face)
    landmarks, scores = face.landmarks.copy(), face.blendshapes.copy()
    shares = np.ones((len(landmarks), 1), np.float32)
    total = np.float32(1.0)
    for distance, before, after in around:
        middle = (before.landmarks + after.landmarks) / 2
        way = middle - face.landmarks
        still = np.exp(-0.5 * (way[:, :2] ** 2).sum(axis=1, keepdims=True) / tremble**2)
        share = _near(distance, _SPREAD_FRAMES) * still
        landmarks += share * middle
        shares += share
        # Scores are weighed by how still the whole face is.
        weight = np.float32(np.median(share))
        scores += weight * (before.blendshapes + after.blendshapes) / 2
        total += weight
    return replace(
        face,
        landmarks=(landmarks / shares).astype(np.float32),
        blendshapes=(scores / total).astype(np.float32),
    )


def _with_calm_scores(face: Face, around: list[Pair]) -> Face:
    leap = _LEAP * _span(face)
    scores, total = face.blendshapes.copy(), np.float32(1.0)
    for distance, before, after in around:
        middle = (before.landmarks + after.landmarks) / 2
        way = np.median(np.linalg.norm((middle - face.landmarks)[:, :2], axis=1))
        here = np.float32(np.exp(-0.5 * (way / leap) ** 2))
        share = _near(distance, _SCORES_SPREAD_FRAMES) * here
        scores += share * (before.blendshapes + after.blendshapes) / 2
        total += share
    return replace(face, blendshapes=scores / total)


def _near(distance: int, spread_frames: float) -> np.float32:
    """The weight of a pair, which is two frames."""
    return np.float32(2.0 * np.exp(-0.5 * (distance / spread_frames) ** 2))


def _span(face: Face) -> float:
    """Between the outer corners of the eyes, pixels."""
    corners = face.landmarks[[EYES[0].corners[0], EYES[1].corners[1]], :2]
    return max(float(np.linalg.norm(corners[1] - corners[0])), 1e-3)
