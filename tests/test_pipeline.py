"""What `run` makes of frames, with fakes for every device, model and clock."""

import itertools
import threading
import tracemalloc
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pytest

from realtime.errors import DeviceError
from realtime.pipeline import SILENCE_NS, Stages, step
from realtime.runtime.metrics import Metrics
from realtime.runtime.trace import Kind, Trace
from realtime.types import Frame, Motion, Picture, Presence, Sighting
from tests.fakes import (
    MARKER,
    PERIOD_NS,
    FakeRenderer,
    FakeTracker,
    RecordingOutput,
    ScriptedSource,
    drawn_presence,
    drawn_sequence,
    face,
    frame,
)
from tests.rig import CARD, SIZE, Rig, one_by_one, reached


def test_run_sends_what_step_draws() -> None:
    frames = [frame(n, n * 300_000_000) for n in range(14)]
    script = [face() if n < 5 or n > 11 else None for n in range(14)]
    rig = one_by_one(frames)
    rig.tracker = FakeTracker(script)
    rig.run()

    chain = Rig(ScriptedSource([]), tracker=FakeTracker(script)).open_stages()
    out = np.zeros_like(CARD)
    answers = rig.answers()
    assert len(answers) == len(frames)
    for item, picture in zip(frames, answers, strict=True):
        step(chain, item, out)
        np.testing.assert_array_equal(picture.pixels, out)
        assert (picture.sequence, picture.captured_ns) == (item.sequence, item.captured_ns)
    assert {drawn_presence(p.pixels) for p in answers} == set(Presence)
    assert rig.metrics.report().drops == {}


def test_cards_flow_while_the_stages_open() -> None:
    three_sent = threading.Event()
    rig = Rig(ScriptedSource([frame()]))

    def on_send(_: Picture) -> None:
        if len(rig.output.pictures) == 3:
            three_sent.set()

    def open_stages() -> Stages:
        reached(three_sent)
        return rig.open_stages()

    rig.output = RecordingOutput(on_send=on_send)
    rig.run(open_stages=open_stages)
    cards = [p for p in rig.output.pictures if p.sequence == -1]
    assert len(cards) >= 3
    assert rig.output.pictures[: len(cards)] == cards
    for card in cards:
        np.testing.assert_array_equal(card.pixels, CARD)
        assert card.captured_ns is None
    assert drawn_sequence(rig.output.pictures[-1].pixels) == 0
    report = rig.metrics.report()
    assert (report.cards, report.pictures, report.age.count) == (len(cards), 1, 1)
    assert report.cards + report.pictures + report.repeats == len(rig.output.pictures)


def test_the_source_is_read_once_the_stages_are_open() -> None:
    opened = threading.Event()
    early: list[int] = []

    def script() -> Iterator[Frame]:
        if not opened.is_set():
            early.append(0)
        yield frame()

    rig = Rig(ScriptedSource(script()))
    sent = threading.Event()
    rig.output = RecordingOutput(on_send=lambda _: sent.set())

    def open_stages() -> Stages:
        reached(sent)
        opened.set()
        return rig.open_stages()

    rig.run(open_stages=open_stages)
    assert early == []
    assert [p.sequence for p in rig.answers()] == [0]


def test_the_last_frame_is_sent_before_the_run_ends() -> None:
    rig = Rig(ScriptedSource([frame(n) for n in range(20)]))
    rig.run()
    assert rig.output.pictures[-1].sequence == 19
    assert drawn_sequence(rig.output.pictures[-1].pixels) == 19
    assert rig.closes == (1, 1, 1, 1)


def slow_tracking(frames: Iterable[Frame], on_track: Callable[[Frame], None]) -> Rig:
    """A rig whose source gives all other frames while the first is tracked."""
    gate = threading.Semaphore(1)
    source = ScriptedSource(frames, gate=gate)

    def run_ahead(item: Frame) -> None:
        gate.release(1000)
        reached(source.ended)
        on_track(item)

    return Rig(source, tracker=FakeTracker(on_track=run_ahead))


def test_a_slow_tracker_gets_the_newest_frame() -> None:
    rig = slow_tracking([frame(n) for n in range(7)], on_track=lambda _: None)
    rig.run()
    assert rig.tracker.tracked == [0, 6]
    assert rig.metrics.report().drops["track busy"] == 5


