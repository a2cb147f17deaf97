"""How punctual this machine lets anybody be: a process that does nothing but keep time."""

import json
import subprocess
import sys
import threading
from dataclasses import asdict

from realtime.runtime.clock import Clock, Grid, MonotonicClock
from realtime.runtime.histogram import Histogram, Spread
from realtime.runtime.punctual import punctual


class Metronome:
    """Ticks in a process of its own, as an output's thread does: what is late there is late anyway.

    A virtual machine is stopped by its host now and then, and Linux lets some calls end before it
    changes threads.
    """

    def __init__(self, fps: float) -> None:
        """Start the process, which waits."""
        command = [sys.executable, "-P", "-m", __name__, str(fps)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="ascii"
        )

    def close(self) -> None:
        """End the process, whatever it is at."""
        self._process.kill()
        self._process.communicate()

    def begin(self) -> None:
        """Tick from now on."""
        if self._process.stdin is not None:
            self._process.stdin.write("\n")
            self._process.stdin.flush()

    def end(self) -> Spread:
        """Tick no more; how far the time between two ticks was from the period, either way."""
        found = json.loads(self._process.communicate()[0])
        return Spread(**{**found, "up_to": tuple(found["up_to"])})


def keep_time(fps: float, clock: Clock, end: threading.Event) -> Spread:
    """Tick until `end` is set; how far the time between two ticks was from the period."""
    intervals, period_ns = Histogram(), round(1e9 / fps)
    grid, tick, last_ns = Grid(clock.now_ns(), fps), 0, None
    while not clock.wait_until(grid.due_ns(tick), end):
        now_ns = clock.now_ns()
        if last_ns is not None:
            intervals.add(abs(now_ns - last_ns - period_ns))
        tick, last_ns = grid.next_tick(tick, now_ns), now_ns
    return intervals.spread()


def _main() -> None:
    end = threading.Event()

    def listen() -> None:
        sys.stdin.read()
        end.set()

    sys.stdin.readline()
    threading.Thread(target=listen, daemon=True).start()
    with punctual():
        found = keep_time(float(sys.argv[1]), MonotonicClock(), end)
    print(json.dumps(asdict(found)))  # noqa: T201 - to whoever began it


if __name__ == "__main__":
    _main()
