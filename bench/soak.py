"""Whether a long run stays as it began: memory, threads, descriptors and latency over time.

    python -m bench.soak [--minutes 10] [--json FILE]

The configuration of `mimicam bench`: the built-in actor as a 640x480 file at 30 fps, the mesh
renderer, the null output at 1280x720. Looks at the process once a second, counting from the first
picture that left. The memory's slope is a least-squares line through all but the first fifth of
the run. A process beside it only keeps time: what that one misses, anybody would. Linux only. Exit
code 1 when one of the promises at the end is broken.

Ten minutes on two shared cores of an AMD EPYC at 2.6 GHz: memory 557.2 MB after the first minute,
558.4 at the end; 20 threads and 9 descriptors, one and up to three more while the avatar rehearses;
age p50 21 to 26 ms and no tick missed, nor by the bare clock.
"""

import argparse
import json
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bench.inputs import file_to_write, positive, told_plainly
from realtime.benchmark.bounds import Bound, ratio
from realtime.benchmark.configurations import FPS, configurations
from realtime.benchmark.driver import actor_films
from realtime.benchmark.machine import busy_s, resident_mb
from realtime.benchmark.metronome import Metronome, Punctuality
from realtime.errors import DeviceError
from realtime.models.store import Store
from realtime.runtime.metrics import Metrics, Report

SIZE = (1280, 720)
_MOST_SLOPE_MB = 0.2
"A minute; 48 MB in a show of four hours."
_MOST_DRIFT = 1.25
"Generous, since other programs come and go on a shared machine."
_MINUTE_S = 60
_TASKS, _OPEN = Path("/proc/self/task"), Path("/proc/self/fd")


