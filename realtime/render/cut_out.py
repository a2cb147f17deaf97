"""The person cut out of the portrait: a texture with an outline that takes nothing else along."""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.render.blur import blurred
from realtime.render.plate import background_plate, grown
from realtime.types import RGB, Points

_SURE = 0.98
"A matte from here on is the person alone, and below 1 less this the background alone."
_BORDER = 0.02
"Depth of the matte's border on either side, in inter-ocular distances, a pixel at least."
_NEAR = 0.10
"The person's colours are blurred by so much beyond where they are seen, in inter-ocular distances."
_INNER = 0.02
"How far a face's colour is carried into its border, in inter-ocular distances."
_HOLE = 0.6
"Side of the largest hole in a matte that is taken for a mistake, in inter-ocular distances."
_OWN_TINT = 50.0
"Grey levels that a pixel of the border may differ from the person near it."
_UNSURE = 0.02
"Of a pixel's share the square that is as much chance as person."
_RIM = 0.012
"Depth of a line of light that is not wanted, in inter-ocular distances."
_SOME = 0.05
"So much of the person is worth hiding."
_REACH = 0.10
"The plate is the picture itself farther than this from the person, in inter-ocular distances."
_HEAD_RADIUS = 1.0
"Of the hair's outline, in inter-ocular distances."
_STRETCHED = 0.25
"Beyond an edge, so much of a pixel within shows in each."
_LOOK_BACK = 0.3
"How an outline slants where it leaves the picture is told over this, in inter-ocular distances."
_SLANTS = (-1.0, 1.5)
"Columns a row that an outline goes on inwards and outwards by at most."
_FLAT = 3.0
"The flattest top begins at a slant of so many columns a row."
_DOME_EDGE_PX = 3.0
"The made-up outline fades out over this much."
_CRISP, _CRISP_SIGMA_PX = 0.4, 0.8
"Share of an unsharp mask: it gives back the gradient energy that sampling between pixels takes."


def refine_matte(matte: NDArray[np.float32], picture: RGB, head_size: float) -> NDArray[np.float32]:
    """The segmenter's matte with its soft border drawn to the picture's own edges.

    The segmenter works at 256 x 256; a guided filter (He et al., ECCV 2010) carries its result to
    the picture's resolution.

    Args:
        matte: (h, w) 0..1.
        picture: (h, w, 3).
        head_size: inter-ocular distance, pixels.
    """
    radius = max(2, round(0.12 * head_size))
    whole = _without_holes(matte, (_HOLE * head_size) ** 2)
    guided = cv2.ximgproc.guidedFilter(picture, whole, radius, 25.0)
    return np.asarray(np.clip((guided - 0.3) / 0.5, 0.0, 1.0), np.float32)


