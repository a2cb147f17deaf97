"""When the drawing of a picture must begin, so that it is there at its tick."""

from realtime.runtime.clock import Grid

_MARGIN_NS, _LEAST_MARGIN_NS = 2_000_000, 1_000_000
"For threads to wake up."
_GAIN, _DEVIATION_GAIN, _DEVIATIONS = 1 / 8, 1 / 4, 4.0


class Deadlines:
    """Ticks, and how long drawing takes. One thread tells, any may ask.

    What is reckoned with is the mean, and where being late costs more than being early four mean
    deviations more, both decaying, as TCP does with its round trips (Jacobson, SIGCOMM 1988). With
    two deviations on a busy machine, one tick in twenty found its picture still being drawn.
    """

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._period_ns = round(1e9 / grid.fps)
        self._mean_ns: float | None = None
        self._deviation_ns = 0.0

    def took(self, duration_ns: int) -> None:
        """Drawing one picture took so long."""
        if self._mean_ns is None:
            self._mean_ns = float(duration_ns)
            return
        # One picture that hangs says little of the next ones.
        error_ns = max(-self._period_ns, min(self._period_ns, duration_ns - self._mean_ns))
        self._mean_ns += _GAIN * error_ns
        self._deviation_ns += _DEVIATION_GAIN * (abs(error_ns) - self._deviation_ns)

    @property
    def lead_ns(self) -> int:
        """How long before its tick a picture must be begun, a period at most."""
        longest_ns = self._expected_ns + round(_DEVIATIONS * self._deviation_ns)
        return min(self._period_ns, longest_ns + _MARGIN_NS)

    @property
    def least_lead_ns(self) -> int:
        """The same where it matters more to begin none in vain than to be late with none."""
        return min(self._period_ns, self._expected_ns + _LEAST_MARGIN_NS)

    @property
    def can_be_met(self) -> bool:
        """Whether a picture that is begun at one tick is there at the next, as a rule."""
        return self._expected_ns + _MARGIN_NS < self._period_ns

    def due_ns(self, begin_ns: int) -> int:
        """When the first tick is due that a picture begun at `begin_ns` can be there at."""
        return self._grid.due_ns(self._grid.first_tick(begin_ns + self._expected_ns))

    @property
    def _expected_ns(self) -> int:
        return round(self._mean_ns or 0.0)
