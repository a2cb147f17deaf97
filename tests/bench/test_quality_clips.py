from pathlib import Path

import numpy as np
import pytest

from bench.quality.clips import Findings, Frames, is_seen, moments, steadied
from bench.quality.landmarks import shake
from realtime.capture import EndOfSource
from realtime.types import Face, Presence, Sighting
from tests.bench.made_faces import made_face, sighted


def test_what_was_found_is_not_computed_again(tmp_path: Path) -> None:
    file = tmp_path / "clip"
    file.write_bytes(b"one")
    asked: list[str] = []

    def compute() -> int:
        asked.append("asked")
        return len(asked)

    assert Findings(tmp_path / "kept").get("name", file, compute) == 1
    assert Findings(tmp_path / "kept").get("name", file, compute) == 1
    assert Findings(tmp_path / "kept").get("other name", file, compute) == 2
    file.write_bytes(b"two")
    assert Findings(tmp_path / "kept").get("name", file, compute) == 3


def test_two_processes_may_find_the_same_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "clip"
    file.write_bytes(b"one")
    replace = Path.replace

    def after_the_other(self: Path, target: Path) -> Path:
        monkeypatch.setattr(Path, "replace", replace)
        assert Findings(tmp_path / "kept").get("name", file, lambda: 2) == 2
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", after_the_other)
    assert Findings(tmp_path / "kept").get("name", file, lambda: 1) == 1
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_frames_come_in_order_at_thirty_a_second_and_end() -> None:
    pictures = [np.full((2, 2, 3), level, np.uint8) for level in (1, 2)]
    frames = Frames(pictures)
    read = [frames.read(), frames.read()]
    assert [int(frame.pixels[0, 0, 0]) for frame in read] == [1, 2]
    assert read[1].captured_ns == 33_333_333
    with pytest.raises(EndOfSource):
        frames.read()


def test_moments_reach_from_first_to_last() -> None:
    assert moments(15) == [0, 2, 4, 6, 8, 10, 12, 14]
    assert moments(3) == [0, 1, 2]


def test_a_face_that_is_held_is_not_seen() -> None:
    held = Sighting(made_face(), Presence.HELD, 1.0, 0, 0)
    assert not is_seen(held)
    assert is_seen(sighted([made_face()])[0])


def test_steadied_shakes_less_in_the_same_place() -> None:
    faces: list[Face | None] = [made_face((0.5 * (index % 2), 0)) for index in range(40)]
    steady = [sighting.face for sighting in steadied(sighted(faces))]
    before = shake([face.landmarks for face in faces if face is not None])
    after = shake([face.landmarks for face in steady if face is not None])
    assert after[10:].mean() < 0.7 * before[10:].mean()
    assert steady[-1] is not None
    assert steady[-1].landmarks == pytest.approx(made_face((0.25, 0)).landmarks, abs=0.5)


def test_steadied_leaves_alone_who_is_not_there() -> None:
    assert steadied(sighted([None]))[0].face is None
