"""Shading: a head that turns in its portrait's light is lit from another side.

A face in distant light is as bright as a constant and three numbers, one an axis, say of its
normals: the first four spherical harmonics, which hold most of what a matt surface reflects (Basri
and Jacobs, "Lambertian reflectance and linear subspaces", PAMI 2003). The numbers are read from the
portrait, as if all of its skin were of one colour; each part of the head is then drawn so much
brighter or darker as its normal has turned to that light or away.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.models.face_mesh import EYES, LEFT_BROW, LOWER_LIP, RIGHT_BROW, UPPER_LIP
from realtime.types import LANDMARK_COUNT, RGB, Landmarks

_ROUND_OFF = 3
"Times that each normal is averaged with its neighbours': landmarks' depths are rough."
_NOT_SKIN = (*EYES[0].ring, *EYES[1].ring, *RIGHT_BROW, *LEFT_BROW, *UPPER_LIP, *LOWER_LIP)
_FACING = -0.2
"Depth of a normal up to which what it belongs to is seen well enough to tell its colour."
_BLUR, _CROWDED = 0.04, 0.1
"Round a landmark, in inter-ocular distances: what its colour is the mean of, and within what \
others say the same."
_DOUBT = 0.03
"Weight of the guess that light comes from everywhere, over all of the face's."
_ODD, _NOISE = 1.5, 0.02
"Skin that is so many deviations off what the light would have it counts half; a deviation is at \
least so large, over the skin's brightness."
_ROUNDS = 12
_SHARE = 0.9
"Part of the light comes from everywhere, whatever was read; on videos this share fits best."
_LEAST_LIT = 0.4
"No part of a portrait is taken for darker than this, over the mean light."
_MOST_DARKER = 0.35
"Of its brightness, nothing loses more than this."
_BURNT = 215.0
"Grey level of a colour's brightest channel from which on the others come near to it."


class Shading:
    """One avatar's."""

    def __init__(
        self,
        picture: RGB,
        landmarks: Landmarks,
        triangles: NDArray[np.int32],
        head_size: float,
    ) -> None:
        """Read a portrait's light.

        Args:
            picture: (h, w, 3) the portrait.
            landmarks: (478, 3) its own, pixels.
            triangles: (t, 3) of the face.
            head_size: inter-ocular distance, pixels.
        """
        normals = _normals(landmarks, triangles)
        colours = _colours(picture, landmarks, head_size)
        self._light = _light(landmarks, normals, colours.mean(axis=1), head_size)
        lit = np.maximum(1.0 + normals @ self._light, _LEAST_LIT)
        self._answer = _SHARE * normals / lit[:, None]
        brightest = colours.max(axis=1)
        self.room = 1.0 - (brightest / 255.0) ** 2
        "(478,) what is bright gets less brighter, and white not at all: no highlight burns out."
        self._coloured = 1.0 - smoothstep((brightest - _BURNT) / (255.0 - _BURNT))
        "(478,) what is burnt out already gets less darker: its colour is lost, and grey it is ash."

    def __call__(self, rotation: NDArray[np.float64]) -> NDArray[np.float64]:
        """(478,) how many times as bright as at rest each landmark is, 1 at rest.

        Args:
            rotation: (3, 3) what the head has turned by, in image axes.
        """
        change = self._answer @ (self._light @ rotation - self._light)
        brighter = self.room * np.maximum(change, 0.0)
        darker = self._coloured * np.clip(change, -_MOST_DARKER, 0.0)
        result: NDArray[np.float64] = 1.0 + brighter + darker
        return result


def _normals(landmarks: Landmarks, triangles: NDArray[np.int32]) -> NDArray[np.float64]:
    """(478, 3) unit normals towards the viewer's side; irises have none, which are 0."""
    corners = landmarks.astype(np.float64)[triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros((LANDMARK_COUNT, 3))
    # Larger triangles say more.
    np.add.at(normals, triangles, across[:, None])
    normals = _of_length_one(normals)
    for _ in range(_ROUND_OFF):
        rounder = normals.copy()
        np.add.at(rounder, triangles, normals[triangles].mean(axis=1, keepdims=True))
        normals = _of_length_one(rounder)
    return -normals if normals[:, 2].mean() > 0.0 else normals


def _of_length_one(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) the vectors (n, 3), each of length 1, or 0 where it has none."""
    result: NDArray[np.float64] = vectors / np.maximum(
        np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9
    )
    return result


def _colours(picture: RGB, landmarks: Landmarks, head_size: float) -> NDArray[np.float64]:
    """(478, 3) RGB grey levels round each landmark."""
    height, width = picture.shape[:2]
    columns, rows = np.clip(landmarks[:, :2].astype(int).T, 0, [[width - 1], [height - 1]])
    blurred = cv2.GaussianBlur(picture, (0, 0), max(0.5, _BLUR * head_size))
    colours: NDArray[np.float64] = blurred[rows, columns].astype(np.float64)
    return colours


def _light(
    landmarks: Landmarks,
    normals: NDArray[np.float64],
    bright: NDArray[np.float64],
    head_size: float,
) -> NDArray[np.float64]:
    """(3,) how much brighter skin is that turns wholly to each axis, over the mean light.

    What is oddly bright or dark, as beards, shine, paint and hair, counts little.

    Args:
        landmarks: (478, 3) pixels.
        normals: (478, 3).
        bright: (478,) grey levels.
        head_size: inter-ocular distance, pixels.
    """
    seen = np.flatnonzero((normals[:, 2] < _FACING) & ~np.isin(range(LANDMARK_COUNT), _NOT_SKIN))
    if len(seen) == 0:
        return np.zeros(3)
    found = bright[seen] / max(float(np.median(bright[seen])), 1.0)
    places = landmarks[seen, :2].astype(np.float64)
    apart = np.linalg.norm(places[:, None] - places, axis=2)
    area = 1.0 / np.exp(-((apart / (_CROWDED * head_size)) ** 2)).sum(axis=1)
    causes = np.column_stack([np.ones(len(seen)), normals[seen]])
    doubt = _DOUBT * np.diag([0.0, 1.0, 1.0, 1.0])
    weights, numbers = area, np.zeros(4)
    for _ in range(_ROUNDS):
        weighted = causes.T * weights
        numbers = np.linalg.solve(weighted @ causes + weights.sum() * doubt, weighted @ found)
        off = found - causes @ numbers
        odd = _ODD * max(1.4826 * float(np.median(np.abs(off))), _NOISE)
        weights = area / (1.0 + (off / odd) ** 2)
    result: NDArray[np.float64] = numbers[1:] / max(float(numbers[0]), 0.1)
    return result
