"""The rendering thread's work: what is known of the driver becomes a picture for a tick.

    tick         0           1           2           3           4           5
    found          f0           f1            (tracker busy)       f2
    drawn          f0▶1         f1▶2              f1▶3        f1▶4 f2▶5

What the tracker finds is drawn at once, for the first tick that its picture can be there at, and
moved on to that tick's moment. A tick for which nothing was drawn until the last moment gets a
picture of its own, in between, of what was found before. Once nothing came from the tracker for
`SILENCE_NS`, the driver is lost: presence and mover go on to idle by themselves.
"""

from dataclasses import dataclass

from realtime.fail_safe import FailSafeRenderer
from realtime.runtime.deadlines import Deadlines
from realtime.runtime.ring import Ring
from realtime.runtime.stopwatch import Stopwatch
from realtime.stages import Stages
from realtime.types import RGB, Driving, Face, Picture, Sighting

SILENCE_NS = 500_000_000
"When camera and tracker tell nothing for this long, the driver is lost."


@dataclass(frozen=True, slots=True)
class Tick:
    """Time goes on, with or without frames: nothing waits to be sent at `due_ns`."""

    due_ns: int


@dataclass(frozen=True, slots=True)
class Found:
    """What the tracker made of a frame."""

    face: Face | None
    driving: Driving | None
    sequence: int
    captured_ns: int
    ready_ns: int
    "Since when it could have been taken up, as in the other."


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture that can be sent; its pixels are the ring's."""

    picture: Picture
    ready_ns: int


class Drawing:
    """Draws what is found, and what must be shown where nothing is; for one thread."""

    def __init__(
        self, stages: Stages, card: RGB, ring: Ring, deadlines: Deadlines, watch: Stopwatch
    ) -> None:
        """`card`, and the buffers of `ring`, are of the size of the stages' renderer."""
        drawers = [each for each in (stages.renderer, stages.fallback) if each is not None]
        self._renderer = FailSafeRenderer(drawers, card)
        self._stages = stages
        self._ring = ring
        self._deadlines = deadlines
        self._watch = watch
        self._sequence = -1
        self._told_ns = watch.clock.now_ns()
        self._shown_ns = 0
        "The last moment that was drawn; filters cannot bear time that goes back."

    def draw(self, item: Found | Tick) -> Drawn | None:
        """A picture; None where there is no need for one, or the picture before shall stay."""
        if isinstance(item, Found):
            return self._answer(item)
        if item.due_ns <= self._shown_ns:
            return None
        if item.due_ns - self._told_ns >= SILENCE_NS:
            self._stages.predictor.observe(None, item.due_ns)
            return self._draw(self._lost(item.due_ns))
        nothing_new = self._sequence < 0 or not self._stages.moves_between
        if nothing_new or not self._deadlines.can_be_met:
            return None
        return self._draw(self._between(item.due_ns))

    def _answer(self, found: Found) -> Drawn | None:
        now_ns = self._watch.clock.now_ns()
        self._watch.metrics.waited("render", now_ns - found.ready_ns)
        self._sequence, self._told_ns = found.sequence, max(found.captured_ns, found.ready_ns)
        # A tracker that hung tells of a moment that the ticks have passed already.
        t_ns = max(self._shown_ns, found.captured_ns, self._deadlines.due_ns(now_ns))
        predictor = self._stages.predictor
        predictor.observe(found.face, found.captured_ns)
        sighting = self._stages.presence.update(predictor.at(t_ns), found.sequence, t_ns)
        return self._draw(sighting, found.driving, found.captured_ns)

    def _between(self, t_ns: int) -> Sighting:
        face = self._stages.predictor.at(t_ns)
        return self._stages.presence.between(face, self._sequence, t_ns)

    def _lost(self, t_ns: int) -> Sighting:
        return self._stages.presence.update(None, self._sequence, t_ns)

    def _draw(
        self, sighting: Sighting, driving: Driving | None = None, captured_ns: int | None = None
    ) -> Drawn | None:
        watch, sequence = self._watch, sighting.sequence
        self._shown_ns = sighting.captured_ns
        began_ns, pixels = watch.clock.now_ns(), self._ring.acquire()
        with watch.timed("motion", sequence):
            motion = self._stages.move(sighting, driving)
        watch.metrics.became(motion.presence.value, watch.clock.now_ns())
        with watch.timed("render", sequence):
            drawn = self._renderer.render(motion, pixels)
        ended_ns = watch.clock.now_ns()
        self._deadlines.took(ended_ns - began_ns)
        if not drawn:
            self._ring.release(pixels)
            return None
        answered_ns = None if self._renderer.failing else captured_ns
        return Drawn(Picture(pixels, sequence, answered_ns), ended_ns)
