"""Take the landmarker's tremble out of a sequence whose future is known.

A bilateral filter in time (Tomasi and Manduchi, ICCV 1998): each landmark is averaged with the
frames around it, those in which it lies within the tremble's reach. What moves further is left as
it was, and nothing comes late.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from realtime.models.face_mesh import EYES
from realtime.types import Face, Sighting

_REACH_FRAMES, _SPREAD_FRAMES = 3, 1.5
_SCORES_SPREAD_FRAMES = 1.0
"More would take the exaggeration off speech: a syllable lasts six frames."
_LEAP = 0.05
"Standard deviation that counts as a leap to another moment, in the unit of the tremble."
_TREMBLE = 0.008
"Standard deviation that counts as tremble, in distances between the outer corners of the eyes."


Average = Callable[[Face, list[tuple[int, Face]]], Face]
"""A face averaged with those around it, given with their distances in frames."""


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


def _around(looks: Sequence[Face | None], index: int) -> list[tuple[int, Face]]:
    """Faces next to a frame without a gap between, with their distance in frames."""
    found: list[tuple[int, Face]] = []
    for way in (-1, 1):
        for distance in range(1, _REACH_FRAMES + 1):
            at = index + way * distance
            face = looks[at] if 0 <= at < len(looks) else None
            if face is None:
                break
            found.append((distance, face))
    return found


def _steadied(face: Face, around: list[tuple[int, Face]]) -> Face:
    tremble = _TREMBLE * _span(face)
    landmarks, scores = face.landmarks.copy(), face.blendshapes.copy()
    shares = np.ones((len(landmarks), 1), np.float32)
    total = np.float32(1.0)
    for distance, other in around:
        near = np.float32(np.exp(-0.5 * (distance / _SPREAD_FRAMES) ** 2))
        way = other.landmarks - face.landmarks
        share = near * np.exp(-0.5 * (way[:, :2] ** 2).sum(axis=1, keepdims=True) / tremble**2)
        landmarks += share * other.landmarks
        shares += share
        # Scores are weighed by how still the whole face is.
        weight = np.float32(np.median(share))
        scores += weight * other.blendshapes
        total += weight
    return replace(
        face,
        landmarks=(landmarks / shares).astype(np.float32),
        blendshapes=(scores / total).astype(np.float32),
    )


def _with_calm_scores(face: Face, around: list[tuple[int, Face]]) -> Face:
    leap = _LEAP * _span(face)
    scores, total = face.blendshapes.copy(), np.float32(1.0)
    for distance, other in around:
        near = np.exp(-0.5 * (distance / _SCORES_SPREAD_FRAMES) ** 2)
        way = np.median(np.linalg.norm((other.landmarks - face.landmarks)[:, :2], axis=1))
        share = np.float32(near * np.exp(-0.5 * (way / leap) ** 2))
        scores += share * other.blendshapes
        total += share
    return replace(face, blendshapes=scores / total)


def _span(face: Face) -> float:
    """Between the outer corners of the eyes, pixels."""
    corners = face.landmarks[[EYES[0].corners[0], EYES[1].corners[1]], :2]
    return max(float(np.linalg.norm(corners[1] - corners[0])), 1e-3)
