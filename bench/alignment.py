"""Ticks that stay where they began against ticks that move to where pictures are ready.

    python -m bench.alignment

Simulated times: a camera of 30 pictures a second, a tracker that takes the newest one (lognormal,
p50 / p95 in ms as named), 6 ms of drawing, an output of 30 ticks a second; two minutes for each of
eight places of the first tick, the first twenty seconds left out. Age is from capture to send, p50
/ p95, of the best and the worst place; the last columns are ticks for which no new frame's picture
was there, mean and worst. Printed on 2026-11-21:

    tracker             ticks     age, best     age, worst    without a picture
    17 / 19             fixed      25 / 25       54 / 54        2.5%  12.8%
    17 / 19             moving     30 / 31       30 / 31        0.1%   0.1%
    18 / 26             fixed      29 / 29       25 / 58        7.3%  24.1%
    18 / 26             moving     37 / 39       37 / 39        1.2%   1.2%
    20 / 33             fixed      37 / 38       33 / 67       10.9%  24.7%
    20 / 33             moving     40 / 42       40 / 42        3.8%   3.9%
    18 / 26, 29.97 Hz   fixed      40 / 55       40 / 55        7.5%   7.9%
    18 / 26, 29.97 Hz   moving     36 / 38       36 / 38        2.0%   2.0%
    18 / 26, 25 Hz      fixed      41 / 54       40 / 60       17.8%  18.1%
    18 / 26, 25 Hz      moving     41 / 54       40 / 60       17.8%  18.1%

Shown for the choice of how early a picture shall be (2 ms and 2.5 circular standard deviations):
with 2 deviations the fourth row is 34 / 36 and 3.1 %, with 3 it is 39 / 41 and 0.5 %.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from realtime.runtime.alignment import Alignment

FPS = 30
PERIOD_MS = 1e3 / FPS
_LENGTH_S, _SETTLE_S = 120, 20
_PLACES = 8
_DRAWING_MS = (6.0, 8.5)
_95TH = 1.645
"Standard deviations from the median to the 95th percentile."


@dataclass(frozen=True, slots=True)
class Driver:
    """What stands before the output."""

    name: str
    tracking_ms: tuple[float, float]
    "p50 and p95."
    fps: float = FPS


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run."""

    p50_ms: float
    p95_ms: float
    without: float
    "Share of ticks."


DRIVERS = (
    Driver("17 / 19", (17.0, 19.0)),
    Driver("18 / 26", (18.0, 26.0)),
    Driver("20 / 33", (20.0, 33.0)),
    Driver("18 / 26, 29.97 Hz", (18.0, 26.0), 29.97),
    Driver("18 / 26, 25 Hz", (18.0, 26.0), 25.0),
)


def main() -> None:
    print(f"{'tracker':<20}{'ticks':<10}{'age, best':<14}{'age, worst':<14}without a picture")
    for driver in DRIVERS:
        for moving in (False, True):
            places = np.arange(_PLACES) * PERIOD_MS / _PLACES
            found = [simulated(driver, place, moving=moving) for place in places]
            best = min(found, key=lambda each: each.p95_ms)
            worst = max(found, key=lambda each: each.p95_ms)
            shares = [each.without for each in found]
            print(
                f"{driver.name:<20}{'moving' if moving else 'fixed':<10}"
                f"{best.p50_ms:>3.0f} / {best.p95_ms:<8.0f}{worst.p50_ms:>3.0f} / "
                f"{worst.p95_ms:<8.0f}{np.mean(shares):>6.1%}{max(shares):>7.1%}"
            )


def simulated(driver: Driver, first_tick_ms: float, *, moving: bool) -> Outcome:
    """Two minutes."""
    captured_ms, ready_ms = _pictures(driver)
    alignment, tick_ms, shown = Alignment(FPS), first_tick_ms, -1
    ages: list[float] = []
    ticks = 0
    while tick_ms < _LENGTH_S * 1e3:
        newest, settled = bisect_right(ready_ms, tick_ms) - 1, tick_ms > _SETTLE_S * 1e3
        ticks += settled
        this_ms, tick_ms = tick_ms, tick_ms + PERIOD_MS
        if newest > shown:
            shown = newest
            if settled:
                ages.append(this_ms - captured_ms[newest])
            if moving:
                tick_ms += alignment.waited(round((this_ms - ready_ms[newest]) * 1e6)) * 1e-6
    p50_ms, p95_ms = np.percentile(ages, [50, 95])
    return Outcome(float(p50_ms), float(p95_ms), 1 - len(ages) / ticks)


def _pictures(driver: Driver) -> tuple[list[float], list[float]]:
    """When those that were tracked were captured, and when their pictures were ready."""
    random = np.random.default_rng(1)
    count = round(_LENGTH_S * driver.fps)
    tracking_ms, drawing_ms = (
        p50 * np.exp(random.normal(0, math.log(p95 / p50) / _95TH, count))
        for p50, p95 in (driver.tracking_ms, _DRAWING_MS)
    )
    captured_ms: list[float] = []
    ready_ms: list[float] = []
    free_ms = 0.0
    for index in range(count):
        capture_ms, following_ms = index * 1e3 / driver.fps, (index + 1) * 1e3 / driver.fps
        if free_ms >= following_ms:
            continue
        free_ms = max(capture_ms, free_ms) + tracking_ms[index]
        captured_ms.append(capture_ms)
        ready_ms.append(free_ms + drawing_ms[index])
    return captured_ms, sorted(ready_ms)


if __name__ == "__main__":
    main()
