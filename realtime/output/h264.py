"""RGB pictures to H.264 that browsers play in the right colours; offline and live writers share it.

4:2:0 chroma needs even sizes: a picture of odd width or height gets its last column or row twice.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

import numpy as np
from av import VideoFrame
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream

from realtime.types import RGB

_CODEC: Literal["libx264"] = "libx264"
# BT.709 in ITU-T H.273: one number for matrix, primaries and transfer. Players guess BT.601 for
# untagged video of less than 720 lines, and skin turns greenish.
_BT709 = 1
_LIMITED_RANGE = 1


class H264Track:
    """One H.264 stream of a container, fed with pictures of one size.

    `write` and `flush` raise whatever the container's file raises, and `av.FFmpegError`.
    """

    def __init__(
        self,
        container: OutputContainer,
        size: tuple[int, int],
        rate: Fraction,
        time_base: Fraction,
        options: Mapping[str, str],
    ) -> None:
        """Add the stream; `time_base` is the seconds per tick of the times given to `write`."""
        self._container = container
        self._width, self._height = size
        width, height = self._width + self._width % 2, self._height + self._height % 2
        self._even: RGB = np.empty((height, width, 3), np.uint8)
        self._time_base = time_base
        self._reformatter = VideoReformatter()
        self._stream: VideoStream = container.add_stream(_CODEC, rate=rate, options={**options})
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = time_base
        context = self._stream.codec_context
        context.time_base = time_base
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED_RANGE

    def write(self, pixels: RGB, pts: int, duration: int) -> None:
        """Encode one picture and store what is ready; both times in ticks."""
        frame = self._reformatter.reformat(
            VideoFrame.from_numpy_buffer(self._evened(pixels), "rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            # Left to itself, swscale takes every core from tracking and rendering.
            threads=1,
        )
        frame.pts, frame.duration, frame.time_base = pts, duration, self._time_base
        self._container.mux(self._stream.encode(frame))

    def flush(self) -> None:
        """Store what the encoder still holds. Nothing can be written afterwards."""
        self._container.mux(self._stream.encode(None))

    def _evened(self, pixels: RGB) -> RGB:
        if pixels.shape == self._even.shape:
            return pixels
        self._even[: self._height, : self._width] = pixels
        self._even[self._height :, : self._width] = pixels[-1:]
        self._even[:, self._width :] = self._even[:, self._width - 1 : self._width]
        return self._even
