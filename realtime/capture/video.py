"""Video files, decoded with their real time stamps, upright and in square pixels."""

import struct
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
from av.video.reformatter import VideoReformatter

from realtime.capture import EndOfSource
from realtime.capture.orientation import Orientation
from realtime.errors import InputError
from realtime.types import RGB, Frame

if TYPE_CHECKING:
    from av.codec.context import CodecContext
    from av.container import InputContainer
    from av.sidedata.sidedata import SideData
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_RATE_WHEN_UNTOLD = Fraction(25)
_BEARABLE_PIXEL_ASPECT = (Fraction(1, 4), Fraction(4))  # what lies outside is a broken header


class VideoFile:
    """A video file as a source, once or for ever.

    Damage in the middle costs the frames that it hit and no others; a file cut short ends where
    it was cut. The pixels of every frame are the caller's for good.
    """

    def __init__(self, path: Path, *, loop: bool = False) -> None:
        """Open the file and decode its first frame.

        Args:
            path: any file that FFmpeg reads.
            loop: start again at the end; time stamps go on rising.

        Raises:
            InputError: no such file, not a video, or nothing in it can be decoded.
        """
        self._path = path
        self._loop = loop
        self._lock = threading.Lock()
        self._closed = False
        self._reformatter = VideoReformatter()
        self._sequence = -1
        self._last_ns = -1
        self._offset_ns = 0
        self._opened = _Opened(path)
        self._decoded = self._opened.frames()
        stream = self._opened.stream
        self._rate = stream.average_rate or stream.guessed_rate or _RATE_WHEN_UNTOLD
        try:
            first = self._first_decoded()
        except InputError:
            self._opened.close()
            raise
        self._pending: VideoFrame | None = first
        self._orientation = _orientation(first)
        self._decoded_size = _square_pixel_size(first, stream)

    @property
    def rate(self) -> Fraction:
        """Frames per second, exact; the average of a file whose rate varies."""
        return self._rate

    @property
    def fps(self) -> float:
        """See `Source.fps`."""
        return float(self._rate)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of every frame that `read` returns."""
        return self._orientation.size(*self._decoded_size)

    @property
    def frame_count(self) -> int | None:
        """How many frames the file says it has; None when it does not say."""
        return self._opened.frame_count

    def read(self) -> Frame:
        """See `Source.read`; `captured_ns` counts from the start of the file."""
        with self._lock:
            if self._closed:
                raise EndOfSource
            decoded = self._pending or self._next_decoded()
            self._pending = None
            if decoded is None and self._loop:
                decoded = self._rewound()
            if decoded is None:
                raise EndOfSource
            self._last_ns = self._time_ns(decoded)
            return Frame(self._pixels(decoded), self._sequence, self._last_ns)

    def close(self) -> None:
        """See `Source.close`."""
        with self._lock:
            self._closed = True
            self._opened.close()

    def _first_decoded(self) -> "VideoFrame":
        first = self._next_decoded()
        if first is None:
            raise InputError(f"no picture in {self._path} can be decoded: use another copy of it")
        return first

    def _next_decoded(self) -> "VideoFrame | None":
        """The next frame that decodes; None at the end."""
        for decoded in self._decoded:
            self._sequence += 1
            if decoded is not None:
                return decoded
        return None

    def _rewound(self) -> "VideoFrame | None":
        # Opened anew, because seeking to the start fails in more formats than opening does.
        self._opened.close()
        self._opened = _Opened(self._path)
        self._decoded = self._opened.frames()
        decoded = self._next_decoded()
        if decoded is not None:
            self._offset_ns = self._expected_ns() - (self._opened.time_ns(decoded) or 0)
        return decoded

    def _time_ns(self, decoded: "VideoFrame") -> int:
        told_ns = self._opened.time_ns(decoded)
        if told_ns is None or told_ns + self._offset_ns <= self._last_ns:
            return self._expected_ns()
        return told_ns + self._offset_ns

    def _expected_ns(self) -> int:
        return 0 if self._last_ns < 0 else self._last_ns + round(1_000_000_000 / self._rate)

    def _pixels(self, decoded: "VideoFrame") -> RGB:
        width, height = self._decoded_size
        # One thread: left to itself, swscale takes every core from tracking and rendering.
        rgb = self._reformatter.reformat(decoded, width, height, "rgb24", threads=1)
        return self._orientation.turn(cast("RGB", rgb.to_ndarray()))


class _Opened:
    """One walk through the file: its container, its video stream, its time base."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._container = _open(path)
        try:
            self.stream = _video_stream(path, self._container)
        except InputError:
            self._container.close()
            raise
        # One thread: a face-sized video decodes in a millisecond, and the other cores are taken.
        self.stream.codec_context.thread_count = 1
        self.frame_count = self.stream.frames or None
        starts = (
            stream.start_time * stream.time_base
            for stream in (self.stream, *self._container.streams.audio)
            if stream.start_time is not None and stream.time_base is not None
        )
        self._start = min(starts, default=Fraction(0))

    def frames(self) -> "Iterator[VideoFrame | None]":
        """Every frame in order of presentation; None for a packet that does not decode."""
        try:
            for packet in self._container.demux(self.stream):
                try:
                    yield from packet.decode()
                except av.error.InvalidDataError:
                    yield None
        except (av.error.InvalidDataError, av.error.EOFError):
            return
        except av.error.FFmpegError as error:
            raise InputError(f"{self._path} cannot be read on ({error}): check the disk") from error

    def time_ns(self, decoded: "VideoFrame") -> int | None:
        """Presentation time from the start of the file; None when the file does not say."""
        if decoded.pts is None or decoded.time_base is None:
            return None
        return max(0, round((decoded.pts * decoded.time_base - self._start) * 1_000_000_000))

    def close(self) -> None:
        self._container.close()


