from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from realtime.marking.file import load_marks
from realtime.marking.points import Marks
from tests.cli.command import run

MARKS: Marks = np.linspace([10.0, 20.0], [150.0, 120.0], 18)


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    file = tmp_path / "drawing.png"
    Image.new("RGB", (160, 200), (90, 90, 90)).save(file)
    return file


def _user_ends_with(result: Marks | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.marking.window.mark_face", lambda *_: result)


def test_marks_are_kept_beside_the_portrait(
    drawing: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _user_ends_with(MARKS, monkeypatch)
    assert run("avatar", "mark", str(drawing)) == 0
    assert capsys.readouterr().out == f"{drawing}.marks.json\n"
    kept = load_marks(drawing, (160, 200))
    assert kept is not None
    np.testing.assert_allclose(kept, MARKS, atol=0.006)


def test_leaving_writes_nothing(
    drawing: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _user_ends_with(None, monkeypatch)
    assert run("avatar", "mark", str(drawing)) == 0
    assert capsys.readouterr().err == "left without saving\n"
    assert list(drawing.parent.iterdir()) == [drawing]


def test_without_a_display_it_is_one_line(
    drawing: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    assert run("avatar", "mark", str(drawing)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mimicam: error: no display: DISPLAY is not set")


def test_missing_portrait_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("avatar", "mark", "no.png") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "mimicam: error: no picture at no.png: check the path"
