"""Whether a window can be opened at all: Qt, which OpenCV draws windows with, aborts where not."""

import ctypes
import os
import sys
from collections.abc import Mapping
from pathlib import Path

_PLUGIN = Path("qt", "plugins", "platforms", "libqxcb.so")
_INSTEAD = "run it on a desktop, or without a window"


def display_missing(environment: Mapping[str, str] = os.environ) -> str | None:
    """Why no window can be opened, and what to do about it, in one line; None when one can."""
    if sys.platform != "linux":
        return None
    name = environment.get("DISPLAY")
    if not name:
        wayland = " (Wayland alone will not do: it takes XWayland)"
        hint = wayland if environment.get("WAYLAND_DISPLAY") else ""
        return f"no display: DISPLAY is not set{hint}; {_INSTEAD}"
    try:
        _load_window_plugin()
        answers = _answers(name)
    except OSError as error:
        return (
            f"OpenCV cannot open windows ({error}); on Debian and Ubuntu: "
            "sudo apt-get install -y libgl1 libx11-6 libxext6 libsm6 libglib2.0-0"
        )
    return None if answers else f"display {name} cannot be opened (gone, or not yours); {_INSTEAD}"


def _load_window_plugin() -> None:
    import cv2

    plugin = Path(cv2.__file__).parent / _PLUGIN
    if plugin.exists():
        ctypes.CDLL(str(plugin))


def _answers(name: str) -> bool:
    """Whether the X server takes the connection that Qt is going to make."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(name.encode(), None)
    try:
        return int(xcb.xcb_connection_has_error(connection)) == 0
    finally:
        xcb.xcb_disconnect(connection)
