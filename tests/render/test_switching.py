import numpy as np

from realtime.render.switching import SwitchingRenderer
from realtime.types import RGB, Motion
from tests.fakes import motion


class Plain:
    """Draws one grey level."""

    size = (8, 6)

    def __init__(self, level: int) -> None:
        self._level = level
        self.closes = 0

    def render(self, motion: Motion, out: RGB) -> None:
        out[...] = self._level

    def close(self) -> None:
        self.closes += 1


def test_the_chosen_one_draws_and_all_are_closed() -> None:
    mesh, fomm = Plain(10), Plain(20)
    renderer = SwitchingRenderer({"mesh": mesh, "fomm": fomm}, "fomm")
    out = np.zeros((6, 8, 3), np.uint8)
    levels = []
    for _ in range(3):
        renderer.render(motion(), out)
        levels.append((renderer.chosen, int(out[0, 0, 0])))
        renderer.switch()
    assert levels == [("fomm", 20), ("mesh", 10), ("fomm", 20)]
    assert renderer.size == (8, 6)
    renderer.close()
    assert (mesh.closes, fomm.closes) == (1, 1)
