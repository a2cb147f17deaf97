"""What happened when: the last events of a run, for Perfetto or chrome://tracing."""

import struct
import threading
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

import numpy as np

_RECORD = struct.Struct("<BBHiqq")
_DTYPE = np.dtype(
    [
        ("kind", "u1"),
        ("row", "u1"),
        ("name", "<u2"),
        ("sequence", "<i4"),
        ("start_ns", "<i8"),
        ("value", "<i8"),
    ]
)
CAPACITY = 250_000
"A quarter of an hour at 30 pictures a second, in 6 MB."


class Kind(IntEnum):
    """What an event is, and what its value means."""

    SPAN = 0
    "Something that took `value` nanoseconds."
    INSTANT = 1
    "Something that happened `value` times at once."
    COUNTER = 2
    "A quantity that is `value` nanoseconds from now on."


class Event(NamedTuple):
    """One event, read back."""

    kind: Kind
    row: str
    "The thread that it happened on."
    name: str
    sequence: int
    "Of the frame that it was about; -1 for none."
    start_ns: int
    value: int


class Trace:
    """Keeps the last `capacity` events in memory that is allocated at once.

    Not safe by itself: whoever records holds a lock of its own.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._buffer = bytearray(capacity * _RECORD.size)
        self._capacity = capacity
        self.recorded = 0
        "How many events there were, kept or not."
        self._names: dict[str, int] = {}
        self._rows: dict[int, tuple[int, str]] = {}

    def span(self, name: str, start_ns: int, end_ns: int, sequence: int) -> None:
        """Something on this thread took from `start_ns` to `end_ns`."""
        self._record(Kind.SPAN, name, start_ns, end_ns - start_ns, sequence)

    def instant(self, name: str, now_ns: int, sequence: int = -1, count: int = 1) -> None:
        """Something happened on this thread, `count` times at once."""
        self._record(Kind.INSTANT, name, now_ns, count, sequence)

    def counter(self, name: str, now_ns: int, value_ns: int) -> None:
        """A quantity has a new value."""
        self._record(Kind.COUNTER, name, now_ns, value_ns, -1)

    @property
    def lost(self) -> int:
        """How many events, the oldest, had to make room."""
        return max(0, self.recorded - self._capacity)

    def events(self) -> Iterator[Event]:
        """What is kept, in the order of recording. Not while something records."""
        names, rows = list(self._names), [row for _, row in self._rows.values()]
        kept = np.frombuffer(self._buffer, _DTYPE)[: self.recorded]
        first = self.recorded % self._capacity if self.lost else 0
        for part in (kept[first:], kept[:first]):
            for kind, row, name, sequence, start_ns, value in part:
                yield Event(
                    Kind(kind), rows[row], names[name], int(sequence), int(start_ns), int(value)
                )

    def _record(self, kind: Kind, name: str, start_ns: int, value: int, sequence: int) -> None:
        _RECORD.pack_into(
            self._buffer,
            self.recorded % self._capacity * _RECORD.size,
            kind,
            self._row(),
            self._names.setdefault(name, len(self._names)),
            sequence,
            start_ns,
            value,
        )
        self.recorded += 1

    def _row(self) -> int:
        thread = threading.get_ident()
        row = self._rows.get(thread)
        if row is None:
            row = self._rows[thread] = (len(self._rows), threading.current_thread().name)
        return row[0]
