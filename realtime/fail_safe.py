"""Stages that outlive their own failures: the show goes on, and the log says why it looks odd.

A `MimicamError` still ends the run: it says that the thing is broken for good, and what to do.
"""

from collections.abc import Sequence

import numpy as np

from realtime.errors import MimicamError
from realtime.render import Renderer
from realtime.runtime.trouble import Trouble
from realtime.track import Tracker
from realtime.types import RGB, Face, Frame, Motion

_BEARABLE = 1
"So many pictures in a row may stay out; the last one is shown meanwhile."


class FailSafeTracker:
    """Finds no face where its tracker fails."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self._trouble = Trouble(__name__)

    def track(self, frame: Frame) -> Face | None:
        """See `Tracker.track`."""
        try:
            face = self._tracker.track(frame)
        except MimicamError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the avatar can go on without
            self._trouble.failed(f"tracking fails ({_told(error)}); the avatar goes on alone")
            return None
        self._trouble.worked()
        return face


class FailSafeRenderer:
    """Draws with the first of several renderers that works, and shows a card when none does."""

    def __init__(self, renderers: Sequence[Renderer], card: RGB) -> None:
        """`renderers` are the caller's to close; `card` is of their size."""
        self._renderers = [(renderer, Trouble(__name__)) for renderer in renderers]
        self._card = card
        self._failures = 0

    @property
    def failing(self) -> bool:
        """Whether the last picture was not drawn by any renderer."""
        return self._failures > 0

    def render(self, motion: Motion, out: RGB) -> bool:
        """Draw into `out`; False when the picture before that shall stay."""
        for renderer, trouble in self._renderers:
            try:
                renderer.render(motion, out)
            except Exception as error:
                # Whatever it is, something must be shown.
                if isinstance(error, MimicamError) and renderer is self._renderers[-1][0]:
                    raise
                trouble.failed(f"drawing fails ({_told(error)}); another picture stands in")
                continue
            trouble.worked()
            self._failures = 0
            return True
        self._failures += 1
        np.copyto(out, self._card)
        return self._failures > _BEARABLE


def _told(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
