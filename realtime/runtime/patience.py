"""A word for whoever waits longer than usual."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def said_if_slow(say: Callable[[str], None], line: str, after_s: float) -> Iterator[None]:
    """Say `line`, from a thread of its own, if the block is not done after so many seconds."""
    timer = threading.Timer(after_s, say, (line,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
