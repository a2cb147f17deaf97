import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from realtime.cli import models as command
from realtime.models import download
from realtime.models.download import Response
from realtime.models.fomm.convert import convert
from tests.cli.command import run
from tests.models.checkpoints import as_tensors, write_archive, write_stream
from tests.models.fomm.states import SMALL, nested, random_state

NAME = "face_landmarker.task"
OTHER = "selfie_segmenter.tflite"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIMICAM_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


@pytest.fixture
def installed(home: Path, landmarker_path: Path, segmenter_path: Path) -> Path:
    """A home that holds both models."""
    (home / "models").mkdir()
    for path in (landmarker_path, segmenter_path):
        shutil.copy(path, home / "models")
    return home


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(url: str, first_byte: int) -> Response:
        raise OSError("Name or service not known")

    monkeypatch.setattr(download, "open_https", unreachable)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


def test_list_says_what_is_here(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (installed / "models" / OTHER).unlink()
    assert run("models", "list") == 0
    out = capsys.readouterr().out
    rows = {line.split()[0]: line.split() for line in out.splitlines() if line.strip()}
    assert rows[NAME][1:4] == ["ok", "3,758,596", "Apache-2.0"]
    assert rows[OTHER][1] == "missing"
    assert str(installed / "models") in out


def test_verify_hashes_every_file(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "verify") == 0
    assert capsys.readouterr().out == f"{NAME}: ok\n{OTHER}: ok\n"


def test_verify_finds_the_broken_file(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (installed / "models" / NAME).open("r+b") as file:
        file.seek(1000)
        file.write(b"\0\0\0\0")
    assert run("models", "verify") == 2
    captured = capsys.readouterr()
    assert captured.out == f"{NAME}: broken\n{OTHER}: ok\n"
    assert f"mimicam models pull {NAME}" in captured.err
    assert OTHER not in captured.err


def test_pull_of_what_is_here_fetches_nothing(
    installed: Path, offline: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("models", "pull") == 0
    captured = capsys.readouterr()
    assert captured.out.split() == [str(installed / "models" / name) for name in (NAME, OTHER)]
    assert captured.err == ""


def test_pull_fetches_and_draws_a_bar(
    home: Path,
    landmarker_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    content = landmarker_path.read_bytes()

    class Answer:
        status = 200

        def __init__(self) -> None:
            self._body = memoryview(content)

        def read(self, amount: int, /) -> bytes:
            chunk, self._body = self._body[:amount], self._body[amount:]
            return bytes(chunk)

        def close(self) -> None:
            pass

    monkeypatch.setattr(download, "open_https", lambda url, first_byte: Answer())
    assert run("models", "pull", NAME) == 0
    captured = capsys.readouterr()
    assert captured.out.strip() == str(home / "models" / NAME)
    assert NAME in captured.err
    assert "3.8/3.8 MB" in captured.err
    assert (home / "models" / NAME).read_bytes() == content


def test_pull_with_nothing_reachable_is_one_line(
    home: Path, offline: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("models", "pull", OTHER) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith(f"mimicam: error: cannot get {OTHER}: ")
    assert "Name or service not known" in error
    assert "this Python has no pip" in error
    assert f"at {home / 'models' / OTHER}" in error


def test_remove_deletes_only_what_is_named(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("models", "remove", OTHER) == 0
    assert capsys.readouterr().out == f"{OTHER}: removed\n"
    assert not (installed / "models" / OTHER).exists()
    assert (installed / "models" / NAME).exists()
    assert run("models", "remove", OTHER) == 0
    assert capsys.readouterr().out == f"{OTHER}: was not here\n"


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "pull", "nose.task") == 2
    assert "no model is named 'nose.task'" in capsys.readouterr().err


@pytest.fixture
def small_architecture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the command take a small model's architecture for the published one's."""
    monkeypatch.setattr(command, "convert", partial(convert, architecture=SMALL))


@pytest.fixture
def checkpoint(home: Path, small_architecture: None) -> Path:
    """A checkpoint of the small model."""
    path = home / "small.pth.tar"
    write_archive(path, as_tensors(nested(random_state(SMALL))))
    return path


def test_convert_says_where_the_model_is_and_that_nobody_vouches_for_it(
    home: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("models", "convert", "--unverified", str(checkpoint)) == 0
    first = capsys.readouterr()
    folder = Path(first.out.strip())
    assert folder.parent == home / "models"
    assert (folder / "frame.onnx").is_file()
    done, warning = first.err.splitlines()
    assert done == "small.pth.tar: converted"
    md5 = hashlib.md5(checkpoint.read_bytes()).hexdigest()
    assert f"unverified, its md5 {md5} is not a published one" in warning
    assert "taichi" in warning
    assert run("models", "convert", "--unverified", str(checkpoint)) == 0
    second = capsys.readouterr()
    assert second.out == first.out
    assert second.err.splitlines() == ["small.pth.tar: had been converted before", warning]


def test_the_sampling_can_be_chosen(checkpoint: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "convert", "--unverified", str(checkpoint)) == 0
    folder = Path(capsys.readouterr().out.strip())
    assert '"align_corners": true' in (folder / "meta.json").read_text()
    assert run("models", "convert", "--unverified", "--no-align-corners", str(checkpoint)) == 0
    assert capsys.readouterr().out.strip() == str(folder)
    assert '"align_corners": false' in (folder / "meta.json").read_text()


def test_list_shows_what_was_converted(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("models", "list")
    assert "converted" not in capsys.readouterr().out
    run("models", "convert", "--unverified", str(checkpoint))
    folder = Path(capsys.readouterr().out.strip())
    assert run("models", "list") == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    size = sum(file.stat().st_size for file in folder.glob("*.onnx"))
    assert [folder.name, "small.pth.tar", "unknown", f"{size:,}"] in rows


def cut_short(path: Path) -> None:
    write_stream(path, as_tensors(nested(random_state(SMALL))))
    path.write_bytes(path.read_bytes()[:-1000])


def of_the_same_shapes(path: Path) -> None:
    write_stream(path, as_tensors(nested(random_state(SMALL, seed=1))))


def with_five_keypoints(path: Path) -> None:
    write_stream(path, as_tensors(nested(random_state(replace(SMALL, keypoints=5)))))


def without_jacobians(path: Path) -> None:
    state = random_state(SMALL)
    kept = {name: tensor for name, tensor in state.items() if ".jacobian." not in name}
    write_stream(path, as_tensors(nested(kept)))


def of_another_network(path: Path) -> None:
    write_archive(path, as_tensors({"state_dict": {"weight": np.ones(3)}}))


@pytest.mark.parametrize(
    ("write", "complaint"),
    [
        pytest.param(cut_short, "it is cut short", id="truncated download"),
        pytest.param(of_the_same_shapes, "another model such as taichi", id="wrong md5, taichi"),
        pytest.param(with_five_keypoints, "it finds 5 keypoints where 3", id="five keypoints"),
        pytest.param(without_jacobians, "it estimates no Jacobians", id="no Jacobian"),
        pytest.param(of_another_network, "there is no generator", id="another network"),
    ],
)
def test_bad_checkpoints_get_one_line_and_leave_nothing(
    home: Path,
    small_architecture: None,
    capsys: pytest.CaptureFixture[str],
    write: Callable[[Path], None],
    complaint: str,
) -> None:
    path = home / "other.pth.tar"
    write(path)
    assert run("models", "convert", str(path)) == 2
    captured = capsys.readouterr()
    (error,) = captured.err.splitlines()
    assert error.startswith("mimicam: error: cannot ")
    assert str(path) in error
    assert complaint in error
    assert captured.out == ""
    assert list(home.iterdir()) == [path]


def test_another_md5_is_refused_with_the_way_on(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("models", "convert", str(checkpoint)) == 2
    md5 = hashlib.md5(checkpoint.read_bytes()).hexdigest()
    error = capsys.readouterr().err
    assert f"its md5 {md5} is not that of vox-adv-cpk (8a45a24037871c045fbb8a6a8aa95ebc)" in error
    assert "add --unverified for vox-cpk or a training of your own" in error
    assert run("models", "convert", "--unverified", str(checkpoint)) == 0


def test_converted_models_can_be_removed(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("models", "convert", "--unverified", str(checkpoint))
    folder = Path(capsys.readouterr().out.strip())
    assert run("models", "remove", folder.name) == 0
    assert capsys.readouterr().out == f"{folder.name}: removed\n"
    assert not folder.exists()
    assert checkpoint.exists()
