import json
from pathlib import Path

import pytest

from realtime.benchmark import session as session_module
from realtime.capture.picture import read_picture
from tests.benchmark.sessions import session
from tests.cli.command import run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Replaces the measuring; what it was asked for."""
    calls: list[tuple[object, ...]] = []

    def run_session(*arguments: object) -> object:
        calls.append(arguments[:3])
        return session(mesh_age_ms=60)

    monkeypatch.setattr(session_module, "run_session", run_session)
    return calls


def test_figures_are_printed_and_written(
    asked: list[tuple[object, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, picture = tmp_path / "out.json", tmp_path / "out.png"
    options = ["--seconds", "3", "--size", "320x240", "--json", str(file), "--plot", str(picture)]
    assert run("bench", *options) == 0
    assert asked == [(None, (320, 240), 3.0)]
    out = capsys.readouterr().out
    assert "the built-in actor" in out
    for row in ("identity", "mesh", "age, capture to send", "cadence error", "2 track busy"):
        assert row in out
    assert "321 MB" in out
    assert "not told here" in next(line for line in out.splitlines() if "other processes" in line)
    assert "missed" in next(line for line in out.splitlines() if "landmarker, p50" in line)
    assert "held" in next(line for line in out.splitlines() if "picture ever" in line)
    assert json.loads(file.read_text())["configurations"]["mesh"]["ticks"] == 20
    assert read_picture(picture).shape == (600, 1280, 3)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param(["--json", "no/b.json"], "cannot write no/b.json", id="no folder"),
        pytest.param(["--json", "b.txt"], "ends in .json", id="not json"),
        pytest.param(["--plot", "b.jpg"], "ends in .png", id="not png"),
        pytest.param(["--source", "no.mp4"], "no.mp4 does not exist", id="no file"),
    ],
)
def test_bad_input_is_said_before_anything_is_measured(
    asked: list[tuple[object, ...]],
    arguments: list[str],
    complaint: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("bench", *arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert complaint in line
    assert asked == []
