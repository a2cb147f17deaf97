import struct
from pathlib import Path

import pytest

from realtime.output.fragment_file import FragmentFile


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


HEAD = box(b"ftyp", b"iso5") + box(b"moov", bytes(100))
FRAGMENT = box(b"moof", bytes(30)) + box(b"mdat", b"pixels" * 9)


@pytest.mark.parametrize(
    ("tail", "whole_fragments"),
    [
        pytest.param(b"", 2, id="nothing-more"),
        pytest.param(FRAGMENT[:-1], 2, id="one-byte-short"),
        pytest.param(FRAGMENT[:20], 2, id="within-its-index"),
        pytest.param(FRAGMENT[:3], 2, id="within-a-box-header"),
        pytest.param(box(b"moov", bytes(50))[:30], 2, id="within-the-closing-index"),
        pytest.param(FRAGMENT, 3, id="a-whole-one"),
    ],
)
def test_an_abandoned_file_ends_with_its_last_whole_fragment(
    tmp_path: Path, tail: bytes, whole_fragments: int
) -> None:
    path = tmp_path / "recording.mp4"
    file = FragmentFile(path)
    file.write(HEAD + FRAGMENT * 2 + tail)
    file.abandon()
    assert path.read_bytes() == HEAD + FRAGMENT * whole_fragments


def test_an_abandoned_file_without_a_fragment_is_gone(tmp_path: Path) -> None:
    file = FragmentFile(tmp_path / "recording.mp4")
    file.write(HEAD)
    file.abandon()
    assert list(tmp_path.iterdir()) == []


def test_nothing_said_after_that_reaches_the_file(tmp_path: Path) -> None:
    path = tmp_path / "recording.mp4"
    file = FragmentFile(path)
    file.write(HEAD + FRAGMENT)
    file.abandon()
    assert file.seek(0) == 0
    assert file.write(bytes(500)) == 500
    file.close()
    assert path.read_bytes() == HEAD + FRAGMENT


def test_seeking_back_overwrites_in_place(tmp_path: Path) -> None:
    path = tmp_path / "recording.mp4"
    file = FragmentFile(path)
    file.write(b"0123456789")
    assert file.seek(4) == 4
    file.write(b"xy")
    assert file.tell() == 6
    file.close()
    assert path.read_bytes() == b"0123xy6789"
