"""What Linux tells of this process and of the others; None elsewhere."""

import os
from pathlib import Path

_STATM = Path("/proc/self/statm")
_STAT = Path("/proc/stat")
_BUSY = (0, 1, 2, 5, 6, 7)
"Columns of `/proc/stat`: user, nice, system, irq, softirq, steal."


def resident_mb() -> float | None:
    """Memory of this process."""
    if not _STATM.exists():
        return None
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def busy_s() -> float | None:
    """Processor time that the whole machine has used since it was started, all cores."""
    if not _STAT.exists():
        return None
    ticks = [int(column) for column in _STAT.read_text().split("\n", 1)[0].split()[1:]]
    return sum(ticks[column] for column in _BUSY) / os.sysconf("SC_CLK_TCK")
