"""What the rendering thread draws, told moment by moment."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from realtime.drawing import SILENCE_NS, Drawing, Drawn, Found, Tick
from realtime.models.blendshapes import NAMES
from realtime.runtime.clock import Grid
from realtime.runtime.deadlines import Deadlines
from realtime.runtime.metrics import Metrics
from realtime.runtime.ring import Ring
from realtime.runtime.stopwatch import Stopwatch
from realtime.stages import Stages
from realtime.track.presence import PresenceFilter
from realtime.types import Driving, Face, Frame, Motion, Presence
from tests.fakes import FakeMover, FakeRenderer, FakeTracker, ManualClock, drawn_sequence, face
from tests.rig import CARD, SIZE

MS = 1_000_000
PERIOD_NS = 10 * MS


class Told:
    """A predictor whose faces tell the moment that they were asked for, in the first blendshape."""

    def __init__(self) -> None:
        self.observed: list[tuple[bool, int]] = []
        self._is_there = False

    def observe(self, face: Face | None, t_ns: int) -> None:
        self._is_there = face is not None
        self.observed.append((self._is_there, t_ns))

    def at(self, t_ns: int) -> Face | None:
        told = np.full(len(NAMES), t_ns / MS, np.float32)
        return Face(face().landmarks, told, face().pose) if self._is_there else None


class Framer:
    def frame(self, frame: Frame, face: Face) -> Driving | None:
        raise AssertionError("the tracking thread frames")

    def recalibrate(self) -> None:
        raise AssertionError


@dataclass
class Room:
    """A drawing, at 100 ticks a second, whose renderer takes as long as a test says."""

    takes_ns: int = 0
    fails: bool = False
    framer: Framer | None = None
    moves_between: bool = True
    clock: ManualClock = field(default_factory=ManualClock)
    mover: FakeMover = field(default_factory=FakeMover)
    predictor: Told = field(default_factory=Told)
    metrics: Metrics = field(default_factory=Metrics)
    ring: Ring = field(default_factory=lambda: Ring(4, SIZE))
    renders: int = 0

    def __post_init__(self) -> None:
        stages = Stages(
            FakeTracker(),
            PresenceFilter(),
            self.mover,
            FakeRenderer(SIZE, on_render=self._render),
            framer=self.framer,
            moves_between=self.moves_between,
            predictor=self.predictor,
        )
        deadlines = Deadlines(Grid(0, 100))
        watch = Stopwatch(self.clock, self.metrics)
        self._drawing = Drawing(stages, CARD, self.ring, deadlines, watch)

    def _render(self, _: Motion) -> None:
        self.renders += 1
        self.clock.advance(self.takes_ns)
        if self.fails:
            raise RuntimeError("out of memory")

    def found(
        self, sequence: int, captured_ms: float, now_ms: float, *, face: Face | None
    ) -> Drawn | None:
        """The tracker's word comes at `now_ms`."""
        now_ns = self._at(now_ms)
        return self._drawing.draw(Found(face, None, sequence, round(captured_ms * MS), now_ns))

    def tick(self, due_ms: float, now_ms: float) -> Drawn | None:
        """The output asks for a picture, at `now_ms`."""
        self._at(now_ms)
        return self._drawing.draw(Tick(round(due_ms * MS)))

    def _at(self, now_ms: float) -> int:
        self.clock.advance(round(now_ms * MS) - self.clock.now_ns())
        return self.clock.now_ns()

    def shown_ms(self) -> list[float]:
        """The moments for which the driver's face was predicted."""
        faces = [sighting.face for sighting in self.mover.sightings]
        return [float(each.blendshapes[0]) for each in faces if each is not None]


def test_a_face_is_shown_as_it_will_be_at_the_tick_that_sends_it() -> None:
    room = Room(takes_ns=3 * MS)
    first = room.found(0, captured_ms=1, now_ms=6, face=face())
    second = room.found(1, captured_ms=11, now_ms=16, face=face())
    late = room.found(2, captured_ms=21, now_ms=28, face=face())
    assert room.predictor.observed == [(True, 1 * MS), (True, 11 * MS), (True, 21 * MS)]
    assert room.shown_ms() == [10, 20, 40]
    assert [s.captured_ns for s in room.mover.sightings] == [10 * MS, 20 * MS, 40 * MS]
    for sequence, drawn in enumerate((first, second, late)):
        assert drawn is not None
        assert drawn.picture.captured_ns == (10 * sequence + 1) * MS
        assert drawn_sequence(drawn.picture.pixels) == sequence


