"""What a run measures of itself, in bounded memory."""

import math
import threading
from array import array
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

_LOWEST_NS = 1_000
_LOG_RATIO = math.log(1.02)
"Between the edges of a bin; a bin's value is its middle, so the error is at most 1 %."
_BINS = math.ceil(math.log(1e11 / _LOWEST_NS) / _LOG_RATIO) + 1
"From below a microsecond up to 100 seconds."
_RECENT = 45
"Pictures that the recent frame rate is taken over."


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, over the whole run; percentiles within 1 %."""

    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


class Histogram:
    """Durations counted in logarithmic bins: constant memory, constant relative error."""

    def __init__(self) -> None:
        self._counts = array("Q", bytes(8 * _BINS))
        self._max_ns = 0

    def add(self, duration_ns: int) -> None:
        """Count one; below a microsecond, and below zero, all are one."""
        if duration_ns >= _LOWEST_NS:
            index = 1 + int(math.log(duration_ns / _LOWEST_NS) / _LOG_RATIO)
            self._counts[min(index, _BINS - 1)] += 1
        else:
            self._counts[0] += 1
        self._max_ns = max(self._max_ns, duration_ns)

    def spread(self) -> Spread:
        """What was counted so far; all zero before the first."""
        cumulated = np.cumsum(np.frombuffer(self._counts, np.uint64))
        count = int(cumulated[-1])
        ranks = [max(1, math.ceil(count * q)) for q in (0.50, 0.95, 0.99)]
        p50, p95, p99 = (self._middle_ms(int(np.searchsorted(cumulated, r))) for r in ranks)
        return Spread(count, p50, p95, p99, self._max_ns * 1e-6)

    def _middle_ms(self, index: int) -> float:
        if index == 0 or index == _BINS:
            return 0.0
        return min(self._max_ns, _LOWEST_NS * math.exp((index - 0.5) * _LOG_RATIO)) * 1e-6


@dataclass(frozen=True, slots=True)
class Report:
    """One moment's summary of a run. Ticks are cards, pictures and repeats together."""

    elapsed_s: float
    "From the first tick to the last."
    ticks: int
    missed_ticks: int
    "Ticks that were over before the output was free again."
    cards: int
    pictures: int
    "Pictures sent for the first time."
    repeats: int
    "Ticks at which no new picture was ready, and the last was sent again."
    fps: float
    "New pictures per second, from the first picture to the last."
    recent_fps: float
    "New pictures per second, lately."
    age: Spread
    "From capture to the return of `send`, of every new picture that answers a frame."
    jitter: Spread
    "How late ticks were."
    stages: Mapping[str, Spread]
    "What each stage took per frame, by name, in the order in which they first ran."
    drops: Mapping[str, int]
    "Frames lost on the way, by cause."
    state: str
    "What the driver is seen to be; starting, before the first frame."


class Metrics:
    """Collects from all threads of one run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._age = Histogram()
        self._jitter = Histogram()
        self._stages: dict[str, Histogram] = {}
        self._drops: Counter[str] = Counter()
        self._ticks = self._missed = self._cards = self._pictures = self._repeats = 0
        self._first_tick_ns = self._last_tick_ns = 0
        self._first_picture_ns = 0
        self._recent_ns: deque[int] = deque(maxlen=_RECENT)
        self._state = "starting"

    def took(self, stage: str, duration_ns: int) -> None:
        """One frame spent `duration_ns` in `stage`."""
        with self._lock:
            self._stages.setdefault(stage, Histogram()).add(duration_ns)

    def dropped(self, cause: str, count: int = 1) -> None:
        """`count` frames were lost."""
        with self._lock:
            self._drops[cause] += count

    def became(self, state: str) -> None:
        """What the driver is seen to be now."""
        with self._lock:
            self._state = state

    def ticked(self, due_ns: int, now_ns: int, missed: int) -> None:
        """The tick that was due at `due_ns` is served now, after `missed` that were not."""
        with self._lock:
            if self._ticks == 0:
                self._first_tick_ns = now_ns
            self._ticks += 1
            self._missed += missed
            self._last_tick_ns = now_ns
            self._jitter.add(now_ns - due_ns)

    def sent_card(self) -> None:
        """A card went out at this tick."""
        with self._lock:
            self._cards += 1

    def sent_picture(self, now_ns: int, captured_ns: int | None) -> None:
        """A new picture went out; `captured_ns` None when no captured frame stands behind it."""
        with self._lock:
            if self._pictures == 0:
                self._first_picture_ns = now_ns
            self._pictures += 1
            self._recent_ns.append(now_ns)
            if captured_ns is not None:
                self._age.add(now_ns - captured_ns)

    def sent_again(self) -> None:
        """The last picture went out once more."""
        with self._lock:
            self._repeats += 1

    def report(self) -> Report:
        """Everything so far."""
        with self._lock:
            recent = self._recent_ns
            return Report(
                elapsed_s=(self._last_tick_ns - self._first_tick_ns) * 1e-9,
                ticks=self._ticks,
                missed_ticks=self._missed,
                cards=self._cards,
                pictures=self._pictures,
                repeats=self._repeats,
                fps=_rate(self._pictures, self._first_picture_ns, recent),
                recent_fps=_rate(len(recent), recent[0] if recent else 0, recent),
                age=self._age.spread(),
                jitter=self._jitter.spread(),
                stages=MappingProxyType({k: v.spread() for k, v in self._stages.items()}),
                drops=MappingProxyType(dict(self._drops)),
                state=self._state,
            )


def _rate(count: int, first_ns: int, sent_ns: deque[int]) -> float:
    if count < 2 or sent_ns[-1] <= first_ns:
        return 0.0
    return (count - 1) / ((sent_ns[-1] - first_ns) * 1e-9)
