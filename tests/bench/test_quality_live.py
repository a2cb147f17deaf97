from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest

from bench.quality.live import perform_live
from realtime.avatar import Avatar
from realtime.models.store import Store
from realtime.types import Sighting
from tests.bench.made_faces import sighted


@pytest.fixture
def driving(avatar: Avatar) -> list[Sighting]:
    """The portrait as a driver, off his place in the second half."""
    rest = replace(
        avatar.face, blendshapes=np.zeros(52, np.float32), pose=np.eye(4, dtype=np.float32)
    )
    aside = replace(rest, landmarks=rest.landmarks + np.array([20, 0, 0], np.float32))
    return sighted([*[rest] * 12, *[aside] * 12])


def test_rest_is_known_from_the_first_picture_on(avatar: Avatar, driving: list[Sighting]) -> None:
    untaught = patch("bench.quality.live.rehearse", lambda *_, **__: None)
    with untaught, patch("bench.quality.live.stand_in", lambda *_: None):
        pictures = list(perform_live(avatar, driving, Store()))
    still = avatar.portrait.canvas.astype(int)
    changes = [np.abs(picture - still).max() for picture in pictures]
    assert len(changes) == 24
    assert max(changes[:12]) <= 2
    assert min(changes[12:]) > 50
