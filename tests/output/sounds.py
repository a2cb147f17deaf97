"""Driving videos with sound, made on the spot."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

TONES_HZ = (400, 900, 1700)
"The sound changes its tone every second."


def tones(rate: int, seconds: float) -> NDArray[np.float32]:
    """(1, samples)"""
    t = np.arange(round(rate * seconds)) / rate
    tone_hz = np.array(TONES_HZ)[t.astype(int) % len(TONES_HZ)]
    return np.asarray(0.5 * np.sin(2 * np.pi * tone_hz * t), np.float32)[None]


def write_driving(
    path: Path, codec: str, rate: int, seconds: float, picture_from_s: float = 0.0
) -> None:
    """A grey video whose first picture comes `picture_from_s` after the sound begins."""
    with av.open(path, "w") as container:
        video = container.add_stream("libx264", rate=25)
        assert isinstance(video, VideoStream)
        video.width, video.height = 64, 48
        sound = container.add_stream(codec, rate=rate)
        assert isinstance(sound, AudioStream)
        sound.layout = "mono"
        for index in range(round(25 * seconds)):
            frame = VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), "rgb24")
            frame.pts = index + round(picture_from_s * 25)
            frame.time_base = Fraction(1, 25)
            container.mux(video.encode(frame))
        samples = tones(rate, seconds + picture_from_s)
        whole = AudioFrame.from_ndarray(_as_format(samples, sound), sound.format.name, "mono")
        whole.sample_rate, whole.pts = rate, 0
        resampler = av.AudioResampler(sound.format, "mono", rate, frame_size=1024)
        for piece in [*resampler.resample(whole), *resampler.resample(None)]:
            container.mux(sound.encode(piece))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))


def _as_format(
    samples: NDArray[np.float32], sound: AudioStream
) -> NDArray[np.float32] | NDArray[np.int16] | NDArray[np.int32]:
    if sound.format.name.startswith("s16"):
        return (samples * 32767).astype(np.int16)
    if sound.format.name.startswith("s32"):
        return (samples.astype(np.float64) * (2**31 - 1)).astype(np.int32)
    return samples


def tone_at(samples: NDArray[np.float32], rate: int, t_s: float) -> float:
    """The loudest frequency within 0.2 s around a time, hertz."""
    piece = samples[round((t_s - 0.1) * rate) : round((t_s + 0.1) * rate)]
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece))))
    return float(np.argmax(spectrum)) / 0.2
