"""Whoever turns a picture and a tracked driver into pictures: ours, and what to compare it with."""

from collections.abc import Callable, Iterator, Sequence
from itertools import repeat

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.quality.live import perform_live
from realtime.avatar import load_avatar
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import LANDMARKER, Store
from realtime.offline import Reference, Transfer, perform
from realtime.types import RGB, Floats, Sighting

Reenactor = Callable[[RGB, list[Sighting]], Iterator[RGB]]
"""Source picture and tracked driver to as many pictures of the source's size."""

_MESH_LANDMARKS = 468
_JPEG_QUALITY = 70
_SUB_PIXEL_BITS = 4


def ours(store: Store, reference: Reference) -> Reenactor:
    """The mesh renderer, as offline re-enactment uses it."""

    def reenact(source: RGB, sightings: list[Sighting]) -> Iterator[RGB]:
        avatar = load_avatar(source, "the source", None, store)
        transfer = Transfer(reference=reference)
        yield from perform(avatar, sightings, transfer, rehearse_with=store, badge=False)

    return reenact


def live(store: Store) -> Reenactor:
    """The mesh renderer, as a live run uses it."""

    def reenact(source: RGB, sightings: list[Sighting]) -> Iterator[RGB]:
        yield from perform_live(load_avatar(source, "the source", None, store), sightings, store)

    return reenact


def static(source: RGB, sightings: list[Sighting]) -> Iterator[RGB]:
    """The source, unmoved."""
    yield from repeat(source, len(sightings))


def delaunay(store: Store) -> Reenactor:
    """The textbook's: the source's landmarks triangulated, each triangle taken to the driver's.

    The driver's landmarks are taken as they are, eight points hold the picture's border, and the
    inside of the mouth is what stretches between the lips.
    """

    def reenact(source: RGB, sightings: list[Sighting]) -> Iterator[RGB]:
        with LandmarkDetector(store.path(LANDMARKER)) as detector:
            (face,) = detector.detect(source)
        border = _border_points(source)
        rest = np.vstack([face.landmarks[:_MESH_LANDMARKS, :2], border])
        triangles = triangulate(rest)
        for sighting in sightings:
            if sighting.face is None:
                yield source
                continue
            moved = np.vstack([sighting.face.landmarks[:_MESH_LANDMARKS, :2], border])
            yield warp(source, rest, moved, triangles)

    return reenact


def jpeg_copies(pictures: Sequence[RGB]) -> Iterator[RGB]:
    """The truth itself through JPEG: what the judge makes of a perfect re-enactment."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    for picture in pictures:
        _, coded = cv2.imencode(".jpg", picture[..., ::-1], quality)
        decoded = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
        yield np.ascontiguousarray(decoded[..., ::-1])


def triangulate(points: Floats) -> NDArray[np.int32]:
    """Delaunay triangles of (n, 2) points: (m, 3) numbers."""
    points = points.astype(np.float32)
    low, high = np.floor(points.min(axis=0)) - 2, np.ceil(points.max(axis=0)) + 2
    plane = cv2.Subdiv2D((int(low[0]), int(low[1]), *(high - low).astype(int).tolist()))
    number = {}
    for index, (x, y) in enumerate(points.tolist()):
        plane.insert((x, y))
        number[x, y] = index
    corners = np.asarray(plane.getTriangleList()).reshape(-1, 3, 2).tolist()
    rows = [[number.get((x, y), -1) for x, y in triangle] for triangle in corners]
    return np.array([row for row in rows if min(row) >= 0], np.int32)


def warp(picture: RGB, rest: Floats, moved: Floats, triangles: NDArray[np.int32]) -> RGB:
    """The picture with each triangle taken affinely from `rest` to `moved`, both (n, 2)."""
    height, width = picture.shape[:2]
    numbers = np.zeros((height, width), np.int32)
    corners = np.round((moved[triangles] - 0.5) * 2**_SUB_PIXEL_BITS).astype(np.int32)
    for number, corner in enumerate(corners):
        cv2.fillConvexPoly(numbers, corner, number, shift=_SUB_PIXEL_BITS)
    ones = np.ones((len(triangles), 3, 1))
    to_rest = np.linalg.pinv(np.concatenate([moved[triangles], ones], axis=2)) @ rest[triangles]
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    pixels = np.stack([x, y, np.ones_like(x)], axis=-1)[..., None, :]
    backward = ((pixels @ to_rest[numbers])[..., 0, :] - 0.5).astype(np.float32)
    across, down = np.ascontiguousarray(backward.transpose(2, 0, 1))
    bent = cv2.remap(picture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(bent, np.uint8)


def _border_points(picture: RGB) -> Floats:
    height, width = picture.shape[:2]
    return np.array(
        [(x * width / 2, y * height / 2) for y in range(3) for x in range(3) if (x, y) != (1, 1)],
        np.float32,
    )
