import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from realtime.errors import InputError, OutputError
from realtime.marking.file import load_marks, marks_file, save_marks
from realtime.marking.points import MARKED, Marks

SIZE = (400, 400)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a drawing.png"
    Image.new("RGB", SIZE, (10, 20, 30)).save(path)
    return path


def test_marks_come_back(picture: Path, marks: Marks) -> None:
    assert load_marks(picture, SIZE) is None
    file = save_marks(picture, SIZE, marks)
    assert file == picture.with_name("a drawing.png.marks.json")
    loaded = load_marks(picture, SIZE)
    assert loaded is not None
    np.testing.assert_allclose(loaded, marks, atol=0.006)
    assert sorted(picture.parent.iterdir()) == sorted([picture, file]), "nothing else is left"


def test_changed_picture_makes_the_marks_stale(picture: Path, marks: Marks) -> None:
    save_marks(picture, SIZE, marks)
    Image.new("RGB", SIZE, (10, 20, 31)).save(picture)
    with pytest.raises(InputError, match=r"made for another picture.*mimicam avatar mark .*png`"):
        load_marks(picture, SIZE)


def test_other_size_makes_the_marks_stale(picture: Path, marks: Marks) -> None:
    save_marks(picture, SIZE, marks)
    with pytest.raises(InputError, match="made for another picture"):
        load_marks(picture, (400, 300))


def _set(*keys: str, to: Any) -> Callable[[Any], None]:
    def change(table: Any) -> None:
        for key in keys[:-1]:
            table = table[key]
        table[keys[-1]] = to

    return change


CHIN = "tip of the chin"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param(_set("version", to=2), "version 2 instead of 1", id="version"),
        pytest.param(lambda table: table["marks"].pop(CHIN), "no 'tip of the chin'", id="missing"),
        pytest.param(_set("marks", CHIN, to=[10, 401]), "outside the picture", id="below"),
        pytest.param(_set("marks", CHIN, to=[-0.1, 4]), "outside the picture", id="left of it"),
        pytest.param(_set("marks", CHIN, to=[float("nan"), 4]), "outside", id="nan"),
        pytest.param(_set("marks", CHIN, to=[1e999, 4]), "outside", id="infinite"),
        pytest.param(_set("marks", CHIN, to=[True, 4]), "outside", id="bool"),
        pytest.param(_set("marks", CHIN, to=["1", 4]), "outside", id="string"),
        pytest.param(_set("marks", CHIN, to=[1, 2, 3]), "is damaged", id="three numbers"),
        pytest.param(_set("marks", CHIN, to=7), "is damaged", id="one number"),
        pytest.param(_set("marks", to=[]), "is damaged", id="a list"),
        pytest.param(_set("picture", to=None), "is damaged", id="no picture"),
        pytest.param(_set("more", to="x" * 70_000), "too large", id="too large"),
    ],
)
def test_damaged_file_is_one_line(
    change: Callable[[Any], None], complaint: str, picture: Path, marks: Marks
) -> None:
    file = save_marks(picture, SIZE, marks)
    table = json.loads(file.read_text())
    change(table)
    file.write_text(json.dumps(table))
    with pytest.raises(InputError, match=complaint) as caught:
        load_marks(picture, SIZE)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(file))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 60_000], ids=["0", "list", "cut", "8", "deep"]
)
def test_file_that_is_no_table_is_one_line(content: bytes, picture: Path) -> None:
    marks_file(picture).write_bytes(content)
    with pytest.raises(InputError, match="is damaged") as caught:
        load_marks(picture, SIZE)
    assert "\n" not in str(caught.value)


def test_file_that_is_a_folder_is_one_line(picture: Path) -> None:
    marks_file(picture).mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        load_marks(picture, SIZE)


def test_what_cannot_be_written_leaves_what_was_there(
    picture: Path, marks: Marks, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = save_marks(picture, SIZE, marks)
    before = file.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OutputError, match="No space left on device; copy the portrait"):
        save_marks(picture, SIZE, marks + 1)
    assert file.read_bytes() == before
    assert sorted(picture.parent.iterdir()) == sorted([picture, file])


def test_names_are_keys() -> None:
    assert len({point.name for point in MARKED}) == len(MARKED) == 18
