"""One frame's way from camera to output: `step` as a chain, `run` as threads.

Threads meet at one-slot mailboxes. Each works on the newest item there is; what was displaced is
a counted drop, nothing queues, and nobody waits for a slower neighbour:

    capture thread      track thread                render thread     calling thread

    Source.read ─Frame▶ Tracker ─Face▶ Presence ▶ Mover ▶ Renderer ─Picture▶ Output.send
                                   ▲                                             │
                                   └──── tick, where no face is waiting ◀────────┘

The calling thread serves ticks on a fixed grid, with whatever is there:

    tick      0     1     2     3     4     5     6     7     8
    capture     f0    f1    f2    f3    f4    f5    (unplugged)
    track       [ f0 ][ f1 ][     f2     ][ f4 ][ f5 ]            f3 dropped: track busy
    render            [ f0 ][ f1 ]        [ f2 ][ f4 ][ f5 ]
    send      card  card  card  f0    f1    f1    f2    f4    f5  f1 repeated at tick 5

Once nothing came from the tracker for `SILENCE_NS`, the ticks drive presence and mover, so that
the avatar goes on to idle while camera or tracker hang. Captured pixels end at the tracker.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from realtime.capture import EndOfSource, Source
from realtime.fail_safe import FailSafeRenderer, FailSafeTracker
from realtime.motion import Framer, Mover
from realtime.output import Output
from realtime.render import Renderer
from realtime.runtime.clock import Clock, Grid
from realtime.runtime.failures import blamed, kept
from realtime.runtime.mailbox import Closed, Mailbox
from realtime.runtime.metrics import Metrics
from realtime.runtime.ring import OwnCopy, Ring
from realtime.track import Tracker
from realtime.track.presence import PresenceFilter
from realtime.types import RGB, Driving, Face, Frame, Motion, Picture

SILENCE_NS = 500_000_000
"When camera and tracker tell nothing for this long, the driver is lost."

_BUFFERS = 4
"One is drawn on, one waits, one is shown, and one more while the last two change places."

_JOIN_S = 0.9
"Threads get this long to end; one in the middle of loading a model cannot be interrupted."

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stages:
    """What stands between a frame and a picture."""

    tracker: Tracker
    presence: PresenceFilter
    mover: Mover
    renderer: Renderer
    framer: Framer | None = None
    "For a renderer that reads motion from the driver's pixels."
    fallback: Renderer | None = None
    "Draws what the renderer fails to draw, in the same size; closed with it, by whoever owns it."

    def driving(self, frame: Frame, face: Face | None) -> Driving | None:
        """The driver's pixels, cut out for a renderer that wants them."""
        if self.framer is None or face is None:
            return None
        return self.framer.frame(frame, face)

    def move(self, face: Face | None, driving: Driving | None, sequence: int, t_ns: int) -> Motion:
        """The avatar's motion for the moment `t_ns`, given the face found in it or None."""
        motion = self.mover.move(self.presence.update(face, sequence, t_ns))
        return motion if driving is None else replace(motion, driving=driving)

    def recalibrate(self) -> None:
        """Learn the driver's rest anew."""
        self.mover.recalibrate()
        if self.framer is not None:
            self.framer.recalibrate()

    def close(self) -> None:
        """Free what the stages hold. Call once."""
        try:
            with blamed("track"):
                self.tracker.close()
        finally:
            with blamed("render"):
                self.renderer.close()


def step(stages: Stages, frame: Frame, out: RGB) -> Motion:
    """The avatar's motion for `frame`, drawn into `out`, of the renderer's size."""
    face = stages.tracker.track(frame)
    driving = stages.driving(frame, face)
    motion = stages.move(face, driving, frame.sequence, frame.captured_ns)
    stages.renderer.render(motion, out)
    return motion


def run(
    open_source: Callable[[], Source],
    open_stages: Callable[[], Stages],
    output: Output,
    card: RGB,
    fps: float,
    *,
    clock: Clock,
    metrics: Metrics,
    stop: threading.Event,
) -> None:
    """Feed `output` at `fps` until the source ends, `stop` is set or Ctrl-C is pressed.

    `card`, of the renderer's size, is sent until the first picture is ready. Source and stages
    are opened in threads meanwhile, and the source is read once the stages are open. Frames must
    be stamped by `clock`. Everything, `output` too, is closed when this returns or raises.

    Raises:
        BaseException: the first failure of any stage; a note on it names the stage.
    """
    line = _Line(card, clock, metrics)
    errors: list[BaseException] = []
    with kept(errors):
        line.start(open_source, open_stages)
        line.pace(output, fps, stop)
    with kept(errors), blamed("capture"):
        line.halt()
    with kept(errors), blamed("output"):
        output.close()
    with kept(errors):
        line.finish()
    if errors:
        raise errors[0]


@dataclass(frozen=True, slots=True)
class _Tick:
    """Time goes on, with or without frames."""

    due_ns: int


