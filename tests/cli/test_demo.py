from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import realtime.avatar
import realtime.demo
from tests.cli.command import run
from tests.output.videos import read_film


def test_without_camera_and_display_the_actor_is_filmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    # Three seconds of the twenty-four: the first turn is in them.
    monkeypatch.setattr(realtime.avatar, "LENGTH_S", 3.0)
    monkeypatch.setattr(realtime.demo, "_MOMENTS_S", (1.7, 2.2))
    assert run("demo") == 0
    out = capsys.readouterr().out
    assert "end to end" in out
    assert out.split()[-2:] == ["mimicam-demo.mp4", "mimicam-demo.png"]
    film = read_film(tmp_path / "mimicam-demo.mp4")
    assert film.pictures[0].shape == (720, 1280, 3)
    assert len(film.pictures) > 10
    with Image.open(tmp_path / "mimicam-demo.png") as sheet:
        cells = np.asarray(sheet.convert("RGB"))
    # Two moments of three panels each.
    assert cells.shape[1] > 4 * cells.shape[0]
