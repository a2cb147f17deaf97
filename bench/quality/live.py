"""The mesh renderer as a live run uses it: with a driver of whom nothing is known beforehand."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from realtime.acquaintance import ENOUGH, Acquaintance
from realtime.avatar import Avatar
from realtime.models.store import Store
from realtime.motion.rehearsal import Rehearsal
from realtime.motion.relative import RelativeMover
from realtime.rehearsing import Driver, rehearse, stand_in
from realtime.render import Renderer
from realtime.types import RGB, Sighting


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A rehearsal that is over as soon as it is asked for."""

    rehearsal: Rehearsal

    def result(self) -> Rehearsal:
        """See `Rehearsing.result`."""
        return self.rehearsal

    def close(self) -> None:
        """See `Rehearsing.close`."""


def perform_live(
    avatar: Avatar, sightings: list[Sighting], store: Store, renderer: Renderer | None = None
) -> Iterator[RGB]:
    """One picture per sighting, by a mover that has met the driver.

    He has done all that the clip shows, over and over, for as long as it takes to rehearse with
    him, or would if he showed enough.
    """

    def rehearsed(driver: Driver | None) -> Rehearsed:
        return Rehearsed(rehearse(avatar, driver or _actor(), store, turns=False))

    mover = RelativeMover(avatar.face, avatar.mesh, rehearsal=Acquaintance(rehearsed))
    renderer = renderer or avatar.open_renderer()
    width, height = renderer.size
    period_ns = sightings[1].captured_ns - sightings[0].captured_ns
    length_ns = sightings[-1].captured_ns + period_ns - sightings[0].captured_ns
    times = 1 + -(-ENOUGH // len(sightings))
    for time in range(times):
        for sighting in sightings:
            later = replace(sighting, captured_ns=sighting.captured_ns + time * length_ns)
            motion = mover.move(later)
            if time == times - 1:
                picture = np.empty((height, width, 3), np.uint8)
                renderer.render(motion, picture)
                yield picture


@cache
def _actor() -> Driver:
    return stand_in(Store(), lambda: None)
