"""Durations in bounded memory."""

import math
from array import array
from dataclasses import dataclass

import numpy as np

BUCKETS_MS = (
    *(0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0),
    *(75.0, 100.0, 150.0, 200.0, 300.0, 500.0, 1000.0, 2000.0),
)
"Upper edges at which durations are counted for monitoring."

_LOWEST_NS = 1_000
_LOG_RATIO = math.log(1.02)
"Between the edges of a bin; a bin's value is its middle, so the error is at most 1 %."
_BINS = math.ceil(math.log(1e11 / _LOWEST_NS) / _LOG_RATIO) + 1
"From below a microsecond up to 100 seconds."


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, over the whole run; percentiles within 1 %."""

    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    sum_ms: float
    up_to: tuple[int, ...]
    "How many took no longer than each of `BUCKETS_MS`; edges within 1 %."

    @property
    def mean_ms(self) -> float:
        """The mean; zero before the first."""
        return self.sum_ms / self.count if self.count else 0.0


class Histogram:
    """Durations counted in logarithmic bins: constant memory, constant relative error."""

    def __init__(self) -> None:
        self._counts = array("Q", bytes(8 * _BINS))
        self._max_ns = 0
        self._sum_ns = 0

    def add(self, duration_ns: int) -> None:
        """Count one; below a microsecond, and below zero, all are one."""
        if duration_ns >= _LOWEST_NS:
            self._counts[min(_bin(duration_ns), _BINS - 1)] += 1
        else:
            self._counts[0] += 1
        self._max_ns = max(self._max_ns, duration_ns)
        self._sum_ns += max(0, duration_ns)

    def spread(self) -> Spread:
        """What was counted so far; all zero before the first."""
        cumulated = np.cumsum(np.frombuffer(self._counts, np.uint64))
        count = int(cumulated[-1])
        ranks = [max(1, math.ceil(count * q)) for q in (0.50, 0.95, 0.99)]
        p50, p95, p99 = (self._middle_ms(int(np.searchsorted(cumulated, r))) for r in ranks)
        up_to = tuple(cumulated[_EDGES].tolist())
        return Spread(count, p50, p95, p99, self._max_ns * 1e-6, self._sum_ns * 1e-6, up_to)

    def _middle_ms(self, index: int) -> float:
        if index == 0 or index == _BINS:
            return 0.0
        return min(self._max_ns, _LOWEST_NS * math.exp((index - 0.5) * _LOG_RATIO)) * 1e-6


def _bin(duration_ns: float) -> int:
    return 1 + int(math.log(duration_ns / _LOWEST_NS) / _LOG_RATIO)


_EDGES = np.array([_bin(edge_ms * 1e6) for edge_ms in BUCKETS_MS])
