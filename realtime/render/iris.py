"""The iris as the portrait has it: where it is, and what of it the lids hide."""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.types import RGB

_RINGS_FROM, _RING, _RING_COUNT = 0.8, 0.1, 9
"Rings in which the edge of the iris is looked for, in radii that the landmarks say."
_CLEAR_EDGE = 20.0
"Grey levels from one ring to the next."
_PAINTED, _LARGE_PX = 1.15, 8.0
"An iris so much larger than the landmarks say is painted; if it is large enough to tell, \
its centre is looked for as well."
_OFFSETS = 0.1 * np.argwhere(np.ones((11, 11))) - 0.5
"Where its centre may be, in radii away from the landmarks'."
_CLEARER = 1.15
"There the edge is so much clearer."


def seen_iris(
    crop: RGB, lids: NDArray[np.float32], iris: NDArray[np.float32], radius: float
) -> tuple[NDArray[np.float32], float]:
    """The iris' centre and radius where its edge is really seen.

    Painted eyes have larger irises than people, and landmarks miss their middle. The edge is where,
    from ring to ring outwards, the visible eye turns brightest; the landmarks' own stand unless
    that edge is clear, and their centre unless the edge round another is clearer by far.
    """
    inside, _ = inside_and_distance(crop, lids, iris)
    visible = cv2.erode(inside, np.ones((3, 3), np.uint8)) > 0
    light = crop.astype(np.float32).min(axis=2)[visible]
    pixels = np.argwhere(visible)[:, ::-1] + 0.5
    edge, step = _clearest_edge(light, np.linalg.norm(pixels - iris, axis=1) / radius)
    centre, edge = iris, max(1.0, edge) if step >= _CLEAR_EDGE else 1.0
    least = _CLEARER * max(step, _CLEAR_EDGE)
    offsets = _OFFSETS if radius >= _LARGE_PX else _OFFSETS[:0]
    for offset in offsets:
        there = (iris + radius * offset).astype(np.float32)
        wider, step = _clearest_edge(light, np.linalg.norm(pixels - there, axis=1) / radius)
        if step > least and wider >= _PAINTED:
            centre, edge, least = there, wider, step
    return centre, radius * edge


def _clearest_edge(
    light: NDArray[np.float32], distance: NDArray[np.floating]
) -> tuple[float, float]:
    """Where the light rises most from ring to ring, and by how much; distance in radii."""
    ring = np.floor((distance - _RINGS_FROM) / _RING).astype(int)
    seen = (ring >= 0) & (ring < _RING_COUNT)
    count = np.bincount(ring[seen], minlength=_RING_COUNT)
    total = np.bincount(ring[seen], light[seen], minlength=_RING_COUNT)
    steps = np.diff(np.where(count >= 6, total / np.maximum(count, 1), np.nan))
    if np.isnan(steps).all():
        return 1.0, 0.0
    clearest = int(np.nanargmax(steps))
    return _RINGS_FROM + _RING * (clearest + 1), float(steps[clearest])


def inside_and_distance(
    crop: RGB, lids: NDArray[np.float32], iris: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """1 between the lids, and every pixel's distance from the iris' centre."""
    height, width = crop.shape[:2]
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [np.round(lids).astype(np.int32)], 1)
    xs, ys = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return inside, np.hypot(xs - iris[0], ys - iris[1])


def complete_iris(
    crop: RGB, visible: NDArray[np.bool_], distance: NDArray[np.float64], radius: float
) -> RGB:
    """Fill hidden parts of the iris with the colour that its visible part has at that radius."""
    whole = crop.copy()
    hidden = ~visible & (distance <= 1.3 * radius)
    if not hidden.any() or visible.sum() < 8:
        return whole
    rings = np.clip((distance / radius * 8).astype(int), 0, 8)
    fallback = np.median(crop[visible], axis=0)
    for ring in range(9):
        seen = visible & (rings == ring)
        colour = np.median(crop[seen], axis=0) if seen.sum() >= 3 else fallback
        whole[hidden & (rings == ring)] = colour
    blurred = cv2.GaussianBlur(whole, (0, 0), max(0.6, 0.06 * radius))
    whole[hidden] = blurred[hidden]
    return whole
