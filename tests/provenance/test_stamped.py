import numpy as np
import pytest

from realtime.errors import OutputError
from realtime.provenance.badge import Badge
from realtime.provenance.stamped import Stamped
from realtime.types import Picture

SIZE = (320, 180)


class KeepingOutput:
    def __init__(self) -> None:
        self.received: list[Picture] = []
        self.closed = 0

    def send(self, picture: Picture) -> None:
        kept = Picture(picture.pixels.copy(), picture.sequence, picture.captured_ns)
        self.received.append(kept)

    def close(self) -> None:
        self.closed += 1


class FailingOutput(KeepingOutput):
    def send(self, picture: Picture) -> None:
        raise OutputError("disk full")


def test_every_picture_arrives_marked_with_its_stamps() -> None:
    inner, badge = KeepingOutput(), Badge(SIZE)
    stamped = Stamped(inner, badge)
    pictures = [
        Picture(np.full((180, 320, 3), grey, np.uint8), sequence=grey, captured_ns=grey * 1000)
        for grey in (10, 90, 250)
    ]
    for picture in pictures:
        stamped.send(picture)
    for sent, received in zip(pictures, inner.received, strict=True):
        expected = sent.pixels.copy()
        badge.stamp(expected)
        np.testing.assert_array_equal(received.pixels, expected)
        assert (received.sequence, received.captured_ns) == (sent.sequence, sent.captured_ns)


def test_the_callers_picture_stays_unmarked_and_can_be_sent_again() -> None:
    inner = KeepingOutput()
    stamped = Stamped(inner, Badge(SIZE))
    pixels = np.full((180, 320, 3), 200, np.uint8)
    for _ in range(2):
        stamped.send(Picture(pixels, sequence=1, captured_ns=5))
    assert (pixels == 200).all()
    np.testing.assert_array_equal(inner.received[0].pixels, inner.received[1].pixels)


def test_closing_and_failing_pass_through_and_leave_the_picture_unmarked() -> None:
    inner = FailingOutput()
    stamped = Stamped(inner, Badge(SIZE))
    pixels = np.zeros((180, 320, 3), np.uint8)
    with pytest.raises(OutputError, match="disk full"):
        stamped.send(Picture(pixels, sequence=0, captured_ns=0))
    assert not pixels.any()
    stamped.close()
    assert inner.closed == 1