@dataclass(frozen=True, slots=True)
class Sample:
    """The process at one moment."""

    resident_mb: float
    threads: int
    "Of Python and of the libraries."
    descriptors: int


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of the run."""

    resident_mb: float
    "At its end, as the next two are at their most."
    threads: int
    descriptors: int
    age_p50_ms: float
    age_p95_ms: float
    drops: int
    "Frames that the capture thread read and nobody drew."
    repeats: int
    "Ticks at which the last picture went out again."
    missed_ticks: int
    other_cores: float
    "What other processes used meanwhile."


def look() -> Sample:
    """The process now."""
    resident = resident_mb()
    if resident is None:
        raise DeviceError("the soak reads /proc, which this system does not have: run it on Linux")
    return Sample(resident, sum(1 for _ in _TASKS.iterdir()), sum(1 for _ in _OPEN.iterdir()))


def slope_mb(resident: Sequence[float]) -> float:
    """How fast memory grows, MB a minute, by one sample a second; its first fifth is left out."""
    settled = np.asarray(resident[len(resident) // 5 :])
    return float(np.polyfit(np.arange(len(settled)) / _MINUTE_S, settled, 1)[0])


def bounds(resident: Sequence[float], minutes: Sequence[Minute]) -> list[Bound]:
    """What a long run promises, of samples of memory a second apart and of the minutes."""
    first, last = minutes[0], minutes[-1]
    # In the first two minutes the avatar rehearses, which takes threads and files of its own.
    settled = minutes[min(2, len(minutes) - 1)]
    drift = ratio(last.age_p95_ms, first.age_p95_ms)
    return [
        Bound("memory slope, a minute", slope_mb(resident), _MOST_SLOPE_MB, "MB"),
        Bound("threads come or gone", abs(last.threads - settled.threads), 0, ""),
        Bound("descriptors come or gone", abs(last.descriptors - settled.descriptors), 0, ""),
        Bound("age p95, last minute / first", drift, _MOST_DRIFT, ""),
        Bound("missed ticks", sum(minute.missed_ticks for minute in minutes), 0, ""),
    ]


class _Watch(threading.Thread):
    """Looks once a second, and ends the run."""

    def __init__(
        self, metrics: Metrics, metronome: Metronome, stop: threading.Event, minutes: int
    ) -> None:
        super().__init__(name="mimicam-soak", daemon=True)
        self._metrics = metrics
        self._metronome = metronome
        self._stop_run = stop
        self._count = minutes
        self.resident: list[float] = []
        self.minutes: list[Minute] = []
        self.bare_clock: Punctuality | None = None
        "Of a process that only keeps time; None unless the run came to its end."

    def run(self) -> None:
        while self._metrics.report().pictures == 0:
            if self._stop_run.wait(1.0):
                return
        self._metrics.restart()
        self._metronome.begin()
        while len(self.minutes) < self._count:
            if not self._watch_minute():
                return
            print(_row(len(self.minutes), self.minutes[-1]), flush=True)
        self.bare_clock = self._metronome.end()
        self._stop_run.set()

    def _watch_minute(self) -> bool:
        """Whether the run went on to its end."""
        began_s, own_s, all_s = time.perf_counter(), time.process_time(), busy_s() or 0.0
        samples: list[Sample] = []
        for second in range(1, _MINUTE_S + 1):
            if self._stop_run.wait(max(0.0, began_s + second - time.perf_counter())):
                return False
            samples.append(look())
            self.resident.append(samples[-1].resident_mb)
        report = self._metrics.report()
        self._metrics.restart()
        used_s = (busy_s() or 0.0) - all_s - (time.process_time() - own_s)
        self.minutes.append(_minute(samples, report, used_s / (time.perf_counter() - began_s)))
        return True


def _minute(samples: Sequence[Sample], report: Report, other_cores: float) -> Minute:
    return Minute(
        resident_mb=samples[-1].resident_mb,
        threads=max(sample.threads for sample in samples),
        descriptors=max(sample.descriptors for sample in samples),
        age_p50_ms=report.age.p50_ms,
        age_p95_ms=report.age.p95_ms,
        drops=sum(report.drops.values()),
        repeats=report.repeats,
        missed_ticks=report.missed_ticks,
        other_cores=max(0.0, other_cores),
    )


_HEAD = (
    "| minute | memory MB | threads | descriptors | age p50 / p95 ms | dropped | repeated | missed "
    "ticks | others' cores |\n|---|---|---|---|---|---|---|---|---|"
)


def _row(number: int, minute: Minute) -> str:
    age = f"{minute.age_p50_ms:.0f} / {minute.age_p95_ms:.0f}"
    return (
        f"| {number} | {minute.resident_mb:.1f} | {minute.threads} | {minute.descriptors} | {age} "
        f"| {minute.drops} | {minute.repeats} | {minute.missed_ticks} | {minute.other_cores:.1f} |"
    )


def main() -> None:
    """Run, print a row a minute and the promises, and exit."""
    parser = argparse.ArgumentParser(description="run for long, and see that nothing grows")
    parser.add_argument("--minutes", type=positive, default=10)
    parser.add_argument("--json", type=file_to_write)
    arguments = parser.parse_args()
    store, metrics, stop = Store(), Metrics(), threading.Event()
    with actor_films(store) as films, closing(Metronome(FPS)) as metronome:
        watch = _Watch(metrics, metronome, stop, arguments.minutes)
        (mesh,) = (c for c in configurations(films.whole, SIZE, store) if c.name == "mesh")
        print(_HEAD, flush=True)
        watch.start()
        try:
            mesh.run(metrics, stop)
        finally:
            stop.set()
            watch.join()
    if watch.bare_clock is None:
        raise SystemExit("interrupted")
    bare = watch.bare_clock
    print(
        f"a bare clock beside it: {bare.missed_ticks} ticks missed, "
        f"{bare.cadence.p99_ms:.1f} ms off the period (p99)"
    )
    found = bounds(watch.resident, watch.minutes)
    for bound in found:
        held = "held" if bound.held else "BROKEN"
        print(f"{held}: {bound.what} {bound.value:.2f} {bound.unit}, at most {bound.most:g}")
    if arguments.json:
        content = {
            "minutes": [asdict(minute) for minute in watch.minutes],
            "resident MB": watch.resident,
            "missed ticks of a process that only keeps time": bare.missed_ticks,
            "bounds": [{**asdict(bound), "held": bound.held} for bound in found],
        }
        arguments.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    sys.exit(not all(bound.held for bound in found))


if __name__ == "__main__":
    with told_plainly():
        main()