def test_a_tick_without_a_picture_gets_one_in_between() -> None:
    room = Room(takes_ns=3 * MS)
    room.found(7, captured_ms=1, now_ms=6, face=face())
    drawn = room.tick(20, now_ms=15)
    assert room.shown_ms() == [10, 20]
    assert drawn is not None
    assert (drawn.picture.sequence, drawn.picture.captured_ns) == (7, None)
    assert drawn.ready_ns == 18 * MS
    assert room.metrics.report().waits["render"].count == 1, "nothing waited for the tick's picture"


def test_a_tick_that_was_drawn_for_gets_no_other_picture() -> None:
    room = Room()
    room.found(0, captured_ms=1, now_ms=6, face=face())
    assert room.tick(10, now_ms=8) is None
    assert room.renders == 1


def test_before_anything_was_found_there_is_nothing_in_between() -> None:
    room = Room()
    assert room.tick(10, now_ms=8) is None
    assert room.renders == 0


def test_who_is_not_there_goes_idle_between_frames_too() -> None:
    room = Room()
    room.found(0, captured_ms=1, now_ms=6, face=face())
    room.found(1, captured_ms=1301, now_ms=1306, face=None)
    room.tick(1320, now_ms=1318)
    away = room.mover.sightings[-2:]
    assert [sighting.presence for sighting in away] == [Presence.AWAY] * 2
    assert away[1].follow == pytest.approx(away[0].follow - 0.01 / 0.9)


def test_a_renderer_too_slow_for_the_output_draws_nothing_in_between() -> None:
    room = Room(takes_ns=12 * MS)
    room.found(0, captured_ms=1, now_ms=6, face=face())
    assert room.tick(30, now_ms=20) is None
    room.found(1, captured_ms=31, now_ms=36, face=face())
    assert room.shown_ms() == [10, 50], "the second is expected to take as long as the first"


def test_a_renderer_that_moves_with_pixels_alone_draws_nothing_in_between() -> None:
    room = Room(framer=Framer(), moves_between=False)
    room.found(0, captured_ms=1, now_ms=6, face=face())
    assert room.tick(20, now_ms=18) is None


def test_a_renderer_that_reads_pixels_may_move_in_between() -> None:
    room = Room(framer=Framer())
    room.found(0, captured_ms=1, now_ms=6, face=face())
    assert room.tick(20, now_ms=18) is not None


def test_when_nothing_is_told_for_long_the_driver_is_lost() -> None:
    room = Room()
    room.found(0, captured_ms=1, now_ms=6, face=face())
    told_ms = 6 + SILENCE_NS / MS
    room.tick(told_ms - 6, now_ms=told_ms - 7)
    drawn = room.tick(told_ms + 4, now_ms=told_ms + 3)
    presences = [sighting.presence for sighting in room.mover.sightings]
    assert presences == [Presence.TRACKING, Presence.TRACKING, Presence.HELD]
    assert room.predictor.observed[-1] == (False, round((told_ms + 4) * MS))
    assert drawn is not None
    assert drawn.picture.captured_ns is None


def test_time_does_not_go_back_when_a_tracker_that_hung_tells_of_the_past() -> None:
    room = Room()
    room.found(0, captured_ms=1, now_ms=6, face=face())
    room.tick(900, now_ms=899)
    room.found(1, captured_ms=20, now_ms=899.5, face=face())
    moments = [sighting.captured_ns for sighting in room.mover.sightings]
    assert moments == [10 * MS, 900 * MS, 900 * MS]


def test_what_failed_to_be_drawn_is_not_tried_again_for_its_tick() -> None:
    room = Room(fails=True)
    assert room.found(0, captured_ms=1, now_ms=6, face=face()) is None
    assert room.tick(10, now_ms=8) is None
    assert room.renders == 1
    card = room.found(1, captured_ms=11, now_ms=16, face=face())
    assert card is not None
    assert card.picture.captured_ns is None
    np.testing.assert_array_equal(card.picture.pixels, CARD)
    buffers = [room.ring.acquire() for _ in range(3)]
    assert len(buffers) == 3, "the first picture's went back"
