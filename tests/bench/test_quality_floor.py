"""The floor knows where it took each landmark, so that all that is left is the judge's."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from bench.quality.floor import errors_px, in_plane
from bench.quality.judges import Look
from realtime.motion.geometry import rotation_from_degrees
from realtime.types import RGB, Floats, Motion, Presence, Similarity
from tests.bench.made_faces import ScriptedJudges, made_face

CENTRE = np.array([100.0, 90.0, 0.0])
DISC_AT = (120, 70)
PORTRAIT = np.zeros((200, 220, 3), np.uint8)
cv2.circle(PORTRAIT, DISC_AT, 12, (255, 255, 255), -1, cv2.LINE_AA)


class DiscJudge:
    """Takes a bright disc's middle for every landmark; right to a hundredth of a pixel."""

    def look(self, picture: RGB, number: int) -> Look:
        weights = picture[..., 0].astype(np.float64)
        y, x = (np.mgrid[:200, :220] + 0.5) * weights / weights.sum()
        face = made_face()
        landmarks: Floats = np.tile(np.array([x.sum(), y.sum(), 0.0], np.float32), (478, 1))
        return Look(replace(face, landmarks=landmarks), None)


def told(head: Similarity) -> Motion:
    return Motion(made_face().landmarks, head, Presence.TRACKING, 0, 0)


def head_at(yaw_deg: float, roll_deg: float, zoom: float, shift: tuple[float, float]) -> Similarity:
    rotation = rotation_from_degrees(yaw_deg, 0.0, roll_deg)
    place = CENTRE + np.array([*shift, 0.0])
    return Similarity(zoom, rotation, place - zoom * rotation @ CENTRE)


@pytest.mark.parametrize(
    "head",
    [
        head_at(0, 0, 1.0, (0.3, -7.4)),
        head_at(0, 25, 1.0, (0, 0)),
        head_at(0, 0, 1.2, (0, 0)),
        head_at(20, -12, 0.8, (11.5, 4.0)),
    ],
)
def test_a_judge_without_tremble_is_never_amiss(head: Similarity) -> None:
    motions = [told(head_at(0, 0, 1, (0, 0))), told(head)]
    still, moved = errors_px(PORTRAIT, CENTRE, motions, DiscJudge())
    assert still is not None
    assert moved is not None
    assert np.abs(still).max() < 0.01
    assert np.abs(moved).max() < 0.05


def test_what_a_judge_is_amiss_is_told_to_the_pixel() -> None:
    motions = [told(head_at(0, 0, 1, (5, 0)))] * 3
    seen = ScriptedJudges([made_face(), made_face((5, 0)), made_face((7, 0))])
    first, second, third = errors_px(PORTRAIT, CENTRE, motions, seen)
    assert first == pytest.approx(np.tile(np.array([-5.0, 0.0]), (478, 1)), abs=1e-4)
    assert second == pytest.approx(np.zeros((478, 2)), abs=1e-4)
    assert third == pytest.approx(np.tile(np.array([2.0, 0.0]), (478, 1)), abs=1e-4)


def test_the_face_goes_where_the_head_is_and_does_not_turn_or_nod() -> None:
    way = in_plane(head_at(40, 0, 1.1, (6, 8)), CENTRE)
    assert way @ (*CENTRE[:2], 1.0) == pytest.approx(CENTRE[:2] + np.array([6, 8]))
    assert way[0, 1] == pytest.approx(0.0, abs=1e-9)


def test_a_portrait_in_which_the_judge_sees_nobody_tells_nothing() -> None:
    motions = [told(head_at(0, 0, 1, (0, 0)))] * 2
    assert errors_px(PORTRAIT, CENTRE, motions, ScriptedJudges([None])) == [None, None]
