import threading
import tracemalloc

from realtime.runtime.trace import Event, Kind, Trace


def test_what_was_recorded_is_read_back() -> None:
    trace = Trace()
    trace.span("track", 10**15, 10**15 + 8, sequence=3)
    trace.instant("dropped: track busy", 20, count=2)
    trace.counter("age", 30, -40)
    row = threading.current_thread().name
    assert list(trace.events()) == [
        Event(Kind.SPAN, row, "track", 3, 10**15, 8),
        Event(Kind.INSTANT, row, "dropped: track busy", -1, 20, 2),
        Event(Kind.COUNTER, row, "age", -1, 30, -40),
    ]


def test_the_last_events_are_kept_in_order() -> None:
    trace = Trace(capacity=4)
    for n in range(4):
        trace.instant("tick", n)
    assert (trace.lost, [event.start_ns for event in trace.events()]) == (0, [0, 1, 2, 3])
    for n in range(4, 11):
        trace.instant("tick", n)
    assert (trace.lost, trace.recorded) == (7, 11)
    assert [event.start_ns for event in trace.events()] == [7, 8, 9, 10]


def test_every_thread_has_its_row() -> None:
    trace = Trace()
    both_recorded = threading.Barrier(2)

    def work(name: str) -> None:
        trace.instant(name, 0)
        both_recorded.wait()

    threads = [
        threading.Thread(target=work, args=(f"of {name}",), name=name) for name in ("one", "two")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {event.name: event.row for event in trace.events()} == {"of one": "one", "of two": "two"}


def test_recording_allocates_nothing_that_stays() -> None:
    trace = Trace(capacity=100)
    trace.span("track", 0, 1, sequence=0)
    tracemalloc.start()
    try:
        for n in range(2000):
            trace.span("track", n * 10**9, n * 10**9 + 5, sequence=n)
        grown = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert grown < 1000
