"""One slot between two threads, in which the newest item wins."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Closed(Exception):  # noqa: N818 - an end, not an error
    """The mailbox is closed: nothing can be put, and nothing is left to take."""


class Mailbox(Generic[T]):
    """Holds the last item put until it is taken. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self._closed = False
        self._error: BaseException | None = None

    @property
    def closed(self) -> bool:
        """Whether `close` was called; a last item may still be there to take."""
        with self._changed:
            return self._closed

    @property
    def empty(self) -> bool:
        """Whether there is nothing to take now."""
        with self._changed:
            return self._item is None

    def put(self, item: T) -> T | None:
        """Leave `item`, without waiting; what nobody had taken comes back to the caller.

        Raises:
            Closed: `close` was called; `item` stays the caller's.
        """
        with self._changed:
            if self._closed:
                raise Closed
            displaced, self._item = self._item, item
            self._changed.notify()
            return displaced

    def offer(self, item: T) -> bool:
        """Leave `item` if the slot is empty and open; whether it was left."""
        with self._changed:
            if self._closed or self._item is not None:
                return False
            self._item = item
            self._changed.notify()
            return True

    def take(self) -> T:
        """The item, once there is one.

        Raises:
            Closed: the mailbox was closed, and its last item is taken.
            BaseException: the error that it was closed with, whether or not an item is left.
        """
        with self._changed:
            while True:
                item = self._taken()
                if item is not None:
                    return item
                self._changed.wait()

    def poll(self) -> T | None:
        """The item, or None when there is none now; raises as `take` does."""
        with self._changed:
            return self._taken()

    def close(self, error: BaseException | None = None) -> None:
        """Let nothing more in, and wake whoever waits in `take`.

        The first error stays, also after a close without one.
        """
        with self._changed:
            self._closed = True
            self._error = self._error or error
            self._changed.notify_all()

    def _taken(self) -> T | None:
        if self._error is not None:
            raise self._error
        if self._item is None and self._closed:
            raise Closed
        item, self._item = self._item, None
        return item
