import numpy as np
import pytest

from realtime.render.told import Told
from tests.fakes import FakeRenderer, drawn_sequence, motion


def test_it_tells_after_every_picture() -> None:
    told: list[int] = []
    renderer, out = FakeRenderer(), np.zeros((6, 8, 3), np.uint8)
    telling = Told(renderer, lambda: told.append(drawn_sequence(out)))
    telling.render(motion(4), out)
    telling.render(motion(5), out)
    telling.close()
    assert told == [4, 5]
    assert telling.size == renderer.size
    assert renderer.closes == 1


def test_it_keeps_quiet_of_what_it_could_not_draw() -> None:
    def fail(_: object) -> None:
        raise RuntimeError

    told: list[None] = []
    telling = Told(FakeRenderer(on_render=fail), lambda: told.append(None))
    with pytest.raises(RuntimeError):
        telling.render(motion(), np.zeros((6, 8, 3), np.uint8))
    assert told == []
