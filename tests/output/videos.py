"""Pictures to write and a reader for what was written."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from numpy.typing import NDArray

from realtime.types import RGB

BARS = [(210, 30, 40), (30, 190, 60), (40, 50, 200), (228, 180, 150), (90, 60, 45), (128, 128, 128)]


def bars(size: tuple[int, int], shift: int = 0) -> RGB:
    """Upright bars of strong colours and skin tones, moved on by `shift` bars."""
    width, height = size
    which = (np.arange(width) * len(BARS) // width + shift) % len(BARS)
    row = np.array(BARS, np.uint8)[which]
    return np.ascontiguousarray(np.broadcast_to(row, (height, width, 3)))


def bar_error(decoded: RGB, size: tuple[int, int], shift: int = 0) -> int:
    """The largest error in the middle of any bar; chroma of half the size blurs their edges."""
    width, height = size
    middles = ((np.arange(len(BARS)) + 0.5) * width / len(BARS)).astype(int)
    wanted = bars(size, shift)[:, middles].astype(int)
    return int(np.abs(decoded[:height, middles] - wanted).max())


def noise(size: tuple[int, int], seed: int) -> RGB:
    """A picture that takes much space."""
    width, height = size
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Film:
    """What a video file holds, decoded to its end."""

    pictures: list[RGB]
    times_s: list[float]
    rate: Fraction
    duration_s: float
    colour_tags: tuple[int, int, int, int]
    "Matrix, primaries, transfer, range; 1 is BT.709 and limited range."
    audio_codec: str | None
    audio: NDArray[np.float32]
    "(channels, samples)"
    audio_rate: int


def read_film(path: Path) -> Film:
    """Decode the whole file; anything broken in it raises."""
    with av.open(path) as container:
        video = container.streams.video[0]
        frames: list[VideoFrame] = []
        sounds: list[AudioFrame] = []
        for packet in container.demux():
            for frame in packet.decode():
                if isinstance(frame, VideoFrame):
                    frames.append(frame)
                elif isinstance(frame, AudioFrame):
                    sounds.append(frame)
        context = video.codec_context
        audio = container.streams.audio[0] if container.streams.audio else None
        assert video.average_rate is not None
        assert video.time_base is not None
        return Film(
            pictures=[_rgb(frame) for frame in frames],
            times_s=[frame.time for frame in frames],
            rate=Fraction(video.average_rate),
            duration_s=float((video.duration or 0) * video.time_base),
            colour_tags=(
                context.colorspace,
                context.color_primaries,
                context.color_trc,
                context.color_range,
            ),
            audio_codec=audio.codec_context.name if audio else None,
            audio=np.concatenate([s.to_ndarray() for s in sounds], axis=1, dtype=np.float32)
            if sounds
            else np.zeros((0, 0), np.float32),
            audio_rate=audio.codec_context.rate if audio else 0,
        )


def _rgb(frame: VideoFrame) -> RGB:
    decoded = frame.to_ndarray(format="rgb24", src_colorspace=Colorspace.ITU709)
    return np.asarray(decoded, np.uint8)
