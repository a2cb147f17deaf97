"""The other side of the virtual camera: a program that shows it."""

import itertools
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from tests.devices import marker

_LINES = 2


@dataclass(frozen=True, slots=True)
class Sight:
    """One picture that arrived."""

    at_s: float
    number: int | None
    "What `marker.read` says."


class Viewer:
    """ffmpeg, watching a virtual camera from `with` to its end."""

    def __init__(self, device: str, width: int) -> None:
        """`width` in pixels, of the pictures that it must give."""
        self._width = width
        self._sights: list[Sight] = []
        self._news = threading.Condition()
        self._ffmpeg = subprocess.Popen(
            [
                *("ffmpeg", "-hide_banner", "-nostats", "-nostdin", "-f", "v4l2", "-i", device),
                *("-vf", f"crop=iw:{_LINES}:0:ih/4,format=gray", "-fps_mode", "passthrough"),
                *("-f", "rawvideo", "-flush_packets", "1", "-"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def watches(self) -> bool:
        return self._ffmpeg.poll() is None

    @property
    def sights(self) -> list[Sight]:
        """What was seen until now."""
        with self._news:
            return list(self._sights)

    def wait_for(self, there: Callable[[list[Sight]], bool], limit_s: float) -> list[Sight]:
        """What was seen once `there` holds of it."""
        with self._news:
            assert self._news.wait_for(lambda: there(self._sights), limit_s), (
                f"not seen within {limit_s} s; last: {self._sights[-5:]}, {self.watches=}"
            )
            return list(self._sights)

    def more(self, count: int, limit_s: float) -> list[Sight]:
        """The next `count` pictures."""
        before = len(self.sights)
        return self.wait_for(lambda sights: len(sights) >= before + count, limit_s)[before:]

    def close(self) -> str:
        """End it; what ffmpeg said about the stream."""
        self._ffmpeg.kill()  # it hears nothing else while it waits for a picture
        self._thread.join()
        return self._ffmpeg.communicate()[1].decode()

    def _watch(self) -> None:
        stdout = self._ffmpeg.stdout
        assert stdout is not None
        while pixels := stdout.read(self._width * _LINES):
            number = marker.read(np.frombuffer(pixels, np.uint8)[: self._width])
            with self._news:
                self._sights.append(Sight(time.monotonic(), number))
                self._news.notify_all()


def rate(sights: list[Sight]) -> float:
    """Pictures per second."""
    return (len(sights) - 1) / (sights[-1].at_s - sights[0].at_s)


def longest_gap_s(sights: list[Sight]) -> float:
    """The longest time without a picture."""
    return max(after.at_s - before.at_s for before, after in itertools.pairwise(sights))
