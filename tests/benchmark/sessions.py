"""A benchmark's results without a benchmark."""

import numpy as np

from realtime.benchmark.measure import Measured, Timeline
from realtime.benchmark.metronome import Punctuality
from realtime.benchmark.session import Session
from realtime.benchmark.startup import Start
from realtime.runtime.histogram import Histogram, Spread
from realtime.runtime.metrics import Metrics

MS = 1_000_000


def spread(*durations_ms: float) -> Spread:
    histogram = Histogram()
    for duration_ms in durations_ms:
        histogram.add(round(duration_ms * MS))
    return histogram.spread()


def measured(name: str, age_ms: float, wait_ms: float = 10.0, count: int = 20) -> Measured:
    """Pictures of one age, one each 40 ms, of which every fifth tick was a repeat."""
    metrics = Metrics()
    metrics.drawn_by(name, "cpu")
    for n in range(count):
        now_ns = (n + 10) * 40 * MS
        metrics.ticked(now_ns, now_ns, missed=0)
        if n % 5 == 4:
            metrics.sent_again(now_ns)
        else:
            metrics.sent_picture(now_ns, now_ns - round(age_ms * MS), round(wait_ms * MS))
        metrics.took("track", now_ns, now_ns + 9 * MS, cpu_ns=8 * MS)
        metrics.waited("track", 3 * MS)
    metrics.dropped("track busy", 0, 2)
    sent_s = np.arange(count, dtype=np.float64) / 25
    return Measured(
        name=name,
        report=metrics.report(),
        missed_while_starting=1,
        cpu_cores=0.5,
        other_cores=None,
        resident_mb=321.0,
        bare_clock=Punctuality(spread(0.2), 0),
        timeline=Timeline(sent_s, np.full(count, age_ms), sent_s[:2], sent_s[4::5]),
    )


def session(mesh_age_ms: float = 30.0) -> Session:
    return Session(
        machine="Linux x86_64, 2 cores",
        driver="the built-in actor",
        size=(320, 240),
        seconds=0.8,
        bare=spread(*[16.0] * 10),
        bare_at_rate=spread(*[18.0] * 10),
        measured=[measured("identity", 12.0), measured("mesh", mesh_age_ms)],
        warm_start=Start(0.5, 2.0),
        first_start=Start(0.6, 11.0),
    )
