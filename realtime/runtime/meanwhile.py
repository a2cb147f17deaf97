"""Work that nobody waits for."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")

_JOIN_S = 0.9
_NICE = 15
if sys.platform == "win32":
    _FLAGS = subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
else:
    _FLAGS = 0


class Meanwhile(Generic[T]):
    """A result that is worked out in a process of its own, which all others go before.

    A thread would not do, however low its priority: while it holds Python's lock it waits for a
    core like any other, and the thread that sends pictures waits for it.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        read: Callable[[bytes], T],
        name: str,
        given: Callable[[], bytes] = bytes,
    ) -> None:
        """Nothing begins yet.

        Args:
            module: run as `python -m`; writes the result to its standard output. Where it fails it
                ends with another code than 0 and says why in its last line on standard error.
            arguments: its command line.
            read: makes the result of what was written.
            name: of the work, for the log.
            given: what the process finds on its standard input; asked for in a thread of this.
        """
        # `-P`: nothing is imported from wherever the program happens to be started.
        self._command = [sys.executable, "-P", "-m", module, *arguments]
        self._read = read
        self._name = name
        self._given = given
        self._result: T | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"mimicam-{name}", daemon=True)
        self._begun = False

    def result(self) -> T | None:
        """The result once there is one. The first call begins the work, but for a closed one.

        For one thread.
        """
        if not self._begun and not self._closed.is_set():
            self._begun = True
            self._thread.start()
        return self._result

    def close(self) -> None:
        """End the work, and wait for that; there is no result unless there was one."""
        with self._lock:
            self._closed.set()
            if self._process is not None:
                self._process.kill()
        if self._begun:
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        try:
            written = self._worked_out()
            if written is not None:
                self._result = self._read(written)
        except Exception as error:  # noqa: BLE001 - whatever it is, all goes on without
            logging.getLogger(__name__).warning(
                "%s fails (%s); going on without", self._name, error
            )

    def _worked_out(self) -> bytes | None:
        """What the process writes; None once this is closed."""
        given = self._given()
        with self._lock:
            if self._closed.is_set():
                return None
            self._process = process = _begin(self._command)
        written, said = process.communicate(given)
        if self._closed.is_set():
            return None
        if process.returncode != 0:
            lines = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
            raise RuntimeError(lines[-1])
        return written


def _begin(command: list[str]) -> "subprocess.Popen[bytes]":
    """Of a session of its own, so that Ctrl-C is for this process alone."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        creationflags=_FLAGS,
    )
    with suppress(PermissionError):  # a container may forbid even this
        if sys.platform != "win32":
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        if sys.platform == "linux":
            # Niceness leaves it a share of a busy core; this does not.
            os.sched_setscheduler(process.pid, os.SCHED_IDLE, os.sched_param(0))
    return process
