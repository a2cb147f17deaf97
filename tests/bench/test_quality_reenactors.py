from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.quality.reenactors import delaunay, jpeg_copies, static, triangulate, warp
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import Store
from realtime.types import RGB
from tests.bench.made_faces import made_face, sighted

CORNERS = np.array([[0, 0], [64, 0], [64, 64], [0, 64]], np.float32)


@pytest.fixture
def picture() -> RGB:
    return np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8)


def test_triangles_of_a_square_with_a_middle_are_four_round_it() -> None:
    points = np.vstack([CORNERS, [[30, 33]]]).astype(np.float32)
    triangles = triangulate(points)
    assert {frozenset(row) for row in triangles.tolist()} == {
        frozenset((4, a, b)) for a, b in ((0, 1), (1, 2), (2, 3), (3, 0))
    }


def test_warp_to_the_same_place_changes_nothing(picture: RGB) -> None:
    triangles = triangulate(CORNERS)
    assert np.array_equal(warp(picture, CORNERS, CORNERS, triangles), picture)


def test_warp_takes_pixels_where_the_points_go(picture: RGB) -> None:
    rest, moved = CORNERS - np.float32(8), CORNERS + np.array([-5, -6], np.float32)
    bent = warp(picture, rest, moved, triangulate(rest))
    assert np.array_equal(bent[4:50, 5:50], picture[2:48, 2:47])


def test_warp_stretches_one_side_and_squeezes_the_other() -> None:
    ramp = np.repeat(np.tile(4 * np.arange(64), (64, 1))[..., None], 3, axis=2).astype(np.uint8)
    rest = np.vstack([CORNERS, [[32, 0]], [[32, 64]]]).astype(np.float32)
    moved = rest.copy()
    moved[4:, 0] = 48
    bent = warp(ramp, rest, moved, triangulate(rest))
    assert int(bent[32, 24, 0]) == pytest.approx(4 * 16, abs=3)
    assert int(bent[32, 56, 0]) == pytest.approx(4 * 48, abs=3)


def test_static_shows_the_source_for_each_moment(picture: RGB) -> None:
    shown = list(static(picture, sighted([made_face()] * 3)))
    assert [one is picture for one in shown] == [True] * 3


def test_jpeg_copies_are_nearly_the_pictures() -> None:
    ramp = np.repeat(np.tile(2 * np.arange(64), (64, 1))[..., None], 3, axis=2).astype(np.uint8)
    ramp[..., 2] = 40
    (copy,) = jpeg_copies([ramp])
    assert np.abs(copy.astype(int) - ramp).mean() < 4
    assert not np.array_equal(copy, ramp)


def test_delaunay_shows_the_portrait_again_under_its_own_landmarks_and_without_any(
    portrait: RGB, landmarker_path: Path
) -> None:
    with LandmarkDetector(landmarker_path) as detector:
        (face,) = detector.detect(portrait)
    turned = replace(face, landmarks=face.landmarks + np.array([6, 0, 0], np.float32))
    same, moved, absent = delaunay(Store())(portrait, sighted([face, turned, None]))
    assert np.abs(same.astype(int) - portrait).mean() < 0.5
    nose_x, nose_y = face.landmarks[4, :2].astype(int)
    patch = slice(nose_y - 8, nose_y + 8)
    assert np.array_equal(
        moved[patch, nose_x - 2 : nose_x + 14], portrait[patch, nose_x - 8 : nose_x + 8]
    )
    assert absent is portrait
