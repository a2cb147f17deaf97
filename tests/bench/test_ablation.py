from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from bench.ablation import PARTS, WHOLE, table, without
from bench.quality.clips import Frames
from realtime.avatar import Avatar, load_avatar, open_actor
from realtime.capture.picture import read_picture
from realtime.models.store import Store
from realtime.motion.seen import Seen
from realtime.offline import Transfer, perform, track
from realtime.types import RGB, Sighting

SIZE, HAT_ROW = (256, 256), 75
MOMENTS = (20, 48, 117, 236, 274, 310, 366, 430, 431, 439)
"Frames of the actor: rest, turned aside, nodding, brows, blink, smile, open mouth, speech."
JAW, SMILE = 0, slice(1, 3)
"Of the expressions that are looked at."


@pytest.fixture(scope="module")
def driving(portrait_file: Path) -> list[Sighting]:
    actor = open_actor(read_picture(portrait_file), Store())
    return track(Frames([actor.picture(moment) for moment in MOMENTS]), Store(), "the actor")


def seen_badly(*looks: Any) -> Seen:
    """What is seen, but weakly, and jaws for smiles: the actor shows nothing of the kind."""
    seen = Seen.of(*looks)
    seen.crosstalk[JAW, SMILE] = 0.5
    seen.strength[:] *= 0.45
    return seen


@pytest.fixture(scope="module", autouse=True)
def soon_done_and_all_needed() -> Iterator[None]:
    with (
        patch("realtime.motion.amplitude.Seen", SimpleNamespace(of=seen_badly)),
        patch("realtime.motion.response._REHEARSED", 4),
        patch("realtime.motion.amplitude._REHEARSED", 4),
        patch("realtime.render.mesh._SIDES_FROM_DEG", 0.0),
        patch("realtime.render.mouth._BY_JAW", 0.65),
        patch("realtime.render.mouth._DRAWN_PX", 0.0),
        patch("realtime.motion.mouth_limits._SELDOM", 0.2),
        patch("realtime.motion.brow_limits._SELDOM", 0.1),
        patch("realtime.motion.nose_limits._SELDOM", 0.05),
        patch("realtime.motion.lip_limits._SELDOM", 0.1),
        patch("realtime.motion.lip_places._SELDOM", 0.02),
        patch("realtime.render.complexion._DARK", 0.5),
        patch("realtime.motion.amplitude.SLANT_DEG", -6.0),
    ):
        yield


@pytest.fixture(scope="module")
def small_avatar(portrait_file: Path) -> Avatar:
    """The demo portrait, its crown cut off."""
    picture = read_picture(portrait_file)[HAT_ROW:].copy()
    return load_avatar(picture, "the portrait", SIZE, Store())


@pytest.fixture(scope="module")
def whole(small_avatar: Avatar, driving: list[Sighting]) -> list[RGB]:
    return reenact(small_avatar, driving)


def reenact(avatar: Avatar, driving: list[Sighting]) -> list[RGB]:
    return list(perform(avatar, driving, Transfer(), rehearse_with=Store(), badge=False))


@pytest.mark.parametrize("part", [part for part in PARTS if part != WHOLE])
def test_leaving_a_part_out_shows(
    part: str, small_avatar: Avatar, driving: list[Sighting], whole: list[RGB]
) -> None:
    with without(part):
        outputs = reenact(small_avatar, driving)
    changes = [np.abs(a.astype(int) - b).max() for a, b in zip(whole, outputs, strict=True)]
    assert max(changes) > 10, changes


def test_every_part_is_back_afterwards(
    small_avatar: Avatar, driving: list[Sighting], whole: list[RGB]
) -> None:
    for part in PARTS:
        with without(part):
            pass
    again = reenact(small_avatar, driving)
    assert all((a == b).all() for a, b in zip(whole, again, strict=True))


def test_table_has_a_line_for_each_part_and_a_dash_for_what_is_not_known() -> None:
    lines = table("self", ["l1", "jitter"], {WHOLE: {"l1": 0.02}}).splitlines()
    assert lines == [
        "| self, without | l1 | jitter |",
        "|---|---|---|",
        "| nothing left out | 0.0200 | - |",
    ]
