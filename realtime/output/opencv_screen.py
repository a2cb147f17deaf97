"""A window on the desktop, through OpenCV's highgui."""

import os
from collections import deque
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.errors import DeviceError
from realtime.output.display import display_missing

_CLICKS_KEPT = 8


class OpenCvScreen:
    """See `realtime.output.window.Screen`. Main thread only."""

    def __init__(self, title: str, size: tuple[int, int]) -> None:
        """Open a resizable window of `size`, width and height in pixels.

        Raises:
            DeviceError: there is no display, or this OpenCV was built without windows.
        """
        missing = display_missing()
        if missing:
            raise DeviceError(missing)
        # Qt warns about the fonts that OpenCV's wheel lacks; any folder that exists quiets it, and
        # the text in this window is drawn without Qt.
        os.environ["QT_QPA_FONTDIR"] = str(Path(cv2.__file__).parent)
        self._title = title
        self._shown = False
        self._clicks: deque[tuple[int, int]] = deque(maxlen=_CLICKS_KEPT)
        try:
            cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.resizeWindow(title, *size)
            cv2.setMouseCallback(title, self._point)
        except cv2.error as error:
            message = (
                f"this OpenCV cannot open windows ({error.err}): "
                "python -m pip install --force-reinstall opencv-contrib-python"
            )
            raise DeviceError(message) from error

    @property
    def is_open(self) -> bool:
        """See `Screen.is_open`."""
        if not self._shown:
            return True
        try:
            return bool(cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1)
        except cv2.error:  # Qt, once its last window is gone
            return False

    def show(self, bgr: NDArray[np.uint8]) -> None:
        """See `Screen.show`."""
        try:
            cv2.imshow(self._title, bgr)
        except cv2.error as error:
            raise DeviceError(f"the window is gone ({error.err}); start again") from error
        self._shown = True

    def key(self) -> str:
        """See `Screen.key`."""
        code = cv2.pollKey()
        return chr(code & 0xFF) if code >= 0 else ""

    def click(self) -> tuple[int, int] | None:
        """Where the left button was pressed, x and y in pixels of what is shown; oldest first."""
        return self._clicks.popleft() if self._clicks else None

    def close(self) -> None:
        """See `Screen.close`."""
        # The user may have closed it first.
        with suppress(cv2.error):
            cv2.destroyWindow(self._title)
            cv2.pollKey()

    def _point(self, event: int, x: int, y: int, *_: object) -> None:
        if event == cv2.EVENT_LBUTTONDOWN:
            self._clicks.append((x, y))
