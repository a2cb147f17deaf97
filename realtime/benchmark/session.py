"""The whole benchmark: everything that is compared, one after the other in one run."""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import cv2

from realtime.benchmark.configurations import FPS, configurations
from realtime.benchmark.driver import actor_films, pictures_of
from realtime.benchmark.landmarker import time_landmarker
from realtime.benchmark.measure import Measured, measure
from realtime.benchmark.startup import Start, measure_start
from realtime.errors import InputError
from realtime.models.store import LANDMARKER, Store
from realtime.runtime.clock import MonotonicClock
from realtime.runtime.histogram import Histogram, Spread

_BARE_PICTURES = 100
"Before, between and after the configurations: the machine is not equally busy all the time."
_WARM_STARTS = 3


@dataclass(frozen=True, slots=True)
class Session:
    """What came of one benchmark."""

    machine: str
    driver: str
    size: tuple[int, int]
    seconds: float
    "Of each configuration."
    bare: Spread
    "One detection of the landmarker with nothing else running, right after another."
    bare_at_rate: Spread
    "The same at the rate of a live run."
    measured: list[Measured]
    warm_start: Start
    "The median of three."
    first_start: Start
    "As on a machine where nothing is compiled yet."


def run_session(
    source: Path | None,
    size: tuple[int, int],
    seconds: float,
    store: Store,
    say: Callable[[str], None],
) -> Session:
    """Measure everything; `say` is told what is going on.

    Args:
        source: the driver, a video file or a folder; None for the actor.
        size: width and height of what leaves.
        seconds: of measuring per configuration.
        store: where the models are.
        say: takes a line.

    Raises:
        InputError: nobody is in the film.
    """
    # As in a live run.
    cv2.setNumThreads(1)
    say("filming the actor")
    bare, bare_at_rate = Histogram(), Histogram()
    measured: list[Measured] = []
    with actor_films(store) as films:
        driver = source or films.whole
        pictures = pictures_of(driver, _BARE_PICTURES)

        def time_bare() -> None:
            say("the bare landmarker")
            model, clock = store.path(LANDMARKER), MonotonicClock()
            if not time_landmarker(model, pictures, clock, bare):
                raise InputError(f"no face found in {driver}; name a film of one person's face")
            time_landmarker(model, pictures, clock, bare_at_rate, period_ns=round(1e9 / FPS))

        time_bare()
        for configuration in configurations(driver, size, store):
            say(f"{configuration.name}, {seconds:g} s")
            measured.append(measure(configuration, seconds))
            time_bare()
        say("warm starts")
        warm = [measure_start(films.short, size, first_ever=False) for _ in range(_WARM_STARTS)]
        say("a first start, with nothing compiled")
        first = measure_start(films.short, size, first_ever=True)
    return Session(
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        driver=str(source) if source else "the built-in actor, 640x480 at 30 fps",
        size=size,
        seconds=seconds,
        bare=bare.spread(),
        bare_at_rate=bare_at_rate.spread(),
        measured=measured,
        warm_start=Start(
            median(start.first_sent_s for start in warm),
            median(start.first_animated_s for start in warm),
        ),
        first_start=first,
    )
