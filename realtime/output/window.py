"""A live window: the picture, a small overlay that no other output sees, and keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.output.lettering import Patch, panel
from realtime.types import Picture

_KEYS = ("[q] quit, as Esc", "[o] overlay", "[?] these keys")
_OPACITY = 0.6
_TEXT_SHARE = 1 / 45
_SMALLEST_TEXT_PX = 12
_MARGIN_SHARE = 1 / 50
_PICTURES_PER_REFRESH = 8
"Four refreshes a second: more cannot be read, and drawing text takes some milliseconds."
_TITLE = "mimicam - [?] lists the keys"


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the window beyond its own."""

    name: str
    "One character."
    label: str
    "What it does, for the list of keys."
    press: Callable[[], None]


class Screen(Protocol):
    """One window of the desktop."""

    @property
    def is_open(self) -> bool:
        """False once the user has closed it."""

    def show(self, bgr: NDArray[np.uint8]) -> None:
        """Show a picture, (height, width, 3) in BGR order, until the next one."""

    def key(self) -> str:
        """The key pressed since the last call, "" for none. Lets the window live; never waits."""

    def close(self) -> None:
        """Remove the window. Harmless after the user has closed it."""


class Window:
    """Shows every picture on a screen, which it owns, and obeys its keys."""

    def __init__(
        self,
        size: tuple[int, int],
        *,
        status: Callable[[], Sequence[str]],
        on_quit: Callable[[], None],
        keys: Sequence[Key] = (),
        screen: Screen | None = None,
    ) -> None:
        """Show pictures of `size`, width and height in pixels.

        Args:
            size: of the pictures.
            status: gives the lines of the overlay; asked at every eighth picture, on this thread.
            on_quit: called, once, when the user presses q or Esc or closes the window.
            keys: further keys to obey, each on this thread.
            screen: where to; a new window on the desktop by default.

        Raises:
            DeviceError: there is no display to open a window on.
        """
        width, height = size
        self._screen = screen or _desktop_window(size)
        self._status = status
        self._on_quit = on_quit
        self._shown = np.empty((height, width, 3), np.uint8)
        self._text_px = max(_SMALLEST_TEXT_PX, round(height * _TEXT_SHARE))
        self._margin_px = round(height * _MARGIN_SHARE)
        self._until_refresh = 0
        self._overlay: Patch | None = None
        self._keys = self._patch([*_KEYS, *(f"[{key.name}] {key.label}" for key in keys)])
        self._overlay_on = True
        self._keys_on = False
        self._quit = False
        self._actions: dict[str, Callable[[], None]] = {
            "q": self._ask_to_quit,
            "\x1b": self._ask_to_quit,
            "o": self._toggle_overlay,
            "?": self._toggle_keys,
            **{key.name: key.press for key in keys},
        }

    def send(self, picture: Picture) -> None:
        """See `Output.send`. Does nothing once the user has closed the window."""
        if not self._screen.is_open:
            # Showing on would open it again.
            self._ask_to_quit()
            return
        cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2BGR, dst=self._shown)
        self._draw_overlay()
        self._screen.show(self._shown)
        action = self._actions.get(self._screen.key())
        if action is not None:
            action()

    def close(self) -> None:
        """See `Output.close`."""
        self._screen.close()

    def _draw_overlay(self) -> None:
        """Blend the panels; they are grey, so that BGR or RGB is the same to them."""
        top = self._margin_px
        if self._overlay_on:
            overlay = self._current_overlay()
            overlay.blend(self._shown, self._margin_px, top)
            top += overlay.height + self._margin_px // 2
        if self._keys_on and top + self._keys.height <= len(self._shown):
            self._keys.blend(self._shown, self._margin_px, top)

    def _current_overlay(self) -> Patch:
        if self._overlay is None or self._until_refresh == 0:
            self._overlay = self._patch(self._status())
            self._until_refresh = _PICTURES_PER_REFRESH
        self._until_refresh -= 1
        return self._overlay

    def _patch(self, lines: Sequence[str]) -> Patch:
        height, width = self._shown.shape[:2]
        rgba = panel(lines, self._text_px, _OPACITY)
        return Patch(rgba[: height - self._margin_px, : width - self._margin_px])

    def _ask_to_quit(self) -> None:
        if not self._quit:
            self._quit = True
            self._on_quit()

    def _toggle_overlay(self) -> None:
        self._overlay_on = not self._overlay_on

    def _toggle_keys(self) -> None:
        self._keys_on = not self._keys_on


def _desktop_window(size: tuple[int, int]) -> Screen:
    from realtime.output.opencv_screen import OpenCvScreen

    return OpenCvScreen(_TITLE, size)
