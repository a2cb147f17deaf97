"""Several renderers of one avatar, one of them drawing."""

from collections.abc import Mapping

from realtime.render import Renderer
from realtime.types import RGB, Motion


class SwitchingRenderer:
    """Implements `realtime.render.Renderer` by the chosen one of several, which it owns."""

    def __init__(self, renderers: Mapping[str, Renderer], chosen: str) -> None:
        """`renderers`, by name, draw pictures of one size; `chosen` draws at first."""
        self._renderers = dict(renderers)
        self._names = list(renderers)
        self._chosen = chosen

    @property
    def chosen(self) -> str:
        """The name of the one that draws."""
        return self._chosen

    @property
    def size(self) -> tuple[int, int]:
        """See `Renderer.size`."""
        return self._renderers[self._chosen].size

    def switch(self) -> None:
        """Let the next one draw, from the next picture on. Safe from any thread."""
        self._chosen = self._names[(self._names.index(self._chosen) + 1) % len(self._names)]

    def render(self, motion: Motion, out: RGB) -> None:
        """See `Renderer.render`."""
        self._renderers[self._chosen].render(motion, out)

    def close(self) -> None:
        """See `Renderer.close`."""
        for renderer in self._renderers.values():
            renderer.close()
