import numpy as np

from realtime.output.contact_sheet import Moments, contact_sheet
from realtime.types import RGB, Picture


def picture(sequence: int, captured_ns: int | None = 0) -> Picture:
    return Picture(np.full((4, 6, 3), sequence % 256, np.uint8), sequence, captured_ns)


def plain(width: int, height: int, level: int) -> RGB:
    return np.full((height, width, 3), level, np.uint8)


def test_moments_keep_the_first_picture_at_or_after_each() -> None:
    moments = Moments([3, 10, 20])
    for sequence in (0, 1, 4, 5, 9, 10, 11, 23, 24):
        moments.send(picture(sequence))
    assert [kept.sequence for kept in moments.pictures] == [4, 10, 23]


def test_a_moment_that_nothing_came_for_is_missing() -> None:
    moments = Moments([3, 10, 20])
    for sequence in (12, 13, 30):
        moments.send(picture(sequence))
    assert [kept.sequence for kept in moments.pictures] == [12, 30]


def test_moments_keep_copies_and_no_cards() -> None:
    moments = Moments([0])
    moments.send(picture(-1, captured_ns=None))
    moments.send(picture(5, captured_ns=None))
    sent = picture(7)
    moments.send(sent)
    sent.pixels[...] = 99
    (kept,) = moments.pictures
    assert (kept.pixels == 7).all()


def test_sheet_shows_rows_of_pictures_of_one_height() -> None:
    sheet = contact_sheet([[plain(20, 10, 50), plain(40, 40, 100)], [plain(5, 10, 150)]], 10)
    assert (sheet[:10, :20] == 50).all()
    assert (sheet[:10, 26:36] == 100).all()
    assert (sheet[16:26, :5] == 150).all()
    assert (sheet[16:26, 5:] > 200).all(), "paper"
    assert sheet.shape == (32, 42, 3)
