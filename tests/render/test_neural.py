from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.models.fomm.square import Square, square_of
from realtime.render.neural import NeuralRenderer
from realtime.types import RGB, Driving, Presence
from tests.fakes import FakeRenderer, motion

SIZE = 128


class FakeAnimator:
    """Gives the source back, tinted, and marks it with the driving picture's level."""

    size = SIZE

    def __init__(self, gain: float = 1.0, offset: float = 0.0) -> None:
        self._gain, self._offset = gain, offset
        self.references: list[RGB] = []

    def set_source(self, source: RGB) -> None:
        self.source = source

    def set_reference(self, reference: RGB) -> None:
        self.references.append(reference)

    def animate(self, driving: RGB) -> RGB:
        tinted = np.clip(self.source * self._gain + self._offset, 0, 255).astype(np.uint8)
        if driving is not self.source:
            tinted[56:72, 56:72] = driving[0, 0]
        return np.asarray(tinted, np.uint8)


def renderer_of(avatar: Avatar, animator: Any, square: Square | None = None) -> NeuralRenderer:
    height, width = avatar.portrait.canvas.shape[:2]
    return NeuralRenderer(
        avatar.portrait,
        square or square_of(avatar.face.landmarks),
        animator,
        idle=FakeRenderer((width, height)),
    )


def draw(avatar: Avatar, renderer: NeuralRenderer, driving: Driving | None) -> RGB:
    out = np.full_like(avatar.portrait.canvas, 77)
    renderer.render(replace(motion(sequence=300), driving=driving), out)
    return out


def driver(level: int) -> Driving:
    picture = np.full((SIZE, SIZE, 3), level, np.uint8)
    return Driving(picture, picture.copy())


def test_without_a_driver_the_idle_renderer_draws(avatar: Avatar) -> None:
    out = draw(avatar, renderer_of(avatar, FakeAnimator()), None)
    assert (out[..., 0] == 300 & 0xFF).all()


def test_overlooked_driver_is_held_and_the_mesh_takes_over_when_he_is_away(avatar: Avatar) -> None:
    renderer = renderer_of(avatar, FakeAnimator())
    there = draw(avatar, renderer, driver(255))
    shown = []
    for presence in (Presence.HELD, Presence.HELD, Presence.AWAY, Presence.RETURNING):
        out = np.empty_like(there)
        renderer.render(motion(300, presence=presence), out)
        shown.append(np.array_equal(out, there))
    assert shown == [True, True, False, False]


def test_square_is_set_into_the_portrait(avatar: Avatar) -> None:
    square = square_of(avatar.face.landmarks)
    out = draw(avatar, renderer_of(avatar, FakeAnimator(), square), driver(255))
    x, y = square.middle.astype(int)
    assert (out[y - 8 : y + 8, x - 8 : x + 8] > 240).all()
    outside = np.ones(out.shape[:2], bool)
    top, left = max(0, int(square.top)), max(0, int(square.left))
    outside[top : int(square.top + square.side), left : int(square.left + square.side)] = False
    assert (out[outside] == avatar.portrait.canvas[outside]).all()


def test_seam_is_not_to_be_seen(avatar: Avatar) -> None:
    """A model that draws the source itself leaves the portrait, softened at most."""
    square = square_of(avatar.face.landmarks)
    still = renderer_of(avatar, FakeAnimator(), square)
    out = draw(avatar, still, Driving(np.zeros((SIZE, SIZE, 3), np.uint8), None))
    x, y = square.middle.astype(int)
    out[y - 30 : y + 30, x - 30 : x + 30] = avatar.portrait.canvas[y - 30 : y + 30, x - 30 : x + 30]
    error = np.abs(out.astype(int) - avatar.portrait.canvas).mean(axis=2)
    assert error.mean() < 3.0
    ring = error[int(max(0, square.top)) : int(square.top + 4), :]
    assert ring.max() < 12


def test_tint_of_the_model_is_matched(avatar: Avatar) -> None:
    plain = draw(avatar, renderer_of(avatar, FakeAnimator()), driver(128))
    tinted = draw(avatar, renderer_of(avatar, FakeAnimator(gain=0.9, offset=12)), driver(128))
    square = square_of(avatar.face.landmarks)
    x, y = square.middle.astype(int)
    patch = np.s_[y - 60 : y - 40, x - 40 : x + 40]
    assert np.abs(plain[patch].astype(int) - tinted[patch]).mean() < 4


def test_reference_is_set_once_for_each_rest(avatar: Avatar) -> None:
    animator = FakeAnimator()
    renderer = renderer_of(avatar, animator)
    first, second = driver(10), driver(20)
    for driving in (first, first, second, Driving(first.pixels, second.rest)):
        draw(avatar, renderer, driving)
    assert [int(picture[0, 0, 0]) for picture in animator.references] == [10, 20]


@pytest.mark.parametrize("reach", [-40, 200])
def test_square_may_reach_out_of_the_portrait(avatar: Avatar, reach: int) -> None:
    out = draw(avatar, renderer_of(avatar, FakeAnimator(), Square(reach, reach, 520)), driver(255))
    assert out.shape == avatar.portrait.canvas.shape
    assert (out != 77).any(axis=2).mean() > 0.99
