import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bench.quality.judges import Judges, Judging, Likeness, aed, likeness_figures, likenesses_in
from realtime.errors import ModelError
from realtime.models.store import Store
from realtime.types import RGB
from tests.bench.made_faces import ScriptedJudges


def likeness(shift_px: float = 0, *, descriptor: float | None = None) -> Likeness:
    points = np.zeros((68, 2))
    points[[36, 39, 42, 45], 0] = (10, 20, 50, 60)
    points[:, 1] += shift_px
    return Likeness(points, None if descriptor is None else np.full(128, descriptor))


def test_distances_are_in_pixels_and_in_distances_between_the_eyes() -> None:
    figures = likeness_figures([likeness(), likeness()], [likeness(2), likeness(6)])
    assert figures["dlib_akd_68"] == pytest.approx(4.0)
    assert figures["dlib_akd_68_inter_ocular"] == pytest.approx(0.1)


def test_missing_counts_the_faces_that_the_truth_has() -> None:
    figures = likeness_figures([likeness(), likeness(), None], [likeness(1), None, likeness()])
    assert figures["dlib_missing"] == pytest.approx(0.5)
    assert figures["dlib_akd_68"] == pytest.approx(1.0)


def test_nothing_is_said_where_nobody_was_asked() -> None:
    assert likeness_figures([None, None], [None, None]) == {}


def test_aed_is_the_distance_of_the_descriptors_that_are_there() -> None:
    pairs = [
        (likeness(descriptor=0.0), likeness(descriptor=0.5)),
        (likeness(descriptor=0.0), likeness()),
    ]
    assert aed(pairs) == pytest.approx(0.5 * np.sqrt(128))
    assert aed(pairs[1:]) is None


def test_a_second_judge_that_is_not_installed_is_one_line_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(ModelError, match="needs dlib, which is not installed; pip install"):
        Judges(Store(), second=True)


def test_a_picture_that_comes_twice_is_looked_at_once(portrait: RGB, landmarker_path: Path) -> None:
    assert landmarker_path.is_file()
    with Judges(Store()) as judges:
        first = judges.look(portrait, 0)
        assert judges.look(portrait, 1) is first
        portrait = portrait.copy()
        assert judges.look(portrait, 2) is not first
    assert first.face is not None
    assert first.likeness is None


def test_where_the_second_judge_is_not_asked_no_picture_is_read() -> None:
    pictures: Iterator[RGB] = (pytest.fail("read") for _ in range(7))
    assert likenesses_in(pictures, 7, ScriptedJudges([]), Judging(every=3)) == [None] * 3


def test_the_second_judge_is_shown_one_of_so_many_pictures() -> None:
    pictures = [np.full((2, 2, 3), value, np.uint8) for value in range(7)]
    judges = ScriptedJudges([None] * 3, likeness())
    found = likenesses_in(pictures, 7, judges, Judging(every=3, second=True))
    assert len(found) == 3
    assert [int(picture[0, 0, 0]) for picture in judges.pictures] == [0, 3, 6]
