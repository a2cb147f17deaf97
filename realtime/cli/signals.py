"""Ctrl-C, and a polite kill, as a way to end a run."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopping(stop: threading.Event) -> Iterator[None]:
    """Set `stop` on Ctrl-C or SIGTERM: the run ends by itself and finishes its files.

    An exception in the middle of that, from a second Ctrl-C, would cut them short.
    """
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, lambda *_: stop.set()) for kind in kinds]
    try:
        yield
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)
