"""The mesh renderer as a live run uses it: with a driver of whom nothing is known beforehand."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np

from realtime.avatar import Avatar
from realtime.models.store import Store
from realtime.motion.relative import RelativeMover
from realtime.rehearsing import Driver, rehearse, stand_in
from realtime.render import Renderer
from realtime.types import RGB, Sighting


def perform_live(
    avatar: Avatar, sightings: list[Sighting], store: Store, renderer: Renderer | None = None
) -> Iterator[RGB]:
    """One picture per sighting, by a mover that has seen the whole clip once, and has rehearsed."""
    rehearsal = rehearse(avatar, _actor(), store, turns=False)
    mover = RelativeMover(avatar.face, avatar.mesh, rehearsal=lambda: rehearsal)
    for sighting in sightings:
        mover.move(sighting)
    renderer = renderer or avatar.open_renderer()
    width, height = renderer.size
    period_ns = sightings[1].captured_ns - sightings[0].captured_ns
    again_ns = sightings[-1].captured_ns + period_ns - sightings[0].captured_ns
    for sighting in sightings:
        picture = np.empty((height, width, 3), np.uint8)
        later = replace(sighting, captured_ns=sighting.captured_ns + again_ns)
        renderer.render(mover.move(later), picture)
        yield picture


@cache
def _actor() -> Driver:
    return stand_in(Store(), lambda: None)
