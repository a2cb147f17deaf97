"""How much of each pixel of a portrait is the person: its matte.

A segmenter, trained on photographs, says it. Where that wavers, over a ponytail or a scarf, and
where it sees nobody, in a drawing, colours decide.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.models.face_mesh import EYES, inter_ocular
from realtime.models.mediapipe_tasks import Segment, person_segmenter
from realtime.types import RGB, Landmarks, Points

_CLOSE_UP = 9.0
"Side of what is looked at a second time, head and shoulders, in inter-ocular distances."
_BELOW_EYES = 0.5
"Where its middle is, in inter-ocular distances."
_FADE = 0.7
"The second look counts fully so far within its edges, in inter-ocular distances."
_MUCH = 0.8
"A share of the picture of which a second look would show nothing new."
_SURE = 0.9
"A matte from here on is surely the person, and below 1 less this surely not."
_OUTLINE = 0.07
"What wavers in a strip of twice this width or less, in inter-ocular distances, is an outline."
_WITHIN, _BEYOND = 0.16, 0.2
"So near what wavers the segmenter is not believed either, in inter-ocular distances: colours are \
learnt from what is farther."
_SMALL_PX = 48.0
"An inter-ocular distance of the small copy of a photograph that colours decide in."
_SMALL_SIDE_PX = 320
"The longer side of that of a drawing."
_ROUNDS = 5
_SURE_SHARE = 0.95
_LIKELY_SHARE = 1.45
"Of the oval's size: hair and ears."
_FARTHEST_SHARE = 2.3
"Nothing beyond this, and above the chin, is the head."
_NECK_SHARE, _SHOULDER_SHARE = 0.6, 1.6
"Of the oval's width: the figure at the chin, and a face's height below it."
_SEEN = 0.5

_Box = tuple[slice, slice]
"Rows and columns."


def person_matte(segmenter: Path, picture: RGB, landmarks: Landmarks) -> NDArray[np.float32]:
    """How much of each pixel is the person with these landmarks: (height, width), 0..1.

    The segmenter sees any picture at 256 x 256, so it looks a second time at head and shoulders
    alone; and at either in a mirror, since it says something else of what it does not know.

    Args:
        segmenter: the model's file.
        picture: (h, w, 3).
        landmarks: (478, 3) pixels.
    """
    head_size = inter_ocular(landmarks)
    near = _head_and_shoulders(landmarks, head_size, picture.shape)
    with person_segmenter(segmenter) as segment:
        matte = _both_ways(segment, picture)
        if matte[near].size < _MUCH * matte.size:
            share = _inside(near, matte.shape, _FADE * head_size)
            matte[near] = (matte[near] + share * _both_ways(segment, picture[near])) / (1 + share)
    matte[near] = _decided(picture[near], matte[near], head_size)
    return _in_one_piece(matte, landmarks)


def _both_ways(segment: Segment, picture: RGB) -> NDArray[np.float32]:
    mirrored = segment(np.ascontiguousarray(picture[:, ::-1]))[:, ::-1]
    return np.asarray((segment(np.ascontiguousarray(picture)) + mirrored) / 2, np.float32)


def _head_and_shoulders(landmarks: Landmarks, head_size: float, shape: tuple[int, ...]) -> _Box:
    """As far as they are in the picture."""
    eyes = landmarks[[corner for eye in EYES for corner in eye.corners], :2].mean(axis=0)
    middle = eyes + np.array([0.0, _BELOW_EYES * head_size])
    reach = _CLOSE_UP / 2 * head_size
    left, top = np.maximum(np.floor(middle - reach).astype(int), 0)
    right, bottom = np.minimum(np.ceil(middle + reach).astype(int), shape[1::-1])
    return slice(top, bottom), slice(left, right)


def _inside(box: _Box, shape: tuple[int, ...], fade_px: float) -> NDArray[np.float32]:
    """0 at the box's edges within the picture, 1 from `fade_px` within them on."""
    ramps = []
    for part, size in zip(box, shape, strict=True):
        at = np.arange(part.start, part.stop) + 0.5
        from_start = at - part.start if part.start > 0 else np.full(len(at), np.inf)
        from_end = part.stop - at if part.stop < size else np.full(len(at), np.inf)
        ramps.append(smoothstep(np.minimum(from_start, from_end) / fade_px))
    result: NDArray[np.float32] = np.outer(*ramps).astype(np.float32)
    return result


