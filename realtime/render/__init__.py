"""Render: draw the avatar under a motion.

In: `Motion`. Out: pixels. Runs on the rendering thread. A renderer never sees a captured frame.
"""

from typing import Protocol

from realtime.types import RGB, Motion


class Renderer(Protocol):
    """Draws one avatar."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures it draws."""

    def render(self, motion: Motion, out: RGB) -> None:
        """Draw the avatar under `motion` into `out`, (height, width, 3); every pixel is written."""

    def close(self) -> None:
        """Free what it holds. Called once."""
