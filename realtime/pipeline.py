"""A live run, as threads.

Threads meet at one-slot mailboxes. Each works on the newest item there is; what was displaced is
a counted drop, nothing queues, and nobody waits for a slower neighbour:

    capture thread      track thread                render thread       calling thread

    Source.read ─Frame▶ Tracker ─Face▶ Predictor ▶ Presence ▶ Mover ▶ Renderer ─▶ Output.send
                                   ▲                                                  │
                                   └──── tick for which no picture is there yet ◀─────┘

The calling thread serves ticks of a fixed rate, with whatever is there, and moves them to where
pictures are ready (`realtime.runtime.alignment`). Shortly before each, if no picture waits for it,
it asks for one in between (`realtime.drawing` says when that is drawn):

    tick      0     1     2     3     4     5     6     7     8
    capture     f0    f1    f2    f3    f4    f5    (unplugged)
    track       [ f0 ][ f1 ][     f2     ][ f4 ][ f5 ]            f3 dropped: track busy
    render            [ f0 ][ f1 ]  [ f1 ][ f2 ][ f4 ][ f5 ][ f5 ][ f5 ]
    send      card  card  card  f0    f1    f1'   f2    f4    f5  f1 has gone on at tick 5

Pictures are drawn as soon as there is something new, and not at the last moment: with sources as
fast as the output that is never later, and mostly it is while the tracker waits for a frame. They
are drawn for the moment of the tick that will show them. Captured pixels end at the tracker.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from realtime.capture import EndOfSource, Source
from realtime.drawing import SILENCE_NS, Drawing, Drawn, Found, Tick
from realtime.fail_safe import FailSafeTracker
from realtime.output import Output
from realtime.runtime.alignment import Alignment
from realtime.runtime.clock import Clock, Grid
from realtime.runtime.deadlines import Deadlines
from realtime.runtime.failures import blamed, kept
from realtime.runtime.mailbox import Closed, Mailbox
from realtime.runtime.metrics import Metrics
from realtime.runtime.punctual import uncollected
from realtime.runtime.ring import OwnCopy, Ring
from realtime.runtime.stopwatch import Stopwatch
from realtime.stages import Stages, step
from realtime.types import RGB, Frame, Picture

__all__ = ["SILENCE_NS", "Stages", "run", "step"]

_BUFFERS = 4
"One is drawn on, one waits, one is shown, and one more while the last two change places."

_JOIN_S = 0.9
"Threads get this long to end; one in the middle of loading a model cannot be interrupted."

T = TypeVar("T")


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
    line = _Line(card, fps, Stopwatch(clock, metrics))
    errors: list[BaseException] = []
    with kept(errors):
        line.start(open_source, open_stages)
        line.pace(output, stop)
    with kept(errors), blamed("capture"):
        line.halt()
    with kept(errors), blamed("output"):
        output.close()
    with kept(errors):
        line.finish()
    if errors:
        raise errors[0]


@dataclass(frozen=True, slots=True)
class _Seen:
    frame: Frame
    ready_ns: int
    "Since when it could have been taken up."


class _Line:
    """The threads of one run and what lies between them."""

    def __init__(self, card: RGB, fps: float, watch: Stopwatch) -> None:
        self._card = card
        # Not the one that stands in for a picture that failed: what is sent is the output's alone.
        self._sent_card = card.copy()
        self._watch = watch
        self._clock = watch.clock
        self._metrics = watch.metrics
        self._grid = Grid(watch.clock.now_ns(), fps)
        self._deadlines = Deadlines(self._grid)
        self._alignment = Alignment(fps)
        self._frames: Mailbox[_Seen] = Mailbox()
        self._faces: Mailbox[Found | Tick] = Mailbox()
        self._pictures: Mailbox[Drawn] = Mailbox()
        self._ring = Ring(_BUFFERS, (card.shape[1], card.shape[0]))
        self._source: Future[Source] = Future()
        self._stages: Future[Stages] = Future()
        self._threads: list[threading.Thread] = []
        self._failed_closes: list[BaseException] = []

    def start(self, open_source: Callable[[], Source], open_stages: Callable[[], Stages]) -> None:
        """Start the threads; `halt` ends them."""
        self._spawn("capture", lambda: self._capture(open_source), self._frames)
        self._spawn("render", self._render, self._pictures)
        # Last: whoever opens the stages finds the other threads there.
        self._spawn("track", lambda: self._track(open_stages), self._faces)

    def pace(self, output: Output, stop: threading.Event) -> None:
        """Serve ticks until `stop` is set; raises what ended the threads, `Closed` if nothing."""
        grid, clock = self._grid, self._clock
        shown = Picture(self._sent_card, sequence=-1, captured_ns=None)
        tick = missed = 0
        while not stop.is_set():
            due_ns = grid.due_ns(tick)
            clock.wait_until(due_ns - self._lead_ns, stop)
            if self._pictures.empty:
                self._faces.offer(Tick(due_ns))
            if clock.wait_until(due_ns, stop):
                break
            fresh = self._pictures.poll()
            self._metrics.ticked(due_ns, clock.now_ns(), missed)
            self._align(due_ns, shown, fresh)
            shown = self._send(output, shown, fresh)
            following = grid.next_tick(tick, clock.now_ns())
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
                self._watch.dropped("source", frame.sequence - last - 1)
            last = frame.sequence
            ready_ns = self._clock.now_ns()
            if self._frames.put(_Seen(frame, ready_ns)) is not None:
                self._watch.dropped("track busy")
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
        with self._closing("track", stages.tracker.close), uncollected():
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
            with self._watch.timed("track", sequence, seen.ready_ns):
                frame = own.of(seen.frame)
                face = tracker.track(frame)
                driving = stages.driving(frame, face)
            found = Found(face, driving, sequence, captured_ns, self._clock.now_ns())
            if isinstance(self._faces.put(found), Found):
                self._watch.dropped("render busy")

    def _render(self) -> None:
        stages = self._stages.result()
        renderer = stages.renderer
        with self._closing("render", renderer.close):
            height, width = self._card.shape[:2]
            if renderer.size != (width, height):
                raise ValueError(f"renderer draws {renderer.size}, card is {(width, height)}")
            self._render_newest(stages)

    def _render_newest(self, stages: Stages) -> None:
        drawing = Drawing(stages, self._card, self._ring, self._deadlines, self._watch)
        while True:
            drawn = drawing.draw(self._faces.take())
            if drawn is None:
                continue
            displaced = self._pictures.put(drawn)
            if displaced is None:
                continue
            self._ring.release(displaced.picture.pixels)
            if displaced.picture.captured_ns is not None:
                self._watch.dropped("output busy")

    @property
    def _lead_ns(self) -> int:
        """How long before its tick a picture in between is asked for."""
        # A frame's own picture that is about to be begun must not find that one being drawn.
        expected = self._alignment.expects
        return self._deadlines.least_lead_ns if expected else self._deadlines.lead_ns

    def _align(self, due_ns: int, shown: Picture, fresh: Drawn | None) -> None:
        if fresh is None or fresh.picture.sequence == shown.sequence:
            self._alignment.missed()
        else:
            self._grid.move(self._alignment.waited(due_ns - fresh.ready_ns))

    def _send(self, output: Output, shown: Picture, fresh: Drawn | None) -> Picture:
        """Send `fresh`, or `shown` again; what is shown now."""
        if fresh is None:
            with self._watch.timed("output", shown.sequence):
                output.send(shown)
            if shown.pixels is self._sent_card:
                self._metrics.sent_card(self._clock.now_ns())
            else:
                self._metrics.sent_again(self._clock.now_ns(), shown.sequence)
            return shown
        picture, waited_ns = fresh.picture, self._clock.now_ns() - fresh.ready_ns
        with self._watch.timed("output", picture.sequence, fresh.ready_ns):
            output.send(picture)
        self._metrics.sent_picture(
            self._clock.now_ns(), picture.captured_ns, waited_ns, picture.sequence
        )
        if shown.pixels is not self._sent_card:
            self._ring.release(shown.pixels)
        return picture

    @contextmanager
    def _closing(self, stage: str, close: Callable[[], None]) -> Iterator[None]:
        """A stage is closed by the thread that used it, however late that comes to its end."""
        try:
            yield
        finally:
            with kept(self._failed_closes), blamed(stage):
                close()


def _handed_over(place: Future[T], value: T) -> bool:
    """Whether `value` got there before the run ended; if not, it is still the caller's."""
    try:
        place.set_result(value)
    except InvalidStateError:
        return False
    return True
