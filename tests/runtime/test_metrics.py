import threading
import tracemalloc

import pytest

from realtime.runtime.metrics import Metrics
from realtime.runtime.trace import Kind, Trace

MS = 1_000_000


def short_run(metrics: Metrics) -> None:
    """A card, then every 100 ms alternately a picture and a repeat; tick 3.5 was missed."""
    metrics.ticked(0, 0, 0)
    metrics.sent_card(MS)
    metrics.drawn_by("mesh", "cpu")
    for n in range(1, 11):
        due_ns = n * 100 * MS
        metrics.ticked(due_ns, due_ns + 2 * MS, missed=1 if n == 4 else 0)
        if n % 2:
            metrics.sent_picture(due_ns + 3 * MS, due_ns - 37 * MS, waited_ns=15 * MS, sequence=n)
        else:
            metrics.sent_again(due_ns + 8 * MS, sequence=n - 1)
    metrics.waited("track", 4 * MS)
    metrics.took("track", 0, 8 * MS, cpu_ns=6 * MS, sequence=1)
    metrics.took("render", 8 * MS, 10 * MS, sequence=1)
    metrics.took("track", 100 * MS, 108 * MS, cpu_ns=6 * MS, sequence=2)
    metrics.dropped("track busy", 5 * MS)
    metrics.dropped("source", 6 * MS, 3)
    metrics.became("tracking", 7 * MS)


def test_a_run_is_summed_up() -> None:
    metrics = Metrics()
    short_run(metrics)
    report = metrics.report()
    assert report.elapsed_s == pytest.approx(1.002)
    assert (report.ticks, report.missed_ticks) == (11, 1)
    assert (report.cards, report.pictures, report.repeats) == (1, 5, 5)
    assert report.fps == pytest.approx(5.0)
    assert report.age.count == 5
    assert report.age.p50_ms == pytest.approx(40, rel=0.01)
    assert report.unpaced_age.p50_ms == pytest.approx(25, rel=0.01)
    assert report.jitter.p50_ms == pytest.approx(2, rel=0.01)
    assert list(report.stages) == ["track", "render"]
    assert report.stages["track"].count == 2
    assert report.stages["track"].p99_ms == pytest.approx(8, rel=0.01)
    assert report.waits["track"].p50_ms == pytest.approx(4, rel=0.01)
    assert report.cpu_s == {"track": pytest.approx(0.012), "render": 0}
    assert report.drops == {"track busy": 1, "source": 3}
    assert (report.state, report.renderer, report.device) == ("tracking", "mesh", "cpu")


def test_cadence_is_how_far_intervals_are_off_the_period() -> None:
    metrics = Metrics()
    returned_ms = [1, 101, 206, 299, 500]
    for tick, at_ms in zip((0, 1, 2, 3, 5), returned_ms, strict=True):
        metrics.ticked(tick * 100 * MS, at_ms * MS, missed=1 if tick == 5 else 0)
        metrics.sent_card(at_ms * MS)
    cadence = metrics.report().cadence
    assert cadence.count == 4
    assert cadence.sum_ms == pytest.approx(0 + 5 + 7 + 101), "a missed tick is a period off"


def test_after_a_restart_only_the_new_counts() -> None:
    metrics = Metrics()
    short_run(metrics)
    metrics.ticked(1100 * MS, 1100 * MS, missed=0)
    metrics.restart()
    metrics.sent_card(1101 * MS)
    metrics.ticked(1200 * MS, 1204 * MS, missed=0)
    metrics.sent_card(1205 * MS)
    report = metrics.report()
    assert (report.ticks, report.missed_ticks, report.cards, report.pictures) == (1, 0, 2, 0)
    assert report.cadence.sum_ms == pytest.approx(4), "the period is still known"
    assert not report.stages
    assert not report.drops
    assert (report.state, report.renderer) == ("tracking", "mesh"), "these did not change"


def test_everything_goes_to_the_trace() -> None:
    trace = Trace()
    short_run(Metrics(trace))
    events = list(trace.events())
    spans = [(e.name, e.sequence, e.value) for e in events if e.kind is Kind.SPAN]
    assert spans == [("track", 1, 8 * MS), ("render", 1, 2 * MS), ("track", 2, 8 * MS)]
    instants = [(e.name, e.value) for e in events if e.kind is Kind.INSTANT]
    assert instants.count(("card", 1)) == 1
    assert instants.count(("new picture", 1)) == 5
    assert instants.count(("repeat", 1)) == 5
    assert ("missed ticks", 1) in instants
    assert instants[-3:] == [("dropped: track busy", 1), ("dropped: source", 3), ("tracking", 1)]
    ages = [(e.start_ns, e.value) for e in events if e.kind is Kind.COUNTER]
    assert ages[0] == (103 * MS, 40 * MS)
    assert len(ages) == 5


def test_a_state_is_traced_when_it_changes() -> None:
    trace = Trace()
    metrics = Metrics(trace)
    for n, state in enumerate(["tracking", "tracking", "held", "tracking"]):
        metrics.became(state, n)
    changes = [(event.name, event.start_ns) for event in trace.events()]
    assert changes == [("tracking", 0), ("held", 2), ("tracking", 3)]


def test_before_anything_happened() -> None:
    report = Metrics().report()
    assert (report.ticks, report.fps, report.recent_fps, report.elapsed_s) == (0, 0.0, 0.0, 0.0)
    assert report.state == "starting"
    assert not report.stages
    assert not report.drops


def test_pictures_without_a_frame_have_no_age() -> None:
    metrics = Metrics()
    metrics.sent_picture(5 * MS, captured_ns=None)
    assert metrics.report().pictures == 1
    assert metrics.report().age.count == 0


def test_the_recent_rate_forgets_the_past() -> None:
    metrics = Metrics()
    now_ns = 0
    for period_ms, count in ((100, 200), (25, 200)):
        for _ in range(count):
            now_ns += period_ms * MS
            metrics.sent_picture(now_ns, now_ns)
    report = metrics.report()
    assert report.recent_fps == pytest.approx(40)
    assert report.fps == pytest.approx(16, rel=0.01)


def test_a_report_does_not_change_afterwards() -> None:
    metrics = Metrics()
    metrics.dropped("track busy", 0)
    before = metrics.report()
    metrics.dropped("track busy", MS)
    metrics.took("track", 0, MS)
    assert before.drops == {"track busy": 1}
    assert not before.stages


def test_threads_lose_no_count() -> None:
    metrics = Metrics()

    def work() -> None:
        for _ in range(2000):
            metrics.took("track", 0, MS)
            metrics.dropped("track busy", MS)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = metrics.report()
    assert report.stages["track"].count == 8000
    assert report.drops["track busy"] == 8000


def test_memory_does_not_grow() -> None:
    metrics = Metrics(Trace(capacity=1000))

    def a_while() -> None:
        for n in range(3000):
            metrics.ticked(n * MS, n * MS + n % 7, 0)
            metrics.sent_picture(n * 1000 * MS, 0)
            metrics.took("track", 0, n * n, cpu_ns=n, sequence=n)
            metrics.waited("track", n)

    a_while()
    tracemalloc.start()
    try:
        a_while()
        grown = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert grown < 16_000
