"""Small videos and pictures whose every corner has a colour of its own."""

import struct
import zlib
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from realtime.types import RGB

RED, GREEN, BLUE, WHITE = (250, 10, 10), (10, 250, 10), (10, 10, 250), (240, 240, 240)

NAMES = {RED: "red", GREEN: "green", BLUE: "blue", WHITE: "white"}


def scene(width: int = 64, height: int = 48) -> RGB:
    """Red top left, green top right, blue bottom left, white bottom right."""
    pixels = np.empty((height, width, 3), np.uint8)
    middle_x, middle_y = width // 2, height // 2
    pixels[:middle_y, :middle_x], pixels[:middle_y, middle_x:] = RED, GREEN
    pixels[middle_y:, :middle_x], pixels[middle_y:, middle_x:] = BLUE, WHITE
    return pixels


def corners(pixels: NDArray[np.uint8]) -> list[str]:
    """The colours of the four quarters, top left, top right, bottom left, bottom right."""
    height, width = pixels.shape[:2]
    rows, columns = (height // 4, height - height // 4 - 1), (width // 4, width - width // 4 - 1)
    found = [pixels[row, column].astype(int) for row in rows for column in columns]
    return [
        NAMES[min(NAMES, key=lambda colour: int(np.abs(colour - pixel).sum()))] for pixel in found
    ]


def grey_level(pixels: RGB) -> int:
    return round(float(pixels.mean()))


def level_of(index: int) -> int:
    """The grey level that tells the frame `index` (below 12) from its neighbours."""
    return 20 + 18 * index


def counted(count: int, width: int = 64, height: int = 48) -> list[RGB]:
    """Plain grey frames that tell their index."""
    return [np.full((height, width, 3), level_of(index), np.uint8) for index in range(count)]


def write_video(
    path: Path,
    frames: Sequence[RGB],
    *,
    codec: str = "libx264",
    rate: Fraction = Fraction(30),
    times_ms: Sequence[int] | None = None,
    rotation: tuple[float, bool] | None = None,
    pixel_aspect: Fraction | None = None,
    sound_from_ms: int | None = None,
    pix_fmt: str = "yuv420p",
) -> Path:
    """Encode `frames`; `rotation` is degrees against the clock, then whether to mirror."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pix_fmt
        stream.gop_size = 4
        sound = None if sound_from_ms is None else container.add_stream("aac", rate=16_000)
        if rotation is not None:
            stream.set_display_rotation(rotation[0], hflip=rotation[1])
        if pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        if times_ms is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for index, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            if times_ms is not None:
                frame.pts, frame.time_base = times_ms[index], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if isinstance(sound, av.AudioStream) and sound_from_ms is not None:
            _write_silence(container, sound, sound_from_ms)
    return path


def blank_packets(path: Path, indices: Iterable[int]) -> Path:
    """Overwrite the pictures `indices` of an AVI, so that they do not decode."""
    content = bytearray(path.read_bytes())
    at, starts = content.index(b"movi") + 4, []
    while content[at : at + 4] == b"00dc":
        starts.append(at)
        at += 8 + _chunk_size(content, at)
    for index in indices:
        start, size = starts[index] + 8, _chunk_size(content, starts[index])
        content[start : start + size] = b"\xff" * size
    path.write_bytes(content)
    return path


def _chunk_size(content: bytes | bytearray, at: int) -> int:
    size = int.from_bytes(content[at + 4 : at + 8], "little")
    return size + size % 2


def write_song(path: Path) -> Path:
    """A file with sound and no pictures."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=16_000)
        assert isinstance(sound, av.AudioStream)
        _write_silence(container, sound, 0)
    return path


def _write_silence(
    container: av.container.OutputContainer, stream: av.AudioStream, from_ms: int
) -> None:
    silence = np.zeros((1, 4096), np.float32)
    block = av.AudioFrame.from_ndarray(silence, "fltp", "mono")
    block.sample_rate = 16_000
    block.pts, block.time_base = from_ms * 16, Fraction(1, 16_000)
    container.mux(stream.encode(block))
    container.mux(stream.encode())


def png_header(width: int, height: int) -> bytes:
    """A PNG that says it is huge, and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(b"\0" * 64))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")
