"""When within the camera's period the output ticks: just after pictures come, not just before.

Camera and output run at the same nominal rate on different clocks. Left alone, a picture waits
for its tick anything up to a period, and now and then a tick comes just before its picture:

    pictures   p0      p1      p2          p0      p1      p2
    ticks     |       |       |              |       |       |
    age       a period, or a repeat        the margin

So ticks are moved, by steps too small to be seen, until the latest pictures still arrive a margin
before them; after that they follow the camera's clock.
"""

from collections import deque

_WINDOW = 90
"Pictures that the latest arrival is taken from."
_STEADY = 0.9
"Where fewer ticks than this find a new picture, there is no phase to follow."
_MARGIN_NS = 5_000_000
"Between the latest arrival and the tick: pictures are late at times."
_STEP_NS = 250_000
"At most, from tick to tick: 0.75 % of the rate at 30 frames a second."


class PhaseFollower:
    """Says how to move the ticks, given how long each picture had waited for its one."""

    def __init__(self, period_ns: int) -> None:
        self._period_ns = period_ns
        self._moved_ns = 0
        self._repeated = False
        # Waits are kept as they would have been without any move, so that old ones stay true.
        self._waits: deque[int] = deque(maxlen=_WINDOW)
        self._fresh: deque[bool] = deque(maxlen=_WINDOW)

    def move_ns(self, waited_ns: int | None) -> int:
        """How much later the following ticks shall be; negative is earlier.

        Args:
            waited_ns: how long this tick's new picture had been ready; None when there was none.
        """
        self._fresh.append(waited_ns is not None)
        if waited_ns is not None:
            # After a tick in vain, the picture was for that one: it came too late for it.
            late_ns = self._period_ns if self._repeated else 0
            self._waits.append(waited_ns - late_ns - self._moved_ns)
        self._repeated = waited_ns is None
        if len(self._waits) < _WINDOW or sum(self._fresh) < _STEADY * _WINDOW:
            return 0
        spare_ns = min(self._waits) + self._moved_ns - _MARGIN_NS
        step_ns = -max(-_STEP_NS, min(_STEP_NS, spare_ns))
        self._moved_ns += step_ns
        return step_ns