@dataclass(frozen=True, slots=True)
class _Seen:
    frame: Frame
    ready_ns: int
    "Since when it could have been taken up, as in the others."


@dataclass(frozen=True, slots=True)
class _Found:
    face: Face | None
    driving: Driving | None
    sequence: int
    captured_ns: int | None
    "None where a tick and no frame asked for it."
    ready_ns: int


@dataclass(frozen=True, slots=True)
class _Drawn:
    picture: Picture
    ready_ns: int


class _Line:
    """The threads of one run and what lies between them."""

    def __init__(self, card: RGB, clock: Clock, metrics: Metrics) -> None:
        self._card = card
        self._clock = clock
        self._metrics = metrics
        self._frames: Mailbox[_Seen] = Mailbox()
        self._faces: Mailbox[_Found | _Tick] = Mailbox()
        self._pictures: Mailbox[_Drawn] = Mailbox()
        self._ring = Ring(_BUFFERS, (card.shape[1], card.shape[0]))
        self._source: Future[Source] = Future()
        self._stages: Future[Stages] = Future()
        self._threads: list[threading.Thread] = []
        self._failed_closes: list[BaseException] = []

    def start(self, open_source: Callable[[], Source], open_stages: Callable[[], Stages]) -> None:
        """Start the threads; `halt` ends them."""
        self._spawn("capture", lambda: self._capture(open_source), self._frames)
        self._spawn("track", lambda: self._track(open_stages), self._faces)
        self._spawn("render", self._render, self._pictures)

    def pace(self, output: Output, fps: float, stop: threading.Event) -> None:
        """Serve ticks until `stop` is set; raises what ended the threads, `Closed` if nothing."""
        grid = Grid(self._clock.now_ns(), fps)
        shown = Picture(self._card, sequence=-1, captured_ns=None)
        tick = missed = 0
        while not self._clock.wait_until(grid.due_ns(tick), stop):
            fresh = self._pictures.poll()
            self._metrics.ticked(grid.due_ns(tick), self._clock.now_ns(), missed)
            shown = self._send(output, shown, fresh)
            self._faces.offer(_Tick(grid.due_ns(tick)))
            following = grid.next_tick(tick, self._clock.now_ns())
            tick, missed = following, following - tick - 1

    def halt(self) -> None:
        """End the threads, whatever they wait for, and close the source."""
        self._end(Closed())
        self._stages.cancel()
        if not self._source.cancel():
            self._source.result().close()

    def finish(self) -> None:
        """Wait until the threads have closed their stages; raises what failed in that."""
        deadline_s = time.monotonic() + _JOIN_S
        for thread in self._threads:
            thread.join(max(0.0, deadline_s - time.monotonic()))
        stuck = [thread.name for thread in self._threads if thread.is_alive()]
        if stuck:
            logging.getLogger(__name__).info("left behind, still busy: %s", ", ".join(stuck))
        if self._failed_closes:
            raise self._failed_closes[0]

    def _spawn(self, name: str, loop: Callable[[], None], outbox: Mailbox[T]) -> None:
        def work() -> None:
            try:
                loop()
            except (EndOfSource, Closed, CancelledError):
                outbox.close()
            except BaseException as error:  # noqa: BLE001 - it surfaces in the calling thread
                self._end(error)

        # A daemon, since one that hangs in a driver must not keep the process.
        thread = threading.Thread(target=work, name=f"mimicam-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _end(self, error: BaseException) -> None:
        self._frames.close(Closed())
        self._faces.close(Closed())
        self._pictures.close(error)

    def _capture(self, open_source: Callable[[], Source]) -> None:
        with blamed("capture"):
            source = open_source()
        if not _handed_over(self._source, source):
            source.close()
            return
        # A file played as if it were a camera must not pass by while models load.
        self._stages.result()
        last: int | None = None
        cpu_ns = time.thread_time_ns()
        while not self._frames.closed:
            with blamed("capture"):
                frame = source.read()
            if frame is None:
                continue
            if last is not None and frame.sequence > last + 1:
                self._dropped("source", frame.sequence - last - 1)
            last = frame.sequence
            ready_ns = self._clock.now_ns()
            if self._frames.put(_Seen(frame, ready_ns)) is not None:
                self._dropped("track busy")
            cpu_ns, before_ns = time.thread_time_ns(), cpu_ns
            self._metrics.took(
                "capture",
                frame.captured_ns,
                ready_ns,
                cpu_ns=cpu_ns - before_ns,
                sequence=last,
            )

    def _track(self, open_stages: Callable[[], Stages]) -> None:
        with blamed("open"):
            stages = open_stages()
        if not _handed_over(self._stages, stages):
            stages.close()
            return
        with self._closing("track", stages.tracker.close):
            self._track_newest(stages)

    def _track_newest(self, stages: Stages) -> None:
        own, tracker = OwnCopy(), FailSafeTracker(stages.tracker)
        shape: tuple[int, ...] | None = None
        while True:
            seen = self._frames.take()
            if shape not in {None, seen.frame.pixels.shape}:
                # The driver's rest is known in pixels, and these are others.
                stages.recalibrate()
            shape = seen.frame.pixels.shape
            sequence, captured_ns = seen.frame.sequence, seen.frame.captured_ns
            with self._timed("track", sequence, seen.ready_ns):
                frame = own.of(seen.frame)
                face = tracker.track(frame)
                driving = stages.driving(frame, face)
            found = _Found(face, driving, sequence, captured_ns, self._clock.now_ns())
            if isinstance(self._faces.put(found), _Found):
                self._dropped("render busy")

    def _render(self) -> None:
        stages = self._stages.result()
        renderer = stages.renderer
        with self._closing("render", renderer.close):
            height, width = self._card.shape[:2]
            if renderer.size != (width, height):
                raise ValueError(f"renderer draws {renderer.size}, card is {(width, height)}")
            self._render_newest(stages)

    def _render_newest(self, stages: Stages) -> None:
        drawers = [each for each in (stages.renderer, stages.fallback) if each is not None]
        renderer = FailSafeRenderer(drawers, self._card)
        sequence, told_ns, t_ns = -1, self._clock.now_ns(), 0
        while True:
            item = self._faces.take()
            if isinstance(item, _Found):
                sequence, told_ns = item.sequence, max(item.captured_ns or 0, item.ready_ns)
                # A tracker that hung tells of a moment that the ticks have passed already.
                t_ns = max(t_ns, item.captured_ns or 0)
            elif item.due_ns - told_ns >= SILENCE_NS:
                t_ns = item.due_ns
                item = _Found(None, None, sequence, None, t_ns)
            else:
                continue
            self._draw(stages, renderer, item, t_ns)

    def _draw(self, stages: Stages, renderer: FailSafeRenderer, found: _Found, t_ns: int) -> None:
        pixels, sequence = self._ring.acquire(), found.sequence
        self._metrics.waited("render", self._clock.now_ns() - found.ready_ns)
        with self._timed("motion", sequence):
            motion = stages.move(found.face, found.driving, sequence, t_ns)
        self._metrics.became(motion.presence.value, self._clock.now_ns())
        with self._timed("render", sequence):
            drawn = renderer.render(motion, pixels)
        if not drawn:
            self._ring.release(pixels)
            return
        captured_ns = None if renderer.failing else found.captured_ns
        picture = Picture(pixels, sequence, captured_ns)
        displaced = self._pictures.put(_Drawn(picture, self._clock.now_ns()))
        if displaced is None:
            return
        self._ring.release(displaced.picture.pixels)
        if displaced.picture.captured_ns is not None:
            self._dropped("output busy")

    def _send(self, output: Output, shown: Picture, fresh: _Drawn | None) -> Picture:
        """Send `fresh`, or `shown` again; what is shown now."""
        if fresh is None:
            with self._timed("output", shown.sequence):
                output.send(shown)
            if shown.pixels is self._card:
                self._metrics.sent_card(self._clock.now_ns())
            else:
                self._metrics.sent_again(self._clock.now_ns(), shown.sequence)
            return shown
        picture, waited_ns = fresh.picture, self._clock.now_ns() - fresh.ready_ns
        with self._timed("output", picture.sequence, fresh.ready_ns):
            output.send(picture)
        self._metrics.sent_picture(
            self._clock.now_ns(), picture.captured_ns, waited_ns, picture.sequence
        )
        if shown.pixels is not self._card:
            self._ring.release(shown.pixels)
        return picture

    def _dropped(self, cause: str, count: int = 1) -> None:
        self._metrics.dropped(cause, self._clock.now_ns(), count)

    @contextmanager
    def _closing(self, stage: str, close: Callable[[], None]) -> Iterator[None]:
        """A stage is closed by the thread that used it, however late that comes to its end."""
        try:
            yield
        finally:
            with kept(self._failed_closes), blamed(stage):
                close()

    @contextmanager
    def _timed(self, stage: str, sequence: int, ready_ns: int | None = None) -> Iterator[None]:
        """Measure the work of a stage; `ready_ns` is since when that could have begun."""
        started_ns, cpu_ns = self._clock.now_ns(), time.thread_time_ns()
        with blamed(stage):
            yield
        cpu_ns = time.thread_time_ns() - cpu_ns
        ended_ns = self._clock.now_ns()
        if ready_ns is not None:
            self._metrics.waited(stage, started_ns - ready_ns)
        self._metrics.took(stage, started_ns, ended_ns, cpu_ns=cpu_ns, sequence=sequence)


def _handed_over(place: Future[T], value: T) -> bool:
    """Whether `value` got there before the run ended; if not, it is still the caller's."""
    try:
        place.set_result(value)
    except InvalidStateError:
        return False
    return True
