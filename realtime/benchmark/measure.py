"""One configuration, measured once it is warm."""

import threading
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from realtime.benchmark.configurations import FPS, Configuration
from realtime.benchmark.machine import busy_s, resident_mb
from realtime.benchmark.metronome import Metronome, Punctuality
from realtime.runtime.metrics import Metrics, Report
from realtime.runtime.trace import Event, Kind, Trace

_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Timeline:
    """The measured time, event by event; seconds from its begin."""

    sent_s: NDArray[np.float64]
    "(n,), when each new picture was sent."
    age_ms: NDArray[np.float64]
    "(n,), and how old it was."
    lost_s: NDArray[np.float64]
    "When frames were dropped or ticks missed."
    repeated_s: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one configuration."""

    name: str
    report: Report
    missed_while_starting: int
    "Ticks, before the measured time."
    cpu_cores: float
    "Processor time of the whole process over the measured time, libraries' threads and all."
    other_cores: float | None
    "What other processes used meanwhile; None where the system does not tell, as for memory."
    resident_mb: float | None
    "Memory of the process at the end."
    bare_clock: Punctuality
    "Of a process that only keeps time, over the measured time."
    timeline: Timeline


def measure(configuration: Configuration, seconds: float) -> Measured:
    """Run one configuration for `seconds`, from when it is warm.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
        MimicamError: it cannot run here.
    """
    trace, stop = Trace(), threading.Event()
    with closing(Metronome(FPS)) as metronome:
        watch = _Watch(Metrics(trace), metronome, stop, configuration.settle_s, seconds)
        watch.start()
        try:
            configuration.run(watch.metrics, stop)
        finally:
            stop.set()
            watch.join()
    if watch.bare_clock is None:
        # The run took the interrupt for a wish to end, and ended in order.
        raise KeyboardInterrupt
    return Measured(
        name=configuration.name,
        report=watch.metrics.report(),
        missed_while_starting=watch.missed_while_starting,
        cpu_cores=watch.cpu_cores,
        other_cores=watch.other_cores,
        resident_mb=watch.resident_mb,
        bare_clock=watch.bare_clock,
        timeline=timeline(trace.events(), watch.began_ns),
    )


class _Watch(threading.Thread):
    """Starts the measuring when the run is warm, and ends the run."""

    def __init__(
        self,
        metrics: Metrics,
        metronome: Metronome,
        stop: threading.Event,
        settle_s: float,
        seconds: float,
    ) -> None:
        super().__init__(name="mimicam-bench", daemon=True)
        self.metrics = metrics
        self._metronome = metronome
        self._stop_run = stop
        self._settle_s = settle_s
        self._seconds = seconds
        self.bare_clock: Punctuality | None = None
        "None unless all of the time was measured."
        self.missed_while_starting = 0
        self.began_ns = 0
        self.cpu_cores = 0.0
        self.other_cores: float | None = None
        self.resident_mb: float | None = None

    def run(self) -> None:
        while self.metrics.report().pictures == 0:
            if self._stop_run.wait(_LOOK_S):
                return
        if self._stop_run.wait(self._settle_s):
            return
        self.missed_while_starting = self.metrics.report().missed_ticks
        self.metrics.restart()
        self._metronome.begin()
        self.began_ns, own_s, all_s = time.perf_counter_ns(), time.process_time(), busy_s()
        if self._stop_run.wait(self._seconds):
            return
        elapsed_s = max(1e-9, (time.perf_counter_ns() - self.began_ns) * 1e-9)
        self.cpu_cores = (time.process_time() - own_s) / elapsed_s
        now_s = busy_s()
        if all_s is not None and now_s is not None:
            self.other_cores = max(0.0, (now_s - all_s) / elapsed_s - self.cpu_cores)
        self.resident_mb = resident_mb()
        self.bare_clock = self._metronome.end()
        self._stop_run.set()


def timeline(events: Iterable[Event], began_ns: int) -> Timeline:
    """What a trace says of the time since `began_ns`."""
    ages: list[tuple[int, int]] = []
    lost: list[int] = []
    repeated: list[int] = []
    for event in events:
        if event.start_ns < began_ns:
            continue
        if event.kind is Kind.COUNTER and event.name == "age":
            ages.append((event.start_ns, event.value))
        elif event.name == "repeat":
            repeated.append(event.start_ns)
        elif event.name == "missed ticks" or event.name.startswith("dropped: "):
            lost.append(event.start_ns)
    both = np.array(ages, np.float64).reshape(-1, 2)
    return Timeline(
        sent_s=(both[:, 0] - began_ns) * 1e-9,
        age_ms=both[:, 1] * 1e-6,
        lost_s=(np.array(lost, np.float64) - began_ns) * 1e-9,
        repeated_s=(np.array(repeated, np.float64) - began_ns) * 1e-9,
    )
