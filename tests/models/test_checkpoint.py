import pickle
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime.errors import ModelError
from realtime.models.checkpoint import read_checkpoint
from tests.models.checkpoints import STREAM_MAGIC, Tensor, write_archive, write_stream

Write = Callable[[Path, object], None]

NUMBERS = np.arange(24, dtype=np.float32).reshape(2, 3, 4)

both_formats = pytest.mark.parametrize(
    "write", [pytest.param(write_archive, id="zip"), pytest.param(write_stream, id="legacy")]
)


def content(**more: object) -> dict[str, Any]:
    return {"generator": {"weight": Tensor(NUMBERS)}, "epoch": 7, **more}


def refusal(path: Path) -> str:
    """The one line that reading this file fails with."""
    with pytest.raises(ModelError) as caught:
        read_checkpoint(path)
    message = str(caught.value)
    assert message.startswith(f"cannot read {path}: ")
    assert "\n" not in message
    return message


@both_formats
def test_tensors_become_arrays(tmp_path: Path, write: Write) -> None:
    arrays = {
        "double": np.array([[1.5, -2.5]]),
        "float": NUMBERS,
        "half": np.array([0.5], np.float16),
        "long": np.array([2**40, -1]),
        "bytes": np.array([255, 0, 1], np.uint8),
        "bools": np.array([True, False]),
        "scalar": np.array(1000),
        "empty": np.zeros((0, 3), np.float32),
    }
    path = tmp_path / "checkpoint.pth.tar"
    write(path, content(all={name: Tensor(array) for name, array in arrays.items()}))
    read = read_checkpoint(path)
    assert list(read) == ["generator", "epoch", "all"]
    assert read["epoch"] == 7
    assert list(read["all"]) == list(arrays)
    for name, array in arrays.items():
        assert read["all"][name].dtype == array.dtype
        np.testing.assert_array_equal(read["all"][name], array, strict=True)


@both_formats
def test_offset_and_strides_count_in_numbers(tmp_path: Path, write: Write) -> None:
    path = tmp_path / "checkpoint.pth.tar"
    write(path, {"part": Tensor(NUMBERS, first=5, shape=(4, 2), strides=(1, 8))})
    np.testing.assert_array_equal(
        read_checkpoint(path)["part"], [[5, 13], [6, 14], [7, 15], [8, 16]]
    )


@both_formats
def test_arrays_are_views_that_cannot_be_written(tmp_path: Path, write: Write) -> None:
    path = tmp_path / "checkpoint.pth.tar"
    write(path, content())
    weight = read_checkpoint(path)["generator"]["weight"]
    assert not weight.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        weight[0] = 1


@both_formats
def test_a_dictionary_that_holds_itself_is_read_once(tmp_path: Path, write: Write) -> None:
    """Forty dictionaries, each twice in the next, would otherwise be read 2^40 times."""
    inner: dict[str, Any] = {}
    inner["self"] = inner
    for _ in range(40):
        inner = {"left": inner, "right": inner}
    path = tmp_path / "checkpoint.pth.tar"
    write(path, inner)
    read = read_checkpoint(path)
    assert read["left"] is read["right"]


LIES = [
    pytest.param({"first": 1}, "reaches beyond its storage", id="offset moves it out"),
    pytest.param({"shape": (2, 3, 5)}, "reaches beyond its storage", id="too large"),
    pytest.param(
        {"shape": (2**40,), "strides": (0,)}, "reaches beyond", id="one number, 2^40 times"
    ),
    pytest.param({"shape": (2**62, 2**62), "strides": (2**62, 1)}, "beyond", id="sizes overflow"),
    pytest.param({"shape": (1,) * 70, "strides": (1,) * 70}, "dimension", id="70 dimensions"),
    pytest.param(
        {"shape": (1,), "strides": (2**62,)}, "Maximum allowed dimension", id="stride overflows"
    ),
    pytest.param({"strides": (-12, 4, 1)}, "impossible tensor", id="negative stride"),
    pytest.param({"shape": (2, -3, 4)}, "impossible tensor", id="negative size"),
    pytest.param({"first": -1}, "impossible tensor", id="negative offset"),
    pytest.param({"strides": (1,)}, "impossible tensor", id="fewer strides than sizes"),
    pytest.param({"shape": 24}, "impossible tensor", id="shape is a number"),
    pytest.param({"length": -1}, "which is no storage", id="storage of negative length"),
]


