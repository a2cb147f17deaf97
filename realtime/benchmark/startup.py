"""How long a start takes: from the command to the first picture that leaves."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime.errors import MimicamError

_COMMAND = (sys.executable, "-c", "from realtime.cli import main; main()", "run", "--null")
_LONGEST_S = 300


@dataclass(frozen=True, slots=True)
class Start:
    """One start of `mimicam run`, timed by who gave the command."""

    first_sent_s: float
    "A card counts."
    first_animated_s: float


def measure_start(driver: Path, size: tuple[int, int], *, first_ever: bool) -> Start:
    """Start `mimicam run` in a process of its own, to the first animated picture and on.

    Args:
        driver: a video file or folder, played once: make it short.
        size: width and height of what leaves.
        first_ever: as on a machine that has not compiled the kernels yet.

    Raises:
        MimicamError: the command failed.
    """
    with tempfile.TemporaryDirectory(prefix="mimicam-bench-") as folder:
        trace = Path(folder) / "trace.json"
        options = ("--source", str(driver), "--size", f"{size[0]}x{size[1]}", "--trace", str(trace))
        compiled = {"NUMBA_CACHE_DIR": str(Path(folder) / "compiled")} if first_ever else {}
        began_ns = time.perf_counter_ns()
        try:
            ended = subprocess.run(
                (*_COMMAND, *options),
                env={**os.environ, **compiled},
                capture_output=True,
                text=True,
                timeout=_LONGEST_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            message = f"`mimicam run` was not done after {_LONGEST_S} s; run it by itself to see"
            raise MimicamError(message) from error
        if ended.returncode != 0:
            raise MimicamError(f"`mimicam run` did not start: {ended.stderr.strip()}")
        return read_start(json.loads(trace.read_text(encoding="utf-8")), began_ns)


def read_start(trace: Mapping[str, Any], began_ns: int) -> Start:
    """The start in a trace, whose clock all processes of a machine share."""
    sent: dict[str, list[float]] = {"card": [], "new picture": []}
    for event in trace["traceEvents"]:
        if event["ph"] == "i" and event["name"] in sent:
            sent[event["name"]].append(event["ts"] * 1e-6 - began_ns * 1e-9)
    pictures = sent["new picture"]
    if not pictures:
        raise MimicamError("no picture was sent; is there a face in the driving file?")
    return Start(min(sent["card"] + pictures), min(pictures))
