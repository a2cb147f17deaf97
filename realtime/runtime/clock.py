"""Time: the clock that loops take, and the grid that paces the output."""

import threading
import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Integer nanoseconds that never go back, and the only way to wait for them."""

    def now_ns(self) -> int:
        """The time."""

    def wait_until(self, t_ns: int, wake: threading.Event) -> bool:
        """Block until `t_ns` or until `wake` is set; True when `wake` is set."""


class MonotonicClock:
    """The machine's clock, of unknown origin."""

    def now_ns(self) -> int:
        """See `Clock.now_ns`."""
        # Before Python 3.13 `time.monotonic` moves in steps of 16 ms on Windows.
        return time.perf_counter_ns()

    def wait_until(self, t_ns: int, wake: threading.Event) -> bool:
        """See `Clock.wait_until`."""
        return wake.wait(max(0, t_ns - self.now_ns()) * 1e-9)


@dataclass(slots=True)
class Grid:
    """Ticks at a fixed rate: where one was late, the following ones are not.

    One thread may move it, any may ask.
    """

    start_ns: int
    "Tick 0."
    fps: float

    def due_ns(self, tick: int) -> int:
        """When `tick` is due."""
        return self.start_ns + round(tick * 1e9 / self.fps)

    def move(self, by_ns: int) -> None:
        """Let all ticks be due so much later."""
        self.start_ns += by_ns

    def next_tick(self, tick: int, now_ns: int) -> int:
        """The tick to serve after `tick`: the following one, or the last one due if that is later.

        Ticks between the two are missed.
        """
        due = int((now_ns - self.start_ns) * self.fps / 1e9) + 1
        while self.due_ns(due) > now_ns and due > tick + 1:
            due -= 1
        return max(tick + 1, due)

    def first_tick(self, t_ns: int) -> int:
        """The first tick that is due at `t_ns` or later."""
        tick = max(0, int((t_ns - self.start_ns) * self.fps / 1e9) - 1)
        while self.due_ns(tick) < t_ns:
            tick += 1
        return tick
