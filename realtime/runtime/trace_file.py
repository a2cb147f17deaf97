"""A trace as a file that Perfetto (ui.perfetto.dev) and chrome://tracing open."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from realtime.errors import OutputError
from realtime.runtime.trace import Event, Kind, Trace

_FLOW = {"capture": "s", "track": "t", "render": "t", "output": "f"}
"Arrows from span to span of one frame: start, step and finish in the format's letters."


@contextmanager
def trace_file(path: Path) -> Iterator[Trace]:
    """A trace to record into, which is written when the block ends, however it ends.

    The file appears when it is complete; until then one of that name stays what it was.

    Raises:
        OutputError: `path` cannot be written; found before the block runs, where possible.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    with _said(path):
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        # Made now, so that a place where nothing can be written shows before anything starts.
        partial.touch()
    trace = Trace()
    try:
        yield trace
    finally:
        with _said(path):
            try:
                # A run that never began leaves the last one's file alone.
                if trace.recorded:
                    _write(partial, trace)
                    partial.replace(path)
            finally:
                with suppress(OSError):
                    partial.unlink(missing_ok=True)


@contextmanager
def _said(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"cannot write the trace {path}: {reason}; name a file in a folder you may write to"
        ) from error


def _write(file: Path, trace: Trace) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.write('{"displayTimeUnit":"ms","traceEvents":[\n')
        out.writelines(f"{json.dumps(entry)},\n" for entry in _entries(trace))
        out.write(json.dumps({"ph": "M", "pid": 1, "name": "process_name", "args": _PROCESS}))
        out.write(f'\n],"otherData":{{"clock":"perf_counter","events lost":{trace.lost}}}}}\n')


_PROCESS = {"name": "mimicam"}


def _entries(trace: Trace) -> Iterator[dict[str, Any]]:
    rows: dict[str, int] = {}
    drawn = dict.fromkeys(_FLOW, -1)
    for event in trace.events():
        if event.row not in rows:
            rows[event.row] = len(rows) + 1
            name = {"name": "thread_name", "args": {"name": event.row}}
            yield {**_common(event, "M", rows[event.row]), **name}
        yield _entry(event, rows[event.row])
        # A frame that is sent again, or moved on by a tick, has had its arrow.
        if event.kind is Kind.SPAN and event.sequence > drawn.get(event.name, event.sequence):
            drawn[event.name] = event.sequence
            arrow = _common(event, _FLOW[event.name], rows[event.row])
            # Bound to the span round it, at both ends.
            yield {**arrow, "name": "frame", "cat": "frame", "id": event.sequence, "bp": "e"}


def _entry(event: Event, row: int) -> dict[str, Any]:
    frame = {"frame": event.sequence} if event.sequence >= 0 else {}
    match event.kind:
        case Kind.SPAN:
            return {**_common(event, "X", row), "dur": event.value / 1e3, "args": frame}
        case Kind.INSTANT:
            args = {**frame, "count": event.value}
            return {**_common(event, "i", row), "s": "t", "args": args}
        case Kind.COUNTER:
            return {**_common(event, "C", row), "args": {"ms": event.value / 1e6}}


def _common(event: Event, phase: str, row: int) -> dict[str, Any]:
    return {"name": event.name, "ph": phase, "ts": event.start_ns / 1e3, "pid": 1, "tid": row}
