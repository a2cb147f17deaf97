from fractions import Fraction
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from realtime import offline, offline_neural
from realtime.avatar import Avatar, open_actor
from realtime.capture.picture import read_picture
from realtime.models.devices import Device
from realtime.models.fomm.square import square_of
from realtime.models.store import Store
from realtime.output.video_writer import VideoWriter
from realtime.types import RGB, Driving


@pytest.fixture(scope="module")
def pictures(portrait_file: Path) -> list[RGB]:
    """At rest, turned, at rest."""
    actor = open_actor(read_picture(portrait_file), Store())
    return [actor.picture(n) for n in (0, 50, 0)]


@pytest.fixture(scope="module")
def film(pictures: list[RGB], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("driving") / "acted.mp4"
    with VideoWriter(path, (640, 480), Fraction(30)) as writer:
        for picture in (np.full_like(pictures[0], 90), *pictures):
            writer.write(picture)
    return path


def framed(film: Path, avatar: Avatar, transfer: offline.Transfer) -> list[Driving | None]:
    store = Store()
    sightings = offline.track(offline.open_driving(str(film), store), store, "film")
    return list(
        offline_neural.framed(
            avatar, sightings, lambda: offline.open_driving(str(film), store), transfer, 64
        )
    )


def test_driver_is_framed_from_the_first_face_on(film: Path, avatar: Avatar) -> None:
    found = framed(film, avatar, offline.Transfer())
    assert found[0] is None
    driving = [one for one in found if one is not None]
    assert len(driving) == 3
    # The face lies where the avatar's does in its own square.
    own = square_of(avatar.face.landmarks).cut(avatar.portrait.canvas, 64).astype(int)
    aside = np.roll(own, 6, axis=1)
    error, error_aside = (np.abs(driving[0].pixels - other).mean() for other in (own, aside))
    assert error < 0.5 * error_aside


@pytest.mark.parametrize("reference", get_args(offline.Reference))
def test_rest_is_the_reference_frame(
    film: Path, avatar: Avatar, reference: offline.Reference
) -> None:
    found = framed(film, avatar, offline.Transfer(reference=reference))
    first, turned, last = (one for one in found if one is not None)
    assert first.rest is turned.rest is last.rest
    assert first.rest is not None
    at_rest = min(np.abs(one.pixels.astype(int) - first.rest).mean() for one in (first, last))
    assert at_rest < 1
    assert np.abs(turned.pixels.astype(int) - first.rest).mean() > 5


def test_absolute_motion_has_no_rest(film: Path, avatar: Avatar) -> None:
    found = framed(film, avatar, offline.Transfer(relative=False))
    assert {one.rest is None for one in found if one is not None} == {True}


def test_model_draws_every_frame_and_the_mesh_before_the_first_face(
    film: Path, avatar: Avatar, home_with_model: Path
) -> None:
    store = Store(home_with_model)
    model = offline_neural.open_model(avatar, store, Device.CPU)
    sightings = offline.track(offline.open_driving(str(film), store), store, "film")
    driving = offline_neural.framed(
        avatar,
        sightings,
        lambda: offline.open_driving(str(film), store),
        offline.Transfer(),
        model.square_px,
    )
    drawn = list(
        offline.perform(
            avatar, sightings, offline.Transfer(), renderer=model, driving=driving, badge=False
        )
    )
    changed = [np.abs(picture.astype(int) - avatar.portrait.canvas).mean() for picture in drawn]
    assert len(drawn) == 4
    assert changed[0] < 3, "the mesh idles"
    assert min(changed[1:]) > 3, "random weights look like nothing"
    corner = np.s_[:60, :40]
    assert all((p[corner] == avatar.portrait.canvas[corner]).all() for p in drawn)
