"""How punctual this machine lets anybody be: a process that does nothing but keep time."""

import json
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass

from realtime.runtime.clock import Clock, Grid, MonotonicClock
from realtime.runtime.histogram import Histogram, Spread
from realtime.runtime.punctual import punctual


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How well time was kept."""

    cadence: Spread
    "How far the time between two ticks was from the period, either way."
    missed_ticks: int


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

    def end(self) -> Punctuality:
        """Tick no more; how well time was kept since `begin`."""
        found = json.loads(self._process.communicate()[0])
        cadence = {**found["cadence"], "up_to": tuple(found["cadence"]["up_to"])}
        return Punctuality(Spread(**cadence), found["missed_ticks"])


def keep_time(fps: float, clock: Clock, end: threading.Event) -> Punctuality:
    """Tick until `end` is set; how well time was kept."""
    intervals, period_ns = Histogram(), round(1e9 / fps)
    grid, tick, last_ns, missed_ticks = Grid(clock.now_ns(), fps), 0, None, 0
    while not clock.wait_until(grid.due_ns(tick), end):
        now_ns = clock.now_ns()
        if last_ns is not None:
            intervals.add(abs(now_ns - last_ns - period_ns))
        following = grid.next_tick(tick, now_ns)
        missed_ticks += following - tick - 1
        tick, last_ns = following, now_ns
    return Punctuality(intervals.spread(), missed_ticks)


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
