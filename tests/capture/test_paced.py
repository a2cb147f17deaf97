import threading
from collections.abc import Callable

import numpy as np
import pytest

from realtime.capture import EndOfSource
from realtime.capture.paced import Paced
from realtime.types import RGB, Frame
from tests.fakes import GUARD_S, PERIOD_NS, ManualClock, ScriptedSource, frame

STARTED_NS = 5_000_000_000


class Recording:
    """A source that keeps only four buffers, and whose frames tell their sequence number."""

    def __init__(self, on_read: Callable[[], None] = lambda: None) -> None:
        self.fps = 1e9 / PERIOD_NS
        self._on_read = on_read
        self._buffers = np.zeros((4, 3, 5, 3), np.uint8)
        self.reads = 0

    def read(self) -> Frame:
        self._on_read()
        pixels: RGB = self._buffers[self.reads % 4]
        pixels[...] = self.reads
        self.reads += 1
        return Frame(pixels, self.reads - 1, (self.reads - 1) * PERIOD_NS)

    def close(self) -> None:
        pass


def next_frame(paced: Paced) -> Frame:
    read = paced.read()
    assert read is not None
    return read


def test_frames_come_when_they_are_due_and_are_stamped_then() -> None:
    clock = ManualClock(STARTED_NS)
    paced = Paced(Recording(), clock)

    for index in range(4):
        read = next_frame(paced)
        assert clock.now_ns() == STARTED_NS + index * PERIOD_NS
        assert (read.sequence, read.captured_ns) == (index, clock.now_ns())
        assert (read.pixels == index).all()
        clock.advance(PERIOD_NS // 3)


def test_quick_decoding_rests_while_the_last_frame_is_taken_up() -> None:
    clock = ManualClock(STARTED_NS)
    began_ns = []
    decode_ns = PERIOD_NS // 5

    def decode() -> None:
        began_ns.append(clock.now_ns() - STARTED_NS)
        clock.advance(decode_ns)

    paced = Paced(Recording(on_read=decode), clock)
    came_ns = [next_frame(paced).captured_ns - STARTED_NS for _ in range(3)]
    assert began_ns == [0, came_ns[0] + PERIOD_NS // 2, came_ns[1] + PERIOD_NS // 2]

    decode_ns = PERIOD_NS * 4 // 5
    came_ns += [next_frame(paced).captured_ns - STARTED_NS for _ in range(2)]
    assert began_ns[-1] == came_ns[-2]


def test_the_first_frame_comes_at_once_wherever_the_recording_starts() -> None:
    clock = ManualClock(STARTED_NS)
    paced = Paced(ScriptedSource([frame(7, 900 * PERIOD_NS), frame(8, 901 * PERIOD_NS)]), clock)

    assert next_frame(paced).captured_ns == STARTED_NS
    assert next_frame(paced).captured_ns == STARTED_NS + PERIOD_NS


def test_a_late_reader_misses_frames_as_with_a_camera() -> None:
    clock = ManualClock(STARTED_NS)
    paced = Paced(Recording(), clock)
    next_frame(paced)

    clock.advance(PERIOD_NS * 7 // 2)

    assert next_frame(paced).sequence == 3  # due half a period ago; 1 and 2 are over
    assert clock.now_ns() == STARTED_NS + PERIOD_NS * 7 // 2
    assert next_frame(paced).sequence == 4
    assert clock.now_ns() == STARTED_NS + 4 * PERIOD_NS


def test_decoding_slower_than_real_time_plays_slowly_instead_of_never() -> None:
    clock = ManualClock(STARTED_NS)
    decode_ns = 3 * PERIOD_NS
    recording = Recording(on_read=lambda: clock.advance(decode_ns))
    paced = Paced(recording, clock)

    for _ in range(10):
        began_ns = clock.now_ns()
        assert next_frame(paced).captured_ns == clock.now_ns()
        assert clock.now_ns() - began_ns <= 250_000_000 + decode_ns


def test_a_long_stall_is_not_caught_up_frame_by_frame() -> None:
    clock = ManualClock(STARTED_NS)
    recording = Recording(on_read=lambda: clock.advance(1_000_000))
    paced = Paced(recording, clock)
    next_frame(paced)
    clock.advance(60_000_000_000)

    next_frame(paced)

    assert recording.reads < 300
    following_ns = clock.now_ns() + PERIOD_NS
    assert next_frame(paced).captured_ns == following_ns


def test_reads_stay_short_when_the_next_frame_is_far_off() -> None:
    clock = ManualClock(STARTED_NS)
    paced = Paced(ScriptedSource([frame(0, 0), frame(1, 2_500_000_000)]), clock)
    next_frame(paced)

    waits = []
    while (read := paced.read()) is None:
        waits.append(clock.now_ns() - STARTED_NS)

    assert waits == [1_000_000_000, 2_000_000_000]
    assert read.sequence == 1
    assert clock.now_ns() == STARTED_NS + 2_500_000_000


def test_pixels_stay_valid_until_the_fourth_read_after_though_frames_were_dropped() -> None:
    clock = ManualClock(STARTED_NS)
    paced = Paced(Recording(), clock)

    held: list[Frame] = []
    for _ in range(12):
        held = [*held, next_frame(paced)][-4:]
        for earlier in held:
            assert (earlier.pixels == earlier.sequence).all()
        clock.advance(PERIOD_NS * 5 // 2)


def test_buffers_are_used_again() -> None:
    paced = Paced(Recording(), ManualClock(STARTED_NS))

    assert len({next_frame(paced).pixels.ctypes.data for _ in range(12)}) == 4


def test_passes_on_none_the_end_and_the_rate() -> None:
    paced = Paced(ScriptedSource([None, frame(0)], fps=12.5), ManualClock())

    assert paced.fps == 12.5
    assert paced.read() is None
    assert next_frame(paced).sequence == 0
    with pytest.raises(EndOfSource):
        paced.read()


class WaitingClock:
    """Waits for ever, and says that it does."""

    def __init__(self) -> None:
        self.waiting = threading.Event()

    def now_ns(self) -> int:
        return 0

    def wait_until(self, t_ns: int, wake: threading.Event) -> bool:
        self.waiting.set()
        return wake.wait(GUARD_S)


def test_close_wakes_a_read_that_waits() -> None:
    source, clock = ScriptedSource([frame(0), frame(1)]), WaitingClock()
    paced = Paced(source, clock)
    reads: list[Frame | None] = []
    reader = threading.Thread(target=lambda: reads.append(paced.read()))
    reader.start()
    assert clock.waiting.wait(GUARD_S)

    paced.close()

    reader.join(GUARD_S)
    assert reads == [None]
    assert source.closes == 1
    with pytest.raises(EndOfSource):
        paced.read()