@pytest.mark.parametrize("slow", ["render", "output"])
def test_a_slow_consumer_gets_the_newest_and_every_loss_is_counted(slow: str) -> None:
    gate = threading.Semaphore(1)
    source = ScriptedSource([frame(n) for n in range(9)], gate=gate)

    def on_render(_: Motion) -> None:
        if slow == "render":
            reached(source.ended)
        else:
            gate.release()

    def on_track(_: Frame) -> None:
        if slow == "render":
            gate.release()

    def on_send(picture: Picture) -> None:
        if slow == "output" and picture.sequence >= 0:
            reached(source.ended)

    rig = Rig(
        source,
        tracker=FakeTracker(on_track=on_track),
        renderer=FakeRenderer(SIZE, on_render=on_render),
        output=RecordingOutput(on_send=on_send),
    )
    rig.run()
    sequences = [p.sequence for p in rig.answers()]
    assert sequences == sorted(set(sequences))
    assert sequences[-1] == 8
    drops = rig.metrics.report().drops
    assert drops[f"{slow} busy"] >= 5
    assert len(sequences) + sum(drops.values()) == 9


def test_every_frame_is_followed_through_every_stage_and_wait() -> None:
    rig = one_by_one([frame(n) for n in range(3)])
    trace = Trace()
    rig.metrics = Metrics(trace)
    rig.run()
    spans = {
        (event.row.removeprefix("mimicam-"), event.name, event.sequence)
        for event in trace.events()
        if event.kind is Kind.SPAN and event.sequence >= 0
    }
    own = threading.current_thread().name
    rows = {"capture": "capture", "track": "track", "motion": "render", "render": "render"}
    rows["output"] = own
    assert spans == {(row, stage, n) for stage, row in rows.items() for n in range(3)}
    report = rig.metrics.report()
    assert {stage: spread.count for stage, spread in report.waits.items()} == {
        "track": 3,
        "render": 3,
        "output": 3,
    }
    assert report.cadence.count == report.ticks - 1
    assert set(report.cpu_s) == set(rows)


def test_the_wait_for_the_tick_is_told_from_the_rest_of_the_age() -> None:
    rig = one_by_one([frame(0, captured_ns=0)])
    rig.fps = 10
    rig.run()
    report = rig.metrics.report()
    assert report.age.count == report.unpaced_age.count == 1
    # Pictures in between wait too, and have no age.
    waited_ms = report.waits["output"].sum_ms
    assert 0.0 <= report.age.sum_ms - report.unpaced_age.sum_ms <= waited_ms + 1e-6


def test_frames_that_the_source_lost_are_counted() -> None:
    rig = one_by_one([frame(0), frame(3), frame(4)])
    rig.run()
    assert rig.metrics.report().drops == {"source": 2}


def test_a_tracker_keeps_its_frame_while_the_source_reuses_its_buffers() -> None:
    buffers = [np.zeros((12, 16, 3), np.uint8) for _ in range(4)]

    def script() -> Iterator[Frame]:
        for n in range(12):
            buffers[n % 4][...] = n
            yield Frame(buffers[n % 4], n, n * PERIOD_NS)

    contents: dict[int, set[int]] = {}

    def on_track(item: Frame) -> None:
        contents[item.sequence] = set(item.pixels.ravel().tolist())

    slow_tracking(script(), on_track).run()
    assert contents == {0: {0}, 11: {11}}


