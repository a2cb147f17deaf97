"""Who draws, told by who did."""

from collections.abc import Callable

from realtime.render import Renderer
from realtime.types import RGB, Motion


class Told:
    """Implements `realtime.render.Renderer` by one that it owns; tells after every picture."""

    def __init__(self, renderer: Renderer, tell: Callable[[], None]) -> None:
        """`tell` is called on the rendering thread, and not when drawing fails."""
        self._renderer = renderer
        self._tell = tell

    @property
    def size(self) -> tuple[int, int]:
        """See `Renderer.size`."""
        return self._renderer.size

    def render(self, motion: Motion, out: RGB) -> None:
        """See `Renderer.render`."""
        self._renderer.render(motion, out)
        self._tell()

    def close(self) -> None:
        """See `Renderer.close`."""
        self._renderer.close()
