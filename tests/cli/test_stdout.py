"""Standard output that cannot take what is printed."""

import os
import sys
from pathlib import Path

import pytest

from tests.cli.command import run

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", ["--version", "models list"])
def test_full_disk_is_told_in_one_line(
    arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FULL.open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert run(*arguments.split()) == 2
        assert sys.stdout is full
    complaint = "cannot print: No space left on device; send standard output elsewhere"
    assert capsys.readouterr().err == f"mimicam: error: {complaint}\n"


def test_reader_that_went_away_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as deaf:
        monkeypatch.setattr(sys, "stdout", deaf)
        assert run("models", "list") == 1
    assert capsys.readouterr().err == ""


def test_all_is_printed_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "version.txt"
    with file.open("w") as text:
        monkeypatch.setattr(sys, "stdout", text)
        assert run("--version") == 0
    assert file.read_text().startswith("mimicam ")
