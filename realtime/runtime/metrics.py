"""What a run measures of itself, in bounded memory."""

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from realtime.runtime.histogram import Histogram, Spread
from realtime.runtime.trace import Trace

_RECENT = 45
"Pictures that the recent frame rate is taken over."


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
    unpaced_age: Spread
    "The same without the wait of the finished picture for its tick."
    jitter: Spread
    "How late ticks were."
    cadence: Spread
    "How far the time between two returns of `send` was from the period, either way."
    stages: Mapping[str, Spread]
    "What each stage took per frame, by name, in the order in which they first ran."
    waits: Mapping[str, Spread]
    "How long what was ready for a stage lay until it was taken up."
    cpu_s: Mapping[str, float]
    "Processor time of each stage's own thread; threads inside a library count elsewhere."
    drops: Mapping[str, int]
    "Frames lost on the way, by cause."
    state: str
    "What the driver is seen to be; starting, before the first frame."
    renderer: str
    "Who draws; empty until that is known, as is the device."
    device: str


class Metrics:
    """Collects from all threads of one run; times are its clock's."""

    def __init__(self, trace: Trace | None = None) -> None:
        """With a `trace`, every event goes there, too."""
        self._lock = threading.Lock()
        self._trace = trace
        self._state = "starting"
        self._renderer = self._device = ""
        self._last_due_ns = self._period_ns = 0
        self._clear()

    def restart(self) -> None:
        """Count anew from now on, for a measurement that begins when all is warm."""
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        self._age = Histogram()
        self._unpaced_age = Histogram()
        self._jitter = Histogram()
        self._cadence = Histogram()
        self._stages: dict[str, Histogram] = {}
        self._waits: dict[str, Histogram] = {}
        self._cpu_ns: Counter[str] = Counter()
        self._drops: Counter[str] = Counter()
        self._ticks = self._missed = self._cards = self._pictures = self._repeats = 0
        self._first_tick_ns = self._last_tick_ns = 0
        self._last_sent_ns: int | None = None
        self._first_picture_ns = 0
        self._recent_ns: deque[int] = deque(maxlen=_RECENT)

    def waited(self, stage: str, duration_ns: int) -> None:
        """Something lay ready for `stage` this long."""
        with self._lock:
            self._waits.setdefault(stage, Histogram()).add(duration_ns)

    def took(
        self, stage: str, started_ns: int, ended_ns: int, *, cpu_ns: int = 0, sequence: int = -1
    ) -> None:
        """The calling thread spent this time in `stage`, and `cpu_ns` of it computing."""
        with self._lock:
            self._stages.setdefault(stage, Histogram()).add(ended_ns - started_ns)
            self._cpu_ns[stage] += cpu_ns
            if self._trace is not None:
                self._trace.span(stage, started_ns, ended_ns, sequence)

    def dropped(self, cause: str, now_ns: int, count: int = 1) -> None:
        """`count` frames were lost."""
        with self._lock:
            self._drops[cause] += count
            if self._trace is not None:
                self._trace.instant(f"dropped: {cause}", now_ns, count=count)

    def became(self, state: str, now_ns: int) -> None:
        """What the driver is seen to be now."""
        with self._lock:
            if self._trace is not None and state != self._state:
                self._trace.instant(state, now_ns)
            self._state = state

    def drawn_by(self, renderer: str, device: str) -> None:
        """Who draws from now on, and where."""
        with self._lock:
            self._renderer, self._device = renderer, device

    def ticked(self, due_ns: int, now_ns: int, missed: int) -> None:
        """The tick that was due at `due_ns` is served now, after `missed` that were not."""
        with self._lock:
            if self._ticks == 0:
                self._first_tick_ns = now_ns
            self._period_ns = (due_ns - self._last_due_ns) // (missed + 1)
            self._last_due_ns = due_ns
            self._ticks += 1
            self._missed += missed
            self._last_tick_ns = now_ns
            self._jitter.add(now_ns - due_ns)
            if self._trace is not None and missed:
                self._trace.instant("missed ticks", now_ns, count=missed)

    def sent_card(self, now_ns: int) -> None:
        """A card went out at this tick."""
        with self._lock:
            self._cards += 1
            self._sent(now_ns, "card")

    def sent_picture(
        self, now_ns: int, captured_ns: int | None, waited_ns: int = 0, sequence: int = -1
    ) -> None:
        """A new picture went out.

        Args:
            now_ns: when `send` returned.
            captured_ns: of the frame behind it; None when there is none.
            waited_ns: how long it had waited for its tick.
            sequence: of that frame.
        """
        with self._lock:
            if self._pictures == 0:
                self._first_picture_ns = now_ns
            self._pictures += 1
            self._recent_ns.append(now_ns)
            self._sent(now_ns, "new picture", sequence)
            if captured_ns is None:
                return
            age_ns = now_ns - captured_ns
            self._age.add(age_ns)
            self._unpaced_age.add(age_ns - waited_ns)
            if self._trace is not None:
                self._trace.counter("age", now_ns, age_ns)

    def sent_again(self, now_ns: int, sequence: int = -1) -> None:
        """The last picture went out once more."""
        with self._lock:
            self._repeats += 1
            self._sent(now_ns, "repeat", sequence)

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
                unpaced_age=self._unpaced_age.spread(),
                jitter=self._jitter.spread(),
                cadence=self._cadence.spread(),
                stages=_spreads(self._stages),
                waits=_spreads(self._waits),
                cpu_s=MappingProxyType({k: v * 1e-9 for k, v in self._cpu_ns.items()}),
                drops=MappingProxyType(dict(self._drops)),
                state=self._state,
                renderer=self._renderer,
                device=self._device,
            )

    def _sent(self, now_ns: int, what: str, sequence: int = -1) -> None:
        if self._last_sent_ns is not None:
            self._cadence.add(abs(now_ns - self._last_sent_ns - self._period_ns))
        self._last_sent_ns = now_ns
        if self._trace is not None:
            self._trace.instant(what, now_ns, sequence)


def _spreads(histograms: Mapping[str, Histogram]) -> Mapping[str, Spread]:
    return MappingProxyType({name: each.spread() for name, each in histograms.items()})


def _rate(count: int, first_ns: int, sent_ns: deque[int]) -> float:
    if count < 2 or sent_ns[-1] <= first_ns:
        return 0.0
    return (count - 1) / ((sent_ns[-1] - first_ns) * 1e-9)