def _decided(picture: RGB, matte: NDArray[np.float32], head_size: float) -> NDArray[np.float32]:
    """The matte with what wavers, but for outlines, given to whom its colours are like."""
    height, width = matte.shape
    scale = _SMALL_PX / head_size
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(matte, size, interpolation=method))
    person, other = (small > _SURE).astype(np.uint8), (small < 1.0 - _SURE).astype(np.uint8)
    unsure = 1 - person - other
    wide = cv2.morphologyEx(unsure, cv2.MORPH_OPEN, _disc(_OUTLINE))
    # With its fringe, which would be a seam.
    wavers = (unsure > 0) & (cv2.dilate(wide, _disc(_OUTLINE)) > 0)
    labels = np.where(small > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[_eroded(person, _WITHIN)] = cv2.GC_FGD
    labels[_eroded(other, _BEYOND)] = cv2.GC_BGD
    if not wavers.any() or not (labels == cv2.GC_FGD).any():
        return matte
    figure = _cut(cv2.resize(picture, size, interpolation=method), labels)
    change = np.where(wavers, figure - small, np.float32(0.0))
    result = np.clip(matte + cv2.resize(change, (width, height)), 0.0, 1.0)
    return np.asarray(result, np.float32)


def _in_one_piece(matte: NDArray[np.float32], landmarks: Landmarks) -> NDArray[np.float32]:
    """The matte without what hangs together with no face: a frame's edge, somebody else's hand."""
    _, pieces = cv2.connectedComponents((matte > 1.0 - _SURE).astype(np.uint8))
    inside = np.clip(landmarks[:, :2].astype(int), 0, np.array(matte.shape[::-1]) - 1)
    of_face = np.bincount(pieces[inside[:, 1], inside[:, 0]])[1:]
    if not of_face.any():
        return matte
    apart = (pieces > 0) & (pieces != 1 + of_face.argmax())
    return np.where(apart, np.float32(0.0), matte)


def _eroded(mask: NDArray[np.uint8], depth: float) -> NDArray[np.bool_]:
    return np.asarray(cv2.erode(mask, _disc(depth)) > 0)


def _disc(radius: float) -> NDArray[np.uint8]:
    """A structuring element; the radius is in inter-ocular distances, at least a pixel."""
    side = 2 * max(1, round(radius * _SMALL_PX)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _cut(picture: NDArray[Any], labels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """1 where the figure is, else 0, by GrabCut (Rother et al., SIGGRAPH 2004).

    Args:
        picture: (h, w, 3), 8 bits.
        labels: (h, w) GrabCut's, of which some are the figure's; they are overwritten.
    """
    if np.isin(labels, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():
        cv2.setRNGSeed(0)
        behind, before = np.zeros((1, 65)), np.zeros((1, 65))
        whole = (0, 0, *labels.shape[::-1])
        cv2.grabCut(picture, labels, whole, behind, before, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)


def sees_face(matte: NDArray[np.float32], oval: Points) -> bool:
    """Whether a matte (h, w) 0..1 holds most of the face with this outline (36, 2)."""
    inside = _filled(matte.shape, oval) > 0
    return bool(matte[inside].mean() >= _SEEN) if inside.any() else False


def drawn_matte(picture: RGB, oval: Points) -> NDArray[np.float32]:
    """How much of each pixel is the figure round the face: (height, width), 0..1.

    By colours alone, told where the face is.

    Args:
        picture: (h, w, 3).
        oval: (36, 2) outline of the face, from the forehead, pixels.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, _SMALL_SIDE_PX / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    figure = _cut(
        small, _first_guess((size[1], size[0]), oval * (np.array(size) / [width, height]))
    )
    result = cv2.resize(figure, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(result, np.float32)


def _first_guess(shape: tuple[int, int], oval: NDArray[np.float64]) -> NDArray[np.uint8]:
    """GrabCut's labels before its first round."""
    centre = oval.mean(axis=0)
    labels = np.full(shape, cv2.GC_BGD, np.uint8)
    chin = int(np.clip(oval[:, 1].max(), 0, shape[0]))
    labels[chin:] = cv2.GC_PR_BGD
    for share, label in (
        (_FARTHEST_SHARE, cv2.GC_PR_BGD),
        (_LIKELY_SHARE, cv2.GC_PR_FGD),
        (_SURE_SHARE, cv2.GC_FGD),
    ):
        labels[_filled(shape, centre + share * (oval - centre)) > 0] = label
    wide, high = np.ptp(oval, axis=0)
    neck, shoulder = _NECK_SHARE * wide / 2, _SHOULDER_SHARE * wide / 2
    body = [(-neck, 0), (neck, 0), (shoulder, high), (shoulder, 9 * high), (-shoulder, 9 * high)]
    below = np.array([*body, (-shoulder, high)]) + np.array([centre[0], chin])
    labels[_filled(shape, below) > 0] = cv2.GC_PR_FGD
    return labels


def _filled(shape: tuple[int, ...], outline: NDArray[np.floating]) -> NDArray[np.uint8]:
    filled = np.zeros(shape, np.uint8)
    cv2.fillPoly(filled, [np.round(outline).astype(np.int32)], 1)
    return filled