def within(oval: Points, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """(h, w) 0..1: what lies within an outline of (n, 2) points, to half a pixel."""
    face = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(face, [np.round(16 * (oval - 0.5)).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return (face / np.float32(255.0)).astype(np.float32)


def _without_holes(matte: NDArray[np.float32], most_px: float) -> NDArray[np.float32]:
    """The matte with what the person encloses made the person's: jewellery and the like."""
    open_to = (matte < _SURE).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(open_to, connectivity=8)
    left, top, width, height, area = stats.T
    inside = (left > 0) & (top > 0)
    inside &= (left + width < matte.shape[1]) & (top + height < matte.shape[0])
    inside &= area < most_px
    inside[0] = False
    return np.where(inside[labels], np.float32(1.0), matte)


def separate(
    picture: RGB,
    matte: NDArray[np.float32],
    face: NDArray[np.float32],
    motion_weight: NDArray[np.float32],
    head_size: float,
) -> tuple[RGB, RGB]:
    """The person as (h, w, 4), and the plate (h, w, 3) that it is laid over.

    In the matte's border a pixel is a mixture of what is the person's near it and what is the
    plate's: how much of each is read from the pixel itself, so that neither hair nor skin takes
    the old background along, and no outline of the head stays behind. At rest person over plate
    gives the picture again, but for what in that border no such mixture explains.

    Args:
        picture: (h, w, 3).
        matte: (h, w) 0..1.
        face: (h, w) 0..1: what the face's own mesh covers; it is opaque.
        motion_weight: (h, w) 0..1: how much each pixel follows the head.
        head_size: inter-ocular distance, pixels.
    """
    matte = np.maximum(matte, face)
    behind = background_plate(picture, matte, motion_weight, head_size)
    whole = picture.astype(np.float32)
    border = _border(matte, head_size)
    sure = (matte > _SURE) & ~border
    near = _spread(whole, sure, max(1.0, _NEAR * head_size))
    alpha = _mixed(whole, matte, border, near, behind)[..., None]
    colour = np.where(alpha == 1.0, whole, _unmixed(whole, alpha, near, behind))
    # A face that turns draws its border out: that is opaque, and has the colour of the skin within.
    colour += face[..., None] * (_skin(whole, alpha, sure, head_size) - colour)
    alpha = np.maximum(alpha, face[..., None])
    # Where nothing of the person lies near, nothing is to be hidden.
    reach = grown(alpha[..., 0] > _SOME, max(2.0, _REACH * head_size))[..., None]
    plate = whole + reach * (behind - whole)
    person = np.dstack([_without_rim(colour, alpha[..., 0], head_size), 255.0 * alpha])
    return np.round(person).astype(np.uint8), np.round(plate).astype(np.uint8)


def _border(matte: NDArray[np.float32], head_size: float) -> NDArray[np.bool_]:
    """(h, w) where it is to be read from a pixel how much of it is the person's."""
    width = 2 * max(1, round(_BORDER * head_size)) + 1
    window = np.ones((width, width), np.uint8)
    least, most = cv2.erode(matte, window), cv2.dilate(matte, window)
    return np.asarray((least < _SURE) & (most > 1.0 - _SURE))


def _mixed(
    whole: NDArray[np.float32],
    matte: NDArray[np.float32],
    border: NDArray[np.bool_],
    near: NDArray[np.float32],
    behind: NDArray[np.float32],
) -> NDArray[np.float32]:
    """(h, w) alpha: in the border by the pixel's colour, elsewhere 0 or 1 as the matte has it."""
    apart = near - behind
    power = (apart**2).sum(axis=2)
    read = ((whole - behind) * apart).sum(axis=2) / np.maximum(power, 1.0)
    trust = np.clip((np.sqrt(power) - 25.0) / 50.0, 0.0, 1.0)
    mixed = matte + trust * (np.clip(read, 0.0, 1.0) - matte)
    mixed = cv2.GaussianBlur(mixed, (0, 0), 0.6)
    return np.asarray(np.where(border, mixed, np.round(matte)), np.float32)


def _unmixed(
    whole: NDArray[np.float32],
    alpha: NDArray[np.float32],
    near: NDArray[np.float32],
    behind: NDArray[np.float32],
) -> NDArray[np.float32]:
    """(h, w, 3) the person's part of each pixel, by its share `alpha` (h, w, 1)."""
    left = whole - alpha * near - (1.0 - alpha) * behind
    # The less of a pixel is the person's, the less it tells of the person's colour.
    own = np.clip(left * alpha / (alpha**2 + _UNSURE), -_OWN_TINT, _OWN_TINT)
    return np.asarray(np.clip(near + own, 0.0, 255.0), np.float32)


def _skin(
    whole: NDArray[np.float32],
    alpha: NDArray[np.float32],
    sure: NDArray[np.bool_],
    head_size: float,
) -> NDArray[np.float32]:
    """(h, w, 3) the picture, in the border the colour within, where that is not brighter.

    A dark rim passes for shade, a bright one is a halo.
    """
    depth = max(1.0, _INNER * head_size)
    inner = np.minimum(whole, _spread(whole, sure, depth))
    foreign = np.minimum(1.0, 2.0 * blurred(1.0 - alpha[..., 0], 2.0 * depth))[..., None]
    return np.asarray(whole + foreign * (inner - whole), np.float32)


def _without_rim(
    colour: NDArray[np.float32], alpha: NDArray[np.float32], head_size: float
) -> NDArray[np.float32]:
    """(h, w, 3) the person's colours, the border no brighter than what lies deeper near it.

    A line of light round the person, painted or of a camera's sharpening, is half on this side of
    the border and half on that, pixel by pixel: on a head that moves it would be white dashes.
    """
    depth = max(2, round(_RIM * head_size))
    whole = (alpha == 1.0).astype(np.uint8)
    deeper = cv2.erode(whole, np.ones((2 * depth + 1, 2 * depth + 1), np.uint8))[..., None] > 0
    window = np.ones((4 * depth + 1, 4 * depth + 1), np.uint8)
    brightest = cv2.dilate(np.where(deeper, colour, np.float32(-1.0)), window)
    is_border = ~deeper & (brightest >= 0.0)
    return np.where(is_border, np.minimum(colour, brightest), colour).astype(np.float32)


def _spread(
    picture: NDArray[np.float32], known: NDArray[np.bool_], sigma: float
) -> NDArray[np.float32]:
    """(h, w, 3) what is known, blurred into what is not; the picture itself where none is near."""
    share = known.astype(np.float32)
    total = blurred(np.asarray(picture * share[..., None], np.float32), sigma)
    weight = blurred(share, sigma)[..., None]
    spread = np.where(weight > 1e-3, total / np.maximum(weight, 1e-3), picture)
    return spread.astype(np.float32)


def extend(person: RGB, margin: int, head_size: float) -> RGB:
    """The person of `separate` with `margin` more pixels on all sides, for one cut off there.

    What crosses an edge goes on beyond it as in a mirror that stretches, colour and outline from
    the same place; and the outline goes on as it slants, shoulders outwards, a head inwards. What
    crosses the top edge is a head: it is rounded off, so that no column of hair stands on it when
    it comes down.
    """
    step = max(1, round(_LOOK_BACK * head_size))
    turned = person.swapaxes(0, 1)
    for _ in "right", "left":
        turned = _beyond(turned, margin, step)[::-1]
    wide = _beyond(turned.swapaxes(0, 1), margin, step)
    above = cv2.remap(wide, *_straight(-np.arange(margin, 0, -1), wide), cv2.INTER_LINEAR)
    extended = np.vstack([above, wide])
    dome = _dome(wide[: step + 1, :, 3] > 127, margin, head_size)
    extended[:margin, :, 3] = np.round(extended[:margin, :, 3] * dome)
    return np.ascontiguousarray(extended, np.uint8)


def _straight(
    rows: NDArray[np.int64], person: RGB
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where the person is looked up for rows beyond its first or its last: columns and rows."""
    height, width = person.shape[:2]
    inside = np.clip(rows, 0, height - 1)
    mirrored = np.clip(inside - _STRETCHED * (rows - inside), 0, height - 1)
    across, down = np.meshgrid(np.arange(width), mirrored)
    return across.astype(np.float32), down.astype(np.float32)


def _beyond(person: RGB, margin: int, step: int) -> RGB:
    """The person with `margin` more rows below; its outline slants as in its last `step` rows."""
    across, down = _straight(len(person) + np.arange(margin), person)
    step = min(step, len(person) - 1)
    last, before = (np.flatnonzero(person[row, :, 3] > 127) for row in (-1, -1 - step))
    if last.size and before.size:
        middle, beyond = (last[0] + last[-1]) / 2, np.arange(1, margin + 1)[:, None]
        aside = across - middle
        for side, end in ((-1, 0), (1, -1)):
            half = max(1.0, side * (last[end] - middle))
            slant = np.clip(side * (last[end] - before[end]) / step, *_SLANTS)
            shown = np.maximum(half - slant * _STRETCHED * beyond, 0.5 * half)
            stretched = aside * shown / np.maximum(half + slant * beyond, 0.2 * half)
            aside = np.where(side * aside > 0, stretched, aside)
        across = (middle + aside).astype(np.float32)
    return np.vstack([person, cv2.remap(person, across, down, cv2.INTER_LINEAR)])


def _dome(top: NDArray[np.bool_], margin: int, head_size: float) -> NDArray[np.float32]:
    """(margin, columns) 0..1: round tops on the columns that cross the top edge.

    They begin as their outline ends, and so are flat on a head of which little is cut off.

    Args:
        top: (rows, columns) where the person is, from the edge down as far as a slant is told over.
        margin: rows above the edge.
        head_size: inter-ocular distance, pixels.
    """
    xs = np.arange(top.shape[1]) + 0.5
    up = margin - np.arange(margin)[:, None] - 0.5
    dome = np.zeros((margin, top.shape[1]), np.float32)
    before = runs(top[-1])
    for start, end in runs(top[0]):
        middle, half = (start + end) / 2, (end - start) / 2
        wider = [(b - a) / 2 - half for a, b in before if a <= middle < b]
        slant = max([0.0, *wider]) / max(1, len(top) - 1)
        sunk = max(
            np.sqrt(max((_HEAD_RADIUS * head_size) ** 2 - half**2, 0.0)), min(slant, _FLAT) * half
        )
        radius = np.hypot(half, sunk)
        # One that would be higher than the texture is flattened, to be closed all the same.
        raised = up * max(1.0, (radius - sunk) / (margin - 1.0))
        inside = radius - np.hypot(xs - middle, raised + sunk)
        dome = np.maximum(dome, np.clip(inside / _DOME_EDGE_PX + 0.5, 0.0, 1.0))
    return np.asarray(dome, np.float32)


def runs(row: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First column, and the one after the last, of each run of what is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]])))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def crispen(person: RGB) -> RGB:
    """The person's texture, its edges raised by what sampling between pixels takes from them."""
    colour = person[..., :3].astype(np.float32)
    raised = colour + _CRISP * (colour - cv2.GaussianBlur(colour, (0, 0), _CRISP_SIGMA_PX))
    crisp = person.copy()
    crisp[..., :3] = np.clip(raised + 0.5, 0.0, 255.0)
    return crisp
