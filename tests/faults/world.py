"""Time that passes only while every thread of a run waits, so that ticks can be counted.

The calling thread of `run` moves it, at each of its own waits: first everybody else comes to rest
(in a mailbox, or until a moment that lies ahead), then time goes on to whatever is next.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeVar

from realtime.runtime.mailbox import Mailbox
from tests.fakes import GUARD_S

FPS = 30.0
PERIOD_NS = round(1e9 / FPS)

T = TypeVar("T")

_NEVER_NS = 1 << 62
_THREADS = frozenset(f"mimicam-{name}" for name in ("capture", "track", "render", "reopen"))


def ticks(count: float) -> int:
    """So many periods of the output, in nanoseconds."""
    return round(count * 1e9 / FPS)


@dataclass(eq=False)
class _Sleeper:
    until_ns: int
    woken: threading.Event = field(default_factory=threading.Event)


class World:
    """Implements `realtime.runtime.clock.Clock` for all threads of one run."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._now_ns = 0
        self._waiting = 0
        self._sleepers: list[_Sleeper] = []
        self._agenda: list[tuple[int, Callable[[], None]]] = []
        self._over = False

    def now_ns(self) -> int:
        return self._now_ns

    def wait_until(self, t_ns: int, wake: threading.Event) -> bool:
        if _of_a_run(threading.current_thread()):
            self.sleep_until(t_ns)
            return wake.is_set() or self._over
        if not wake.is_set():
            self.go_on_until(t_ns)
        return wake.is_set()

    def at(self, tick: float, action: Callable[[], None]) -> None:
        """Do this, in the calling thread of the run, right before that tick."""
        self._agenda.append((ticks(tick) - 1, action))
        self._agenda.sort(key=lambda item: item[0])

    def jump(self, ns: int) -> None:
        """Time passes without anybody having had any of it, as when a laptop sleeps."""
        with self._changed:
            self._pass_to(self._now_ns + ns)

    def go_on_until(self, t_ns: int) -> None:
        """Let time pass, and all threads work. For the calling thread of the run."""
        while True:
            self._settle()
            if self._now_ns >= t_ns:
                return
            with self._changed:
                moments = [sleeper.until_ns for sleeper in self._sleepers]
                moments += [moment for moment, _ in self._agenda[:1]]
                self._pass_to(max(self._now_ns, min([t_ns, *moments])))
            while self._agenda and self._agenda[0][0] <= self._now_ns:
                self._settle()
                self._agenda.pop(0)[1]()

    def sleep_until(self, t_ns: int) -> None:
        """Wait, in a thread of the run, for that moment or for the end of the run."""
        self._sleep(_Sleeper(t_ns))

    def hang(self) -> None:
        """Wait for ever: for `let_go`."""
        self._sleep(_Sleeper(_NEVER_NS))

    def let_go(self) -> None:
        """End all that hangs."""
        with self._changed:
            self._wake(self._sleepers)

    def end(self) -> None:
        """From now on nobody waits for a moment; what hangs goes on hanging."""
        with self._changed:
            self._over = True
            self._wake([each for each in self._sleepers if each.until_ns < _NEVER_NS])

    def wait_for_the_others(self) -> None:
        """Once time holds nobody up: wait until every thread of the run has ended, or hangs."""
        guard_s = time.monotonic() + GUARD_S
        with self._changed:
            while len(threads_of_a_run()) > len(self._sleepers):
                assert time.monotonic() < guard_s, "a thread of the run never ended"
                self._changed.wait(0.002)

    def waits(self, count: int) -> None:
        """So many threads more, or fewer, wait for something other than time."""
        with self._changed:
            self._waiting += count
            self._changed.notify_all()

    def _sleep(self, sleeper: _Sleeper) -> None:
        with self._changed:
            due = self._over and sleeper.until_ns < _NEVER_NS
            if due or sleeper.until_ns <= self._now_ns:
                return
            self._sleepers.append(sleeper)
            self._changed.notify_all()
        assert sleeper.woken.wait(GUARD_S), "nobody moved the time on"

    def _pass_to(self, t_ns: int) -> None:
        self._now_ns = t_ns
        self._wake([each for each in self._sleepers if each.until_ns <= t_ns])

    def _wake(self, sleepers: list[_Sleeper]) -> None:
        for sleeper in list(sleepers):
            self._sleepers.remove(sleeper)
            sleeper.woken.set()

    def _settle(self) -> None:
        """Wait until every thread of the run waits for something, or has ended."""
        guard_s = time.monotonic() + GUARD_S
        with self._changed:
            while self._waiting + len(self._sleepers) < len(threads_of_a_run()):
                assert time.monotonic() < guard_s, "a thread of the run never came to rest"
                # Threads tell when they begin to wait, but not when they end.
                self._changed.wait(0.002)


def threads_of_a_run() -> list[str]:
    return [thread.name for thread in threading.enumerate() if _of_a_run(thread)]


def _of_a_run(thread: threading.Thread) -> bool:
    return thread.name in _THREADS


class _WatchedCondition(threading.Condition):
    """Tells the world who waits; whoever wakes a thread says so on its behalf, at once."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._waiters_here = 0

    def wait(self, timeout: float | None = None) -> bool:
        self._waiters_here += 1
        self._world.waits(1)
        return super().wait(timeout)

    def notify(self, n: int = 1) -> None:
        woken = min(n, self._waiters_here)
        self._waiters_here -= woken
        self._world.waits(-woken)
        super().notify(n)


def watched_future(world: World) -> type[Future[T]]:
    """A future that tells the world who waits for it."""

    class WatchedFuture(Future[T]):
        def __init__(self) -> None:
            super().__init__()
            self._condition = _WatchedCondition(world)

    return WatchedFuture


def watched_mailbox(world: World) -> type[Mailbox[T]]:
    """A mailbox that tells the world who waits in it."""

    class WatchedMailbox(Mailbox[T]):
        def __init__(self) -> None:
            super().__init__()
            self._changed = _WatchedCondition(world)

    return WatchedMailbox
