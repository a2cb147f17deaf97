"""What a stage's work took, told to the run's metrics."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from realtime.runtime.clock import Clock
from realtime.runtime.failures import blamed
from realtime.runtime.metrics import Metrics


class Stopwatch:
    """One run's clock and metrics. Every method may be called from any thread."""

    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self.clock = clock
        self.metrics = metrics

    def dropped(self, cause: str, count: int = 1) -> None:
        """`count` frames were lost now."""
        self.metrics.dropped(cause, self.clock.now_ns(), count)

    @contextmanager
    def timed(self, stage: str, sequence: int, ready_ns: int | None = None) -> Iterator[None]:
        """Measure the work of a stage, and blame it for failures.

        Args:
            stage: its name.
            sequence: of the frame that it works for.
            ready_ns: since when it could have begun.
        """
        started_ns, cpu_ns = self.clock.now_ns(), time.thread_time_ns()
        with blamed(stage):
            yield
        cpu_ns = time.thread_time_ns() - cpu_ns
        ended_ns = self.clock.now_ns()
        if ready_ns is not None:
            self.metrics.waited(stage, started_ns - ready_ns)
        self.metrics.took(stage, started_ns, ended_ns, cpu_ns=cpu_ns, sequence=sequence)
