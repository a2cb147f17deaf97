"""Ctrl-C, and a polite kill, as a way to end a run."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from realtime.runtime.interruptible import Interruptible

_PATIENCE_S = 0.7
"A run that nothing holds up has noticed after a tick."
_TRIES = 3
_INTERRUPTED = 130
_KINDS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping(stop: threading.Event, calls: Interruptible | None = None) -> Iterator[None]:
    """Set `stop` on Ctrl-C or SIGTERM: the run ends by itself and finishes its files.

    An exception in the middle of that, from a second Ctrl-C, would cut them short. Only a run
    that hangs in one of its `calls`, on the thread that uses this, is interrupted there; and where
    even that does not help, the process ends.
    """
    calls = calls or Interruptible()
    told, teller = socket.socketpair()
    teller.setblocking(False)
    watch = threading.Thread(
        target=_watch, args=(told, stop, calls, threading.get_ident()), name="signals", daemon=True
    )
    watch.start()
    # A handler waits for the thread to come back from a device, and may find it inside a lock of
    # `stop`; the system itself tells the other thread at once.
    before = [signal.signal(kind, lambda *_: calls.leave()) for kind in _KINDS]
    descriptor = signal.set_wakeup_fd(teller.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(descriptor)
        for kind, handler in zip(_KINDS, before, strict=True):
            signal.signal(kind, handler)
        teller.close()
        watch.join()
        told.close()


def _watch(
    told: socket.socket, stop: threading.Event, calls: Interruptible, thread_id: int
) -> None:
    """Pass on signals, given as bytes, until there will be no more."""
    while not stop.is_set():
        kind = told.recv(1)
        if not kind:
            return
        if kind[0] in _KINDS:
            stop.set()
    told.settimeout(_PATIENCE_S)
    tries = 0
    while True:
        try:
            if not told.recv(1):
                return
        except TimeoutError:
            tries += 1
            _hurry(calls, thread_id, tries)


def _hurry(calls: Interruptible, thread_id: int, tries: int) -> None:
    calls.late = True
    if tries > _TRIES and calls.entered:
        # A recording lacks its last second, and the system closes what is open.
        print("mimicam: an output hangs for good; the run is cut off", file=sys.stderr, flush=True)
        os._exit(_INTERRUPTED)
    if sys.platform != "win32":
        # Makes a call that waits return, after the handler.
        signal.pthread_kill(thread_id, signal.SIGTERM)
