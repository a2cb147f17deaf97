"""What was sent, as a video file, while it is being sent."""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av

from realtime.errors import InputError, OutputError
from realtime.output.fragment_file import FragmentFile
from realtime.output.h264 import H264Track
from realtime.runtime.clock import Clock
from realtime.types import Picture

_TICKS_PER_S = 90_000
# Fragments are whole on disk once written; at the end they become an ordinary, seekable MP4.
_CONTAINER = {"movflags": "hybrid_fragmented+empty_moov+frag_keyframe+default_base_moof"}
# One thread, no look-ahead: tracking and rendering have the other cores, and 1280x720 takes about
# 8 ms a picture. Slower presets save a third of the space for twice the time.
_ENCODER = {"preset": "ultrafast", "tune": "zerolatency", "crf": "21", "threads": "1"}


class Recorder:
    """Writes an MP4 with the pictures as they are sent, each at its own time.

    A file of that name is replaced. Should the process die, all but about the last second plays;
    should the disk fill up, all that was written plays. The muxer keeps some 7 MB an hour in
    memory, the index of the finished file.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: float, clock: Clock) -> None:
        """Create the file for pictures of `size`, width and height, expected `fps` a second.

        Raises:
            InputError: the name does not end in .mp4.
            OutputError: the file cannot be created.
        """
        if path.suffix.lower() != ".mp4":
            raise InputError(f"cannot record to {path}: give it a name that ends in .mp4")
        self._path = path
        self._clock = clock
        self._period = round(_TICKS_PER_S / fps)
        self._start_ns: int | None = None
        self._pts = -1
        self._failed = False
        try:
            self._file = FragmentFile(path)
        except OSError as error:
            message = f"cannot record to {path}: {error.strerror}; choose another place"
            raise OutputError(message) from error
        self._container = av.open(self._file, "w", format="mp4", options=_CONTAINER)
        keyframes = {"g": str(max(1, round(fps)))}
        rate = Fraction(fps).limit_denominator(1001)
        self._track = H264Track(
            self._container, size, rate, Fraction(1, _TICKS_PER_S), _ENCODER | keyframes
        )

    def send(self, picture: Picture) -> None:
        """See `Output.send`. Its time in the file is the clock's now, not the capture stamp."""
        now_ns = self._clock.now_ns()
        if self._start_ns is None:
            self._start_ns = now_ns
        ticks = (now_ns - self._start_ns) * _TICKS_PER_S // 1_000_000_000
        # Two pictures in one tick: the later one waits for the next tick.
        self._pts = max(self._pts + 1, ticks)
        try:
            self._track.write(picture.pixels, self._pts, self._period)
        except (OSError, av.FFmpegError) as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Finish the file.

        Raises:
            OutputError: its end could not be written; what came before plays.
        """
        if self._failed:
            return
        if self._start_ns is None:
            self._discard()
            return
        try:
            self._track.flush()
            self._container.close()
        except (OSError, av.FFmpegError) as error:
            raise self._failure(error) from error
        finally:
            self._file.close()

    def _failure(self, error: OSError | av.FFmpegError) -> OutputError:
        """The error to raise, after the file was ended at its last whole fragment."""
        self._failed = True
        self._discard()
        kept = "what was recorded so far plays" if self._path.exists() else "nothing was recorded"
        return OutputError(f"cannot record to {self._path}: {error.strerror}; {kept}")

    def _discard(self) -> None:
        """End the file now; what the container still wants to write is let fall."""
        self._file.abandon()
        with suppress(OSError, av.FFmpegError):
            self._container.close()
        self._file.close()
