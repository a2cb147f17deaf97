"""The presence state machine as stories; times in seconds."""

import numpy as np
import pytest

from realtime.track.presence import PresenceFilter, PresenceSettings
from realtime.types import LANDMARK_COUNT, Face, Presence, Sighting

TRACKING, HELD, AWAY, RETURNING = Presence


def face(mark: float = 0.0) -> Face:
    return Face(
        landmarks=np.full((LANDMARK_COUNT, 3), mark, np.float32),
        blendshapes=np.zeros(52, np.float32),
        pose=np.eye(4, dtype=np.float32),
    )


class Story:
    """A filter that is told what is seen at which second."""

    def __init__(self) -> None:
        self._filter = PresenceFilter(PresenceSettings(hold_s=1.2, fade_s=0.9, return_s=0.5))
        self._sequence = 0

    def at(self, t_s: float, seen: Face | None) -> Sighting:
        self._sequence += 1
        return self._filter.update(seen, self._sequence, round(t_s * 1e9))

    def between(self, t_s: float, expected: Face | None) -> Sighting:
        """Nobody looked."""
        return self._filter.between(expected, self._sequence, round(t_s * 1e9))

    def through(self, start_s: float, end_s: float, seen: Face | None) -> Sighting:
        """Every 0.1 s, both ends included; the last sighting."""
        times = np.arange(round(start_s * 10), round(end_s * 10) + 1) / 10
        return [self.at(float(t), seen) for t in times][-1]


def test_before_the_first_face_the_avatar_idles() -> None:
    sighting = Story().through(0.0, 3.0, None)
    assert (sighting.presence, sighting.follow, sighting.face) == (AWAY, 0.0, None)


def test_the_first_face_is_followed_at_once() -> None:
    story = Story()
    story.at(0.0, None)
    sighting = story.at(0.25, face())
    assert (sighting.presence, sighting.follow) == (TRACKING, 1.0)


def test_a_lost_face_is_held_then_fades_then_comes_back() -> None:
    story = Story()
    seen = face(3.0)
    assert story.through(0.0, 1.0, seen).presence is TRACKING

    held = story.through(1.1, 2.2, None)
    assert (held.presence, held.follow) == (HELD, 1.0)
    assert held.face is seen

    fading = story.at(2.3, None)
    assert fading.presence is AWAY
    assert fading.follow == pytest.approx(1 - 0.1 / 0.9)
    assert fading.face is seen
    assert story.through(2.4, 3.1, None).follow == pytest.approx(0.0)
    assert story.through(3.2, 60.0, None).follow == 0.0

    back = face(4.0)
    returning = story.at(60.1, back)
    assert returning.presence is RETURNING
    assert returning.follow == pytest.approx(0.2)
    assert returning.face is back
    assert story.through(60.2, 60.5, back).presence is TRACKING


def test_a_blink_of_the_detector_goes_unnoticed() -> None:
    story = Story()
    story.through(0.0, 1.0, face())
    assert story.at(1.1, None).presence is HELD
    found = story.at(1.2, face(5.0))
    assert (found.presence, found.follow) == (TRACKING, 1.0)
    assert story.through(1.3, 2.4, None).presence is HELD


def test_who_returns_during_the_fade_goes_on_from_there() -> None:
    story = Story()
    story.through(0.0, 1.0, face())
    faded = story.through(1.1, 2.5, None).follow
    assert 0.5 < faded < 0.8
    returning = story.at(2.6, face())
    assert returning.presence is RETURNING
    assert returning.follow == pytest.approx(faded + 0.2)


def test_who_leaves_while_returning_is_not_held() -> None:
    story = Story()
    story.at(0.0, face())
    story.through(0.1, 4.0, None)
    reached = story.at(4.1, face()).follow
    left = story.at(4.2, None)
    assert 0.1 < reached < 0.3
    assert left.presence is AWAY
    assert left.follow == pytest.approx(reached - 0.1 / 0.9)


def test_a_sighting_carries_its_frame() -> None:
    sighting = PresenceFilter().update(face(), 41, 123_456)
    assert (sighting.sequence, sighting.captured_ns) == (41, 123_456)


def test_time_that_runs_back_moves_nothing() -> None:
    story = Story()
    follow = story.through(0.0, 0.2, face()).follow
    assert story.at(0.0, face()).follow == follow


def test_a_face_that_is_only_expected_is_shown_and_does_not_count_as_seen() -> None:
    story = Story()
    story.at(0.0, face(1.0))
    expected = story.between(0.4, face(2.0))
    assert expected.face is not None
    assert (expected.presence, expected.face.landmarks[0, 0]) == (TRACKING, 2.0)
    held = story.at(1.2, None)
    assert held.face is expected.face
    assert held.presence is HELD
    assert story.at(1.21, None).presence is AWAY, "1.2 s after it was seen"


def test_who_comes_back_goes_on_coming_between_looks() -> None:
    story = Story()
    story.at(0.0, face())
    story.through(0.1, 4.0, None)
    first = story.at(4.1, face())
    assert first.presence is RETURNING
    assert story.between(4.2, face()).follow == pytest.approx(first.follow + 0.1 / 0.5)


def test_who_is_lost_stays_lost_between_looks() -> None:
    story = Story()
    story.at(0.0, face())
    story.at(1.0, None)
    assert story.between(1.1, None).presence is HELD
    assert story.between(1.3, None).presence is AWAY