@both_formats
@pytest.mark.parametrize(("lie", "complaint"), LIES)
def test_a_tensor_that_is_not_in_its_storage_is_refused(
    tmp_path: Path, write: Write, lie: dict[str, Any], complaint: str
) -> None:
    path = tmp_path / "checkpoint.pth.tar"
    write(path, {"generator": {"weight": Tensor(NUMBERS, **lie)}})
    assert complaint in refusal(path)


@pytest.mark.parametrize(
    ("write", "complaint"),
    [
        pytest.param(write_archive, "numbers of generator.weight are missing", id="zip"),
        pytest.param(write_stream, "cut short (", id="legacy"),
    ],
)
def test_a_length_that_the_file_cannot_hold_allocates_nothing(
    tmp_path: Path, write: Write, complaint: str
) -> None:
    path = tmp_path / "checkpoint.pth.tar"
    write(
        path, {"generator": {"weight": Tensor(NUMBERS, length=2**50, shape=(2**50,), strides=(1,))}}
    )
    assert complaint in refusal(path)


@both_formats
def test_every_cut_is_named(tmp_path: Path, write: Write) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    write(whole, content())
    data = whole.read_bytes()
    for size in range(0, len(data), 7):
        cut.write_bytes(data[:size])
        refusal(cut)


@pytest.mark.parametrize(
    ("write", "complaint"),
    [
        pytest.param(
            write_archive, "cut short (the archive has no end); download it again", id="zip"
        ),
        pytest.param(write_stream, "cut short (", id="legacy"),
    ],
)
def test_a_download_that_stopped_is_to_be_repeated(
    tmp_path: Path, write: Write, complaint: str
) -> None:
    path = tmp_path / "checkpoint.pth.tar"
    write(path, content())
    path.write_bytes(path.read_bytes()[:-50])
    assert complaint in refusal(path)


@both_formats
def test_damage_anywhere_is_refused_or_changes_values_only(tmp_path: Path, write: Write) -> None:
    path = tmp_path / "checkpoint.pth.tar"
    write(path, content())
    data = path.read_bytes()
    rng = np.random.default_rng(1)
    for place in rng.integers(0, len(data), 150):
        broken = bytearray(data)
        broken[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(broken)
        with suppress(ModelError):
            assert isinstance(read_checkpoint(path), dict)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        pytest.param(b"", "it is empty; download it again", id="empty"),
        pytest.param(b"<!DOCTYPE html><title>Virus scan", "it is a web page", id="web page"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(99), "no PyTorch checkpoint", id="picture"),
        pytest.param(bytes(5000), "no PyTorch checkpoint", id="zeros"),
        pytest.param(pickle.dumps({"epoch": 1}), "it is no PyTorch checkpoint", id="plain pickle"),
        pytest.param(b"i\\w\n\n.", "no PyTorch checkpoint", id="odd escape"),
        pytest.param(
            pickle.dumps(STREAM_MAGIC, 2), "no PyTorch checkpoint", id="magic number only"
        ),
    ],
)
def test_other_files_are_no_checkpoints(tmp_path: Path, data: bytes, complaint: str) -> None:
    path = tmp_path / "checkpoint.pth.tar"
    path.write_bytes(data)
    assert complaint in refusal(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "nothing.pth.tar")


def test_a_zip_archive_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("holiday.txt", "sun")
    assert "no data.pkl in it" in refusal(path)


def test_compressed_members_are_refused(tmp_path: Path) -> None:
    """A small archive of a terabyte of zeros is not unpacked."""
    path = tmp_path / "checkpoint.pth.tar"
    write_archive(path, content(), compression=zipfile.ZIP_DEFLATED)
    assert "is compressed" in refusal(path)


def test_other_formats_and_versions(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pth.tar"
    write_stream(path, content(), version=1002)
    assert "its format has version 1002, and 1001 is known" in refusal(path)
    write_stream(path, [Tensor(NUMBERS)])
    assert "it holds a list where a dictionary is expected" in refusal(path)


def test_big_endian_machines(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pth.tar"
    write_stream(path, content(), little_endian=False)
    assert "big-endian" in refusal(path)
    write_archive(path, content(), byteorder="big")
    assert "big-endian" in refusal(path)


def test_a_storage_of_another_length_than_described(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pth.tar"
    write_stream(path, {"weight": Tensor(NUMBERS, length=20, shape=(20,), strides=(1,))})
    assert "storage 0 has 24 numbers, not 20" in refusal(path)