def _open(path: Path) -> "InputContainer":
    if not path.is_file():
        what = "is a folder, not a video file" if path.is_dir() else "does not exist"
        raise InputError(f"{path} {what}: check the path")
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty (0 bytes): use another copy of it")
    try:
        # As "file:", and nothing but files: a name with a colon or a playlist stays off the net.
        return av.open(
            f"file:{path}", metadata_errors="ignore", options={"protocol_whitelist": "file"}
        )
    except av.error.PermissionError as error:
        raise InputError(f"{path} may not be read: check its permissions") from error
    except av.error.FFmpegError as error:
        raise InputError(
            f"{path} is not a video or is damaged ({error.strerror}): give an MP4, MOV, MKV or WebM"
        ) from error


def _video_stream(path: Path, container: "InputContainer") -> "VideoStream":
    """The first moving picture; cover art of a song is none."""
    if container.format.name == "image2" or container.format.name.endswith("_pipe"):
        raise InputError(f"{path} is a still picture: give a video, or a folder of pictures")
    cover = av.stream.Disposition.attached_pic
    streams = [s for s in container.streams.video if not s.disposition & cover]
    if not streams:
        raise InputError(f"{path} holds no video stream: give a file with moving pictures")
    if cast("CodecContext | None", streams[0].codec_context) is None:
        raise InputError(
            f"{path} is damaged, or in a format that cannot be decoded: convert it to H.264"
        )
    return streams[0]


def _square_pixel_size(decoded: "VideoFrame", stream: "VideoStream") -> tuple[int, int]:
    aspect = stream.sample_aspect_ratio or Fraction(1)
    narrowest, widest = _BEARABLE_PIXEL_ASPECT
    if not narrowest <= aspect <= widest:
        aspect = Fraction(1)
    return max(1, round(decoded.width * aspect)), decoded.height


def _orientation(decoded: "VideoFrame") -> Orientation:
    try:
        matrix = cast("SideData | None", decoded.side_data.get("DISPLAYMATRIX"))
    except ValueError:  # PyAV does not know every kind of side data: EXIF of a motion JPEG
        return Orientation.of_rotation(decoded.rotation)
    if matrix is None:
        return Orientation(transpose=False, flip_x=False, flip_y=False)
    return Orientation.of_matrix(struct.unpack("=9i", bytes(matrix)))