@pytest.mark.parametrize("reads_none", [True, False], ids=["unplugged", "silent"])
def test_presence_goes_on_without_frames(reads_none: bool) -> None:
    late_ns = 1_000_000_000_000
    gate = threading.Semaphore(2)
    tracked = [threading.Event(), threading.Event()]

    def script() -> Iterator[Frame | None]:
        yield frame(0, late_ns)
        reached(tracked[0])
        yield frame(1, late_ns + 600_000_000)
        yield from itertools.repeat(None)

    rig = Rig(ScriptedSource(script(), gate=gate), fps=30)
    rig.tracker = FakeTracker(on_track=lambda item: tracked[item.sequence].set())

    def on_send(picture: Picture) -> None:
        if reads_none:
            gate.release()
        if picture.sequence == 1 and rig.clock.now_ns() < late_ns:
            rig.clock.advance(late_ns)
        if picture.sequence == 1 and drawn_presence(picture.pixels) is Presence.AWAY:
            rig.stop.set()

    rig.output = RecordingOutput(on_send=on_send)
    rig.run()
    idle = [p for p in rig.output.pictures if p.sequence == 1 and p.captured_ns is None]
    shown = [drawn_presence(p.pixels) for p in idle]
    assert list(dict.fromkeys(shown)) == [Presence.TRACKING, Presence.HELD, Presence.AWAY]
    # On a busy machine ticks go by before the first frame, too.
    stamps = [sighting.captured_ns for sighting in rig.mover.sightings]
    ticked = rig.mover.sightings[stamps.index(late_ns + 600_000_000) + 1 :]
    assert_on_grid(ticked, fps=30)
    held = next(s.captured_ns for s in ticked if s.presence is Presence.HELD)
    assert held - (late_ns + 600_000_000) >= SILENCE_NS
    report = rig.metrics.report()
    assert report.age.count == len(rig.answers())
    assert report.state == "away"


def assert_on_grid(sightings: list[Sighting], fps: float) -> None:
    ticks = [s.captured_ns * fps / 1e9 for s in sightings]
    assert len(ticks) > 1
    assert ticks == sorted(set(ticks))
    np.testing.assert_allclose(ticks, np.round(ticks), atol=1e-4)


def test_ticks_that_a_slow_output_missed_are_counted_and_the_grid_is_kept() -> None:
    rig = Rig(ScriptedSource([], gate=threading.Semaphore(0)), fps=100)
    served: list[int] = []

    def on_send(_: Picture) -> None:
        served.append(rig.clock.now_ns())
        if len(served) == 2:
            rig.clock.advance(35_000_000)
        if len(served) == 5:
            rig.stop.set()

    rig.output = RecordingOutput(on_send=on_send)
    rig.run()
    assert [t // 1_000_000 for t in served] == [0, 10, 45, 50, 60]
    report = rig.metrics.report()
    assert (report.ticks, report.missed_ticks) == (5, 2)
    assert report.jitter.max_ms == pytest.approx(5)


def test_pictures_live_in_few_buffers_and_memory_does_not_grow() -> None:
    rig = one_by_one([frame(n) for n in range(600)])
    release = rig.output
    buffers: set[int] = set()
    traced: list[int] = []

    class Watching(RecordingOutput):
        def send(self, picture: Picture) -> None:
            if picture.sequence >= 0:
                buffers.add(picture.pixels.ctypes.data)
            release.send(picture)
            release.pictures.clear()
            if picture.sequence in (200, 599):
                rig.mover.sightings.clear()
                rig.tracker.tracked.clear()
                traced.append(tracemalloc.get_traced_memory()[0])

    rig.output = Watching()
    tracemalloc.start()
    try:
        rig.run()
    finally:
        tracemalloc.stop()
    assert rig.metrics.report().pictures == 600
    assert len(buffers) <= 4
    assert traced[-1] - traced[0] < 64_000, "a motion is 6 kB, and 400 passed"


@pytest.mark.parametrize(
    "tracking",
    [
        pytest.param([face()], id="seen"),
        pytest.param([None], id="never seen"),
        pytest.param([face(), None, face(), None], id="lost"),
        pytest.param([face(), face(), DeviceError("it broke")], id="error"),
    ],
)
@pytest.mark.parametrize("failing", [None, "motion", "render"])
def test_captured_pixels_never_leave(tracking: list[object], failing: str | None) -> None:
    captured = [frame(n, n * 400_000_000, size=SIZE) for n in range(10)]
    rig = one_by_one(captured)
    seen: list[bool] = []
    rig.tracker = FakeTracker(
        tracking,  # type: ignore[arg-type]
        on_track=lambda item: seen.append(bool((item.pixels == MARKER).all())),
    )
    if failing is not None:
        rig.fail_in(failing, DeviceError("it broke"))
    try:
        rig.run()
    except DeviceError:
        assert failing is not None or isinstance(tracking[-1], DeviceError)
    assert seen
    assert all(seen)
    for picture in rig.output.pictures:
        assert not (picture.pixels == MARKER).all(axis=2).any()
