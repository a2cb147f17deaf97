"""When to tick, so that pictures wait for their tick no longer than they must.

A camera and an output of the same rate have their own clocks. Where a picture happens to be ready
just after a tick it waits for most of a period; where it is ready about when the tick is due, every
other tick goes without one; and clocks that drift apart go through all of that, again and again.
So ticks are moved, very slowly, to where nearly every picture is ready a little before its own.

Waits are angles, a period being a full turn: a picture that just misses its tick waits for a period
less a little, and counts as the near miss that it is. The mean of their unit vectors has the mean
wait's direction, and its length tells how much they scatter (Mardia and Jupp, Directional
Statistics, 2000, section 2.3). Pictures that come at another rate than ticks scatter all round, and
are left alone.
"""

import cmath
import math

_SHARE = 1 / 16
"Of the newest wait in the mean."
_DEVIATIONS, _MARGIN_NS = 2.5, 2_000_000
"How long before their tick pictures shall be ready: one in a hundred is late, then."
_SURE = 0.6
"Of the mean vector's length, below which there is no telling where the next picture comes."
_EASE, _MOST_NS = 0.1, 100_000
"A tick moves by so much of its way, and by so much at most: a third of a percent at 30 a second, \
which is seen by nobody."
_ROW = 8
"Ticks with a picture of their own, after which the next is taken to have one, too."


class Alignment:
    """Where pictures are ready between ticks; for one thread."""

    def __init__(self, fps: float) -> None:
        """`fps`: ticks a second."""
        self._period_ns = 1e9 / fps
        self._mean = 0j
        self._count = self._row = 0

    @property
    def expects(self) -> bool:
        """Whether the next tick is taken to have a new frame's picture, as the last ones had."""
        return self._row >= _ROW

    def missed(self) -> None:
        """At a tick no new frame's picture was there."""
        self._row = 0

    def waited(self, wait_ns: int) -> int:
        """A frame's picture waited so long for its tick; by how much to move the coming ones.

        Nanoseconds; negative is earlier.
        """
        self._row += 1
        self._count += 1
        turn = cmath.exp(2j * math.pi * wait_ns / self._period_ns)
        self._mean += max(_SHARE, 1 / self._count) * (turn - self._mean)
        length = min(abs(self._mean), 1.0)
        if self._count * _SHARE < 1 or length < _SURE:
            return 0
        radian_ns = self._period_ns / (2 * math.pi)
        deviation_ns = math.sqrt(-2 * math.log(length)) * radian_ns
        wanted_ns = min(self._period_ns / 2, _DEVIATIONS * deviation_ns + _MARGIN_NS)
        away_ns = math.remainder(cmath.phase(self._mean) * radian_ns - wanted_ns, self._period_ns)
        return -round(max(-_MOST_NS, min(_MOST_NS, _EASE * away_ns)))
