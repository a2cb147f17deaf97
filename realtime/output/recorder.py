"""What was sent, as a video file, while it is being sent."""

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer

from realtime.errors import InputError, OutputError
from realtime.output.fragment_file import FragmentFile
from realtime.output.h264 import H264Track
from realtime.runtime.clock import Clock
from realtime.types import Picture

_TICKS_PER_S = 90_000
# Fragments are whole on disk once written; at the end they become an ordinary, seekable MP4.
_CONTAINER = {"movflags": "hybrid_fragmented+empty_moov+frag_keyframe+default_base_moof"}
# One thread, no look-ahead, the quickest preset: tracking and rendering have the other cores, and
# the output may not wait. Slower presets would save space.
_ENCODER = {"preset": "ultrafast", "tune": "zerolatency", "crf": "21", "threads": "1"}


class Recorder:
    """Writes an MP4 with the pictures as they are sent, each at its own time.

    It begins with the first picture that answers a frame; the card before it is not recorded, and
    a file of that name is replaced only then. Should the process die, all but about the last
    second plays; should the disk fill up, all that was written plays. The muxer keeps the
    index of the finished file in memory, which grows with the recording.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: float, clock: Clock) -> None:
        """Prepare for pictures of `size`, width and height, expected `fps` a second.

        Raises:
            InputError: the name does not end in .mp4.
            OutputError: no file can be created there.
        """
        if path.suffix.lower() != ".mp4":
            raise InputError(f"cannot record to {path}: give it a name that ends in .mp4")
        _check_place(path)
        self._path = path
        self._size = size
        self._fps = fps
        self._clock = clock
        self._film: _Film | None = None
        self._start_ns = 0
        self._pts = -1
        self._failed = False

    def send(self, picture: Picture) -> None:
        """See `Output.send`. Its time in the file is the clock's now, not the capture stamp."""
        now_ns = self._clock.now_ns()
        if self._film is None:
            if picture.captured_ns is None:
                return
            self._film = self._begin()
            self._start_ns = now_ns
        ticks = (now_ns - self._start_ns) * _TICKS_PER_S // 1_000_000_000
        # Two pictures in one tick: the later one waits for the next tick.
        self._pts = max(self._pts + 1, ticks)
        try:
            self._film.track.write(picture.pixels, self._pts, round(_TICKS_PER_S / self._fps))
        except (OSError, av.FFmpegError) as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Finish the file.

        Raises:
            OutputError: its end could not be written; what came before plays.
        """
        if self._failed or self._film is None:
            return
        try:
            self._film.track.flush()
            self._film.container.close()
        except (OSError, av.FFmpegError) as error:
            raise self._failure(error) from error
        finally:
            self._film.file.close()

    def _begin(self) -> "_Film":
        try:
            file = FragmentFile(self._path)
        except OSError as error:
            raise _no_place(self._path, error) from error
        container = av.open(file, "w", format="mp4", options=_CONTAINER)
        keyframes = {"g": str(max(1, round(self._fps)))}
        rate = Fraction(self._fps).limit_denominator(1001)
        track = H264Track(
            container, self._size, rate, Fraction(1, _TICKS_PER_S), _ENCODER | keyframes
        )
        return _Film(file, container, track)

    def _failure(self, error: OSError | av.FFmpegError) -> OutputError:
        """The error to raise, after the file was ended at its last whole fragment."""
        self._failed = True
        if self._film is not None:
            self._film.abandon()
        kept = "what was recorded so far plays" if self._path.exists() else "nothing was recorded"
        return OutputError(f"cannot record to {self._path}: {error.strerror}; {kept}")


@dataclass(frozen=True, slots=True)
class _Film:
    """The open file and what writes it."""

    file: FragmentFile
    container: OutputContainer
    track: H264Track

    def abandon(self) -> None:
        """End the file now; what the container still wants to write is let fall."""
        self.file.abandon()
        with suppress(OSError, av.FFmpegError):
            self.container.close()
        self.file.close()


def _check_place(path: Path) -> None:
    """Find out before the run whether a file can be made there, without touching what is there."""
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if path.exists():
            path.open("ab").close()
        else:
            path.touch()
            path.unlink()
    except OSError as error:
        raise _no_place(path, error) from error


def _no_place(path: Path, error: OSError) -> OutputError:
    return OutputError(f"cannot record to {path}: {error.strerror}; choose another place")
