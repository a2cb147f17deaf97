from fractions import Fraction

import numpy as np
import pytest

from realtime.capture import EndOfSource
from realtime.capture.actor import Actor
from realtime.types import RGB


def write_time(t_s: float, out: RGB) -> None:
    out[:] = round(t_s * 10)


def test_actor_plays_its_script_once() -> None:
    actor = Actor(write_time, (8, 6), Fraction(10), 3)
    frames = [actor.read() for _ in range(3)]
    assert [frame.sequence for frame in frames] == [0, 1, 2]
    assert [frame.captured_ns for frame in frames] == [0, 100_000_000, 200_000_000]
    assert [int(frame.pixels[5, 7, 0]) for frame in frames] == [0, 1, 2]
    assert frames[0].pixels.shape == (6, 8, 3)
    with pytest.raises(EndOfSource):
        actor.read()


def test_any_picture_can_be_had_again() -> None:
    actor = Actor(write_time, (8, 6), Fraction(10), 3)
    frame = actor.read()
    assert np.array_equal(actor.picture(0), frame.pixels)
    assert actor.picture(2).max() == 2
