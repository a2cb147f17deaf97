"""The sound of one file carried into another, no longer than the pictures beside it."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal, Protocol, cast

import av
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.packet import Packet

from realtime.errors import InputError

# What every browser plays out of an MP4; other sound is encoded anew.
_COPIED = ("aac", "mp3")
_ENCODER: Literal["aac"] = "aac"
_BIT_RATE = 160_000
_FRAME_SAMPLES = 1024
_KEPT_RATES = (44_100, 48_000)
# Decoders need the packet before the first that is heard; players skip what lies before zero.
_LEAD_IN_S = Fraction(1, 20)


class AudioTrack(Protocol):
    """One sound track, written piece by piece beside the pictures."""

    def write_until(self, end_s: Fraction) -> None:
        """Store the sound that has not been stored and ends by `end_s`.

        Raises whatever the container's file raises, and `av.FFmpegError`.
        """

    def finish(self) -> None:
        """Store what the encoder still holds. Raises as `write_until` does."""

    def close(self) -> None:
        """Close the file that the sound comes from."""


def open_audio_track(source: Path, container: OutputContainer) -> AudioTrack | None:
    """A new track of `container` with the sound of `source`; None when it has none that decodes.

    Time zero is the first picture of `source`.

    Raises:
        InputError: `source` cannot be opened.
    """
    try:
        # As "file:", and nothing but files: a name with a colon or a playlist stays off the net.
        opened = av.open(
            f"file:{source}", metadata_errors="ignore", options={"protocol_whitelist": "file"}
        )
    except (OSError, av.FFmpegError) as error:
        message = f"cannot take the sound from {source}: {error.strerror}; check the file"
        raise InputError(message) from error
    stream = next(iter(opened.streams.audio), None)
    if stream is None or cast("CodecContext | None", stream.codec_context) is None:
        opened.close()
        return None
    if stream.codec_context.name.removesuffix("float") in _COPIED:
        return _CopiedTrack(opened, stream, container)
    return _EncodedTrack(opened, stream, container)


class _CopiedTrack:
    """Packets as they are."""

    def __init__(
        self, opened: InputContainer, stream: AudioStream, container: OutputContainer
    ) -> None:
        self._opened = opened
        self._container = container
        self._stream = container.add_stream_from_template(stream)
        self._zero = _first_picture(opened)
        self._packets = _packets(opened, stream)
        self._next = next(self._packets, None)
        self._longest = 0

    def write_until(self, end_s: Fraction) -> None:
        """See `AudioTrack.write_until`."""
        while self._next is not None and self._end_s(self._next) <= end_s:
            packet = self._next
            self._next = next(self._packets, None)
            if self._end_s(packet) > -_LEAD_IN_S:
                self._mux(packet)

    def finish(self) -> None:
        """See `AudioTrack.finish`."""

    def close(self) -> None:
        """See `AudioTrack.close`."""
        self._opened.close()

    def _end_s(self, packet: "Packet[AudioStream]") -> Fraction:
        # A file's last packet is often said to be shorter than what it decodes to.
        self._longest = max(self._longest, packet.duration or 0)
        return ((packet.pts or 0) + self._longest) * packet.time_base - self._zero

    def _mux(self, packet: "Packet[AudioStream]") -> None:
        earlier = round(self._zero / packet.time_base)
        packet.pts = (packet.pts or 0) - earlier
        packet.dts = packet.pts
        packet.stream = self._stream
        self._container.mux(packet)


class _EncodedTrack:
    """Sound decoded and encoded again as AAC; gaps in it become silence."""

    def __init__(
        self, opened: InputContainer, stream: AudioStream, container: OutputContainer
    ) -> None:
        self._opened = opened
        self._container = container
        self._rate = stream.rate if stream.rate in _KEPT_RATES else _KEPT_RATES[-1]
        layout = "mono" if stream.channels == 1 else "stereo"
        self._stream = container.add_stream(_ENCODER, rate=self._rate)
        self._stream.layout = layout
        self._stream.bit_rate = _BIT_RATE
        self._frames = self._resampled(stream, layout)
        self._waiting = AudioFifo()
        self._written = 0

    def write_until(self, end_s: Fraction) -> None:
        """See `AudioTrack.write_until`."""
        # Whole frames only: a player would play the padding of a short one.
        whole = int(end_s * self._rate) // _FRAME_SAMPLES * _FRAME_SAMPLES
        wanted = whole - self._written
        while self._waiting.samples < wanted and (frame := next(self._frames, None)) is not None:
            frame.pts = None
            self._waiting.write(frame)
        piece = self._waiting.read(max(0, wanted), partial=True) if self._waiting.samples else None
        if piece is not None:
            piece.pts, piece.time_base = self._written, Fraction(1, self._rate)
            self._written += piece.samples
            self._container.mux(self._stream.encode(piece))

    def finish(self) -> None:
        """See `AudioTrack.finish`."""
        self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        """See `AudioTrack.close`."""
        self._opened.close()

    def _resampled(self, stream: AudioStream, layout: str) -> Iterator[AudioFrame]:
        graph = Graph()
        wanted = f"sample_fmts=fltp:sample_rates={self._rate}:channel_layouts={layout}"
        graph.link_nodes(
            graph.add_abuffer(template=stream),
            graph.add("aresample", "async=1:first_pts=0"),
            graph.add("aformat", wanted),
            graph.add("abuffersink"),
        ).configure()
        for frame in _decoded(self._opened, stream):
            if frame.pts is not None and frame.time_base is not None:
                frame.pts -= round(_first_picture(self._opened) / frame.time_base)
            graph.push(frame)
            yield from _pulled(graph)
        graph.push(None)
        yield from _pulled(graph)


def _first_picture(opened: InputContainer) -> Fraction:
    """When the first picture is shown, in seconds of the file's own time."""
    video = next(iter(opened.streams.video), None)
    if video is None or video.start_time is None or video.time_base is None:
        return Fraction(0)
    return video.start_time * video.time_base


def _packets(opened: InputContainer, stream: AudioStream) -> "Iterator[Packet[AudioStream]]":
    """Packets with a time; a damaged file ends where the damage is."""
    try:
        for packet in opened.demux(stream):
            if packet.pts is not None:
                yield packet
    except av.error.InvalidDataError:
        return


def _decoded(opened: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    for packet in _packets(opened, stream):
        try:
            yield from stream.decode(packet)
        except av.error.InvalidDataError:
            continue
    yield from stream.decode(None)


def _pulled(graph: Graph) -> Iterator[AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        if isinstance(frame, AudioFrame):
            yield frame
