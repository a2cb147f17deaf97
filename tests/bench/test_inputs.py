import subprocess
import sys
from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from bench.inputs import clips_in, file_to_write, folder_to_write, positive, told_plainly
from realtime.errors import InputError


def test_longest_clip_comes_first(tmp_path: Path) -> None:
    for name, size in (("a.MP4", 1), ("b.mp4", 3), ("c.mp4", 2), ("notes.md", 9)):
        (tmp_path / name).write_bytes(b"." * size)
    assert [clip.name for clip in clips_in(tmp_path)] == ["b.mp4", "c.mp4", "a.MP4"]


def test_a_folder_without_clips_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no clips"):
        clips_in(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        clips_in(tmp_path / "missing")


def test_a_result_needs_a_folder_that_exists(tmp_path: Path) -> None:
    assert file_to_write(str(tmp_path / "new.json")) == tmp_path / "new.json"
    for taken in (tmp_path, tmp_path / "missing" / "new.json"):
        with pytest.raises(ArgumentTypeError, match="cannot write"):
            file_to_write(str(taken))


def test_a_folder_of_results_is_there_or_can_be_made(tmp_path: Path) -> None:
    file = tmp_path / "taken"
    file.write_text("a file")
    for folder in (tmp_path, tmp_path / "new" / "newer"):
        assert folder_to_write(str(folder)) == folder
    for folder in (file, file / "within"):
        with pytest.raises(ArgumentTypeError, match="is no folder"):
            folder_to_write(str(folder))


def test_counts_start_at_one() -> None:
    assert positive("7") == 7
    for text in ("0", "-1", "many", "1.5"):
        with pytest.raises(ArgumentTypeError):
            positive(text)


def test_input_that_cannot_be_used_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, told_plainly():
        raise InputError("no face in it: take another")
    assert ended.value.code == 2
    assert capsys.readouterr().err == "error: no face in it: take another\n"


@pytest.mark.parametrize("program", ["bench.quality", "bench.ablation"])
def test_missing_portraits_end_a_program_before_it_measures(tmp_path: Path, program: str) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"not looked into")
    given = ["--clips", str(tmp_path), "--portraits", str(tmp_path / "missing")]
    ended = subprocess.run(
        [sys.executable, "-m", program, *given], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr == (
        f"error: {tmp_path / 'missing'} does not exist: give a folder of pictures\n"
    )
