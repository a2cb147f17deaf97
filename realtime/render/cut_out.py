"""The person cut out of the portrait: a texture with an outline that takes nothing else along."""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.render.blur import blurred
from realtime.render.plate import background_plate, grown
from realtime.types import RGB, Points

_SURE = 0.98
"A matte from here on is the person alone, and below 1 less this the background alone."
_OWN_TINT = 50.0
"Grey levels that a pixel of the border may differ from the person near it."
_SOME = 0.05
"So much of the person is worth hiding."
_REACH = 0.10
"The plate is the picture itself farther than this from the person, in inter-ocular distances."
_HEAD_RADIUS = 1.6
"Of the hair's outline, in inter-ocular distances."
_DOME_EDGE_PX = 3.0
"The made-up outline fades out over this much."
_CRISP, _CRISP_SIGMA_PX = 0.4, 0.8
"Share of an unsharp mask: it gives back the gradient energy that sampling between pixels takes."


def refine_matte(
    matte: NDArray[np.float32], picture: RGB, oval: Points, head_size: float
) -> NDArray[np.float32]:
    """The segmenter's matte with its soft border drawn to the picture's own edges; face is 1.

    The segmenter works at 256 x 256; a guided filter (He et al., ECCV 2010) carries its result to
    the picture's resolution.

    Args:
        matte: (h, w) 0..1.
        picture: (h, w, 3).
        oval: (36, 2) outline of the face.
        head_size: inter-ocular distance, pixels.
    """
    radius = max(2, round(0.12 * head_size))
    guided = cv2.ximgproc.guidedFilter(picture, matte, radius, 25.0)
    sharp = np.clip((guided - 0.3) / 0.5, 0.0, 1.0)
    face = np.zeros(matte.shape, np.float32)
    cv2.fillPoly(face, [np.round(oval).astype(np.int32)], 1.0)
    result: NDArray[np.float32] = np.maximum(sharp, face).astype(np.float32)
    return result


def separate(
    picture: RGB, matte: NDArray[np.float32], motion_weight: NDArray[np.float32], head_size: float
) -> tuple[RGB, RGB]:
    """The person as (h, w, 4), and the plate (h, w, 3) that it is laid over.

    In the matte's border a pixel is a mixture of what is the person's near it and what is the
    plate's: how much of each is read from the pixel itself, so that neither hair nor skin takes
    the old background along, and no outline of the head stays behind. At rest person over plate
    gives the picture again, but for what in that border no such mixture explains.

    Args:
        picture: (h, w, 3).
        matte: (h, w) 0..1.
        motion_weight: (h, w) 0..1: how much each pixel follows the head.
        head_size: inter-ocular distance, pixels.
    """
    behind = background_plate(picture, matte, motion_weight, head_size)
    whole = picture.astype(np.float32)
    near = _spread(whole, matte > _SURE, max(1.0, 0.1 * head_size))
    alpha = _mixed(whole, matte, near, behind)[..., None]
    left = whole - alpha * near - (1.0 - alpha) * behind
    own = np.clip(left / np.maximum(alpha, 0.05), -_OWN_TINT, _OWN_TINT)
    colour = np.where(alpha == 1.0, whole, np.clip(near + own, 0.0, 255.0))
    # Where nothing of the person lies near, nothing is to be hidden.
    reach = grown(alpha[..., 0] > _SOME, max(2.0, _REACH * head_size))[..., None]
    plate = whole + reach * (behind - whole)
    person = np.dstack([colour, 255.0 * alpha])
    return np.round(person).astype(np.uint8), np.round(plate).astype(np.uint8)


def _mixed(
    whole: NDArray[np.float32],
    matte: NDArray[np.float32],
    near: NDArray[np.float32],
    behind: NDArray[np.float32],
) -> NDArray[np.float32]:
    """(h, w) alpha: 0 and 1 as the matte has it, between them by the pixel's colour."""
    apart = near - behind
    power = (apart**2).sum(axis=2)
    read = ((whole - behind) * apart).sum(axis=2) / np.maximum(power, 1.0)
    trust = np.clip((np.sqrt(power) - 25.0) / 50.0, 0.0, 1.0)
    mixed = matte + trust * (np.clip(read, 0.0, 1.0) - matte)
    mixed = cv2.GaussianBlur(mixed, (0, 0), 0.6)
    alpha = np.where(matte > _SURE, 1.0, np.where(matte < 1.0 - _SURE, 0.0, mixed))
    return alpha.astype(np.float32)


def _spread(
    picture: NDArray[np.float32], known: NDArray[np.bool_], sigma: float
) -> NDArray[np.float32]:
    """(h, w, 3) what is known, blurred into what is not; the picture itself where none is near."""
    inner = np.asarray(cv2.erode(known.astype(np.float32), np.ones((3, 3), np.uint8)), np.float32)
    total = blurred(np.asarray(picture * inner[..., None], np.float32), sigma)
    weight = blurred(inner, sigma)[..., None]
    spread = np.where(weight > 1e-3, total / np.maximum(weight, 1e-3), picture)
    return spread.astype(np.float32)


def extend(person: RGB, margin: int, head_size: float) -> RGB:
    """The person of `separate` with `margin` more pixels on all sides, for a head cut off there.

    Sides and bottom go on as in a mirror. What crosses the top edge is a head: it is mirrored too,
    and rounded off as far as a round head would go on, so that no column of hair stands on it when
    it comes down.
    """
    around = ((margin, margin), (margin, margin), (0, 0))
    # A mirror shows no more than there is.
    mirrors = margin < min(person.shape[:2])
    extended = np.pad(person, around, mode="reflect" if mirrors else "edge")
    alpha = np.pad(person[..., 3], margin, mode="edge").astype(np.float32)
    crossing = alpha[margin] > 127
    xs = np.arange(alpha.shape[1]) + 0.5
    up = margin - np.arange(margin)[:, None] - 0.5
    dome = np.zeros((margin, alpha.shape[1]), np.float32)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], crossing, [False]])))
    for start, end in edges.reshape(-1, 2):
        half = (end - start) / 2
        radius = max(_HEAD_RADIUS * head_size, half)
        height = min(radius - np.sqrt(radius**2 - half**2), margin - 1.0)
        inside = 1.0 - np.hypot((xs - start - half) / half, up / max(height, 1.0))
        dome = np.maximum(dome, np.clip(inside * height / _DOME_EDGE_PX + 0.5, 0.0, 1.0))
    alpha[:margin] *= dome
    extended[..., 3] = alpha
    return np.ascontiguousarray(extended, np.uint8)


def crispen(person: RGB) -> RGB:
    """The person's texture, its edges raised by what sampling between pixels takes from them."""
    colour = person[..., :3].astype(np.float32)
    raised = colour + _CRISP * (colour - cv2.GaussianBlur(colour, (0, 0), _CRISP_SIGMA_PX))
    crisp = person.copy()
    crisp[..., :3] = np.clip(raised + 0.5, 0.0, 255.0)
    return crisp
