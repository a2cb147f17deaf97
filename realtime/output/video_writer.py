"""A finished video file, or none: the offline writer."""

import os
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av

from realtime.errors import InputError, OutputError
from realtime.output.audio_track import AudioTrack, open_audio_track
from realtime.output.h264 import H264Track
from realtime.types import RGB

_CONTAINER = {"movflags": "faststart"}
_ENCODER = {"preset": "veryfast", "crf": "17"}


class VideoWriter:
    """Writes pictures at an exact rate into an MP4 that appears when it is complete.

    Until `finish`, a file of that name stays what it was; an exception inside the `with` block
    leaves nothing behind. Pictures of odd width or height get their last column or row twice.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        rate: Fraction,
        audio_from: Path | None = None,
    ) -> None:
        """Start a file of `size`, width and height, with the sound of `audio_from`, if it has any.

        Raises:
            InputError: the name does not end in .mp4, or `audio_from` cannot be opened.
            OutputError: nothing can be written there.
        """
        if path.suffix.lower() != ".mp4":
            raise InputError(f"cannot write {path}: give it a name that ends in .mp4")
        self._path = path
        self._rate = rate
        self._count = 0
        self._ended = False
        # Beside the target: only within one file system is a rename atomic.
        self._partial = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
        self._claim()
        self._audio: AudioTrack | None = None
        self._container = av.open(f"file:{self._partial}", "w", format="mp4", options=_CONTAINER)
        self._video = H264Track(self._container, size, rate, 1 / rate, _ENCODER)
        if audio_from is not None:
            try:
                self._audio = open_audio_track(audio_from, self._container)
            except InputError:
                self.abort()
                raise

    def write(self, pixels: RGB) -> None:
        """Append one picture.

        Raises:
            OutputError: it cannot be stored; nothing is left behind.
        """
        try:
            self._video.write(pixels, self._count, 1)
            self._count += 1
            if self._audio is not None:
                self._audio.write_until(self._count / self._rate)
        except (OSError, av.FFmpegError) as error:
            raise self._failure(error) from error

    def finish(self) -> None:
        """Complete the file and give it its name. Nothing can be written afterwards.

        Raises:
            OutputError: that failed, or nothing was written; nothing is left behind.
        """
        if self._count == 0:
            self.abort()
            raise OutputError(f"nothing to write to {self._path}: there was not a single picture")
        try:
            self._video.flush()
            if self._audio is not None:
                self._audio.finish()
            self._container.close()
            self._partial.replace(self._path)
        except (OSError, av.FFmpegError) as error:
            raise self._failure(error) from error
        self._end()

    def abort(self) -> None:
        """Leave nothing behind; what was there before stays. Harmless once ended."""
        if not self._ended:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if kind is None and not self._ended:
            self.finish()
        self.abort()

    def _claim(self) -> None:
        """Find out now, not after minutes of work, whether a file can be made there."""
        try:
            if self._path.is_dir():
                raise IsADirectoryError(21, "Is a directory")
            self._partial.touch()
        except OSError as error:
            message = f"cannot write {self._path}: {error.strerror}; choose another place"
            raise OutputError(message) from error

    def _failure(self, error: OSError | av.FFmpegError) -> OutputError:
        self._end()
        return OutputError(
            f"cannot write {self._path}: {error.strerror}; make room or choose another place"
        )

    def _end(self) -> None:
        self._ended = True
        if self._audio is not None:
            self._audio.close()
        with suppress(OSError, av.FFmpegError):
            self._container.close()
        self._partial.unlink(missing_ok=True)
