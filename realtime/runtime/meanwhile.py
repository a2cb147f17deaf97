"""Work that nobody waits for."""

import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_JOIN_S = 0.9
"A thread gets this long to end; one in the middle of loading a model cannot be interrupted."
_NICE = 15


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """Nobody wants the result any more."""


class Meanwhile(Generic[T]):
    """A result that is worked out in a thread of its own, with a rest after each step.

    Where the system allows, all other threads go first.
    """

    def __init__(self, work: Callable[[Callable[[], None]], T], name: str, rest_s: float) -> None:
        """Nothing begins yet.

        Args:
            work: gives the result; calls its argument after each step, which may raise `Stopped`.
            name: of the thread, and of the work in the log.
            rest_s: how long to rest after a step.
        """
        self._work = work
        self._name = name
        self._rest_s = rest_s
        self._result: T | None = None
        self._stop = threading.Event()
        # A daemon, since one that hangs in a model must not keep the process.
        self._thread = threading.Thread(target=self._run, name=f"mimicam-{name}", daemon=True)
        self._begun = False

    def result(self) -> T | None:
        """The result once there is one. The first call begins the work, but for a closed one.

        For one thread.
        """
        if not self._begun and not self._stop.is_set():
            self._begun = True
            self._thread.start()
        return self._result

    def close(self) -> None:
        """End the work, and wait for that; there is no result unless there was one."""
        self._stop.set()
        if self._begun:
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        if sys.platform == "linux":
            # Of this thread alone, and of those that libraries start in it.
            nice = max(_NICE, os.getpriority(os.PRIO_PROCESS, 0))
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)
        try:
            self._result = self._work(self._rest)
        except Stopped:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, all goes on without
            logging.getLogger(__name__).warning(
                "%s fails (%s); going on without", self._name, error
            )

    def _rest(self) -> None:
        if self._stop.wait(self._rest_s):
            raise Stopped
