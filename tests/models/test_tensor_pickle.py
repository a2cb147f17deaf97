import io
import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

from realtime.errors import ModelError
from realtime.models.tensor_pickle import Storage, Tensor, TensorUnpickler

STORAGE = (
    b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x18tQ"
)
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"
TENSOR = REBUILD + b"(" + STORAGE + b"K\x02K\x03K\x04\x86K\x04K\x01\x86\x89NtR"


def load(pickled: bytes) -> Any:
    return TensorUnpickler(io.BytesIO(pickled)).load()


class Runs:
    """Pickles as a call of `function`."""

    def __init__(self, function: Any, *arguments: object) -> None:
        self._call = function, arguments

    def __reduce__(self) -> Any:
        return self._call


def test_a_tensor_is_described_not_built() -> None:
    assert load(TENSOR + b".") == Tensor(Storage("0", "FloatStorage", 24), 2, (3, 4), (4, 1))


def test_the_unpickler_notes_the_storages() -> None:
    unpickler = TensorUnpickler(io.BytesIO(TENSOR + b"."))
    unpickler.load()
    assert unpickler.storages == {"0": Storage("0", "FloatStorage", 24)}
    assert unpickler.storages["0"].bytes == 96


def test_plain_values_and_ordered_dictionaries_are_read() -> None:
    value = OrderedDict(epoch=3, rate=1e-4, names=["a", "b"], pair=(None, True))
    read = load(pickle.dumps(value, 2))
    assert read == value
    assert isinstance(read, OrderedDict)


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize(
    ("function", "named"),
    [
        pytest.param(
            os.system,
            "posix.system",
            id="shell",
            marks=pytest.mark.skipif(os.name != "posix", reason="os.system has another name"),
        ),
        pytest.param(eval, "eval", id="eval"),
        pytest.param(getattr, "getattr", id="getattr"),
        pytest.param(open, "open", id="open"),
    ],
)
def test_a_hostile_pickle_is_refused_by_name_and_does_nothing(
    tmp_path: Path, protocol: int, function: Any, named: str
) -> None:
    victim = tmp_path / "victim"
    with pytest.raises(ModelError, match=rf"it asks for \S*{named}: refused"):
        load(pickle.dumps({"generator": Runs(function, f"touch {victim}")}, protocol))
    assert not victim.exists()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(b"ctorch.hub\nload\n", id="other module of PyTorch"),
        pytest.param(b"ctorch\nload\n", id="other name of PyTorch"),
        pytest.param(b"ctorch._utils\n_rebuild_tensor_v2.__globals__\n", id="path through a name"),
        pytest.param(b"ccollections\nabc\n", id="other name of collections"),
        pytest.param(b"crealtime.errors\nModelError\n", id="this program's own"),
        pytest.param(b"ctorch\nBFloat16Storage\n", id="numbers that NumPy lacks"),
    ],
)
def test_no_other_name_is_given_out(name: bytes) -> None:
    module, attribute = name[1:].decode().split()
    with pytest.raises(ModelError) as caught:
        load(b"\x80\x02" + name + b".")
    assert f"it asks for {module}.{attribute}: refused" in str(caught.value)


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(REBUILD, id="function"),
        pytest.param(STORAGE, id="storage"),
        pytest.param(TENSOR, id="tensor"),
        pytest.param(b"ctorch\nFloatStorage\n", id="storage class"),
        pytest.param(b"ccollections\nOrderedDict\n", id="class"),
    ],
)
def test_a_pickle_cannot_change_what_it_gets(what: bytes) -> None:
    """Two ways to set attributes: the instance's dictionary, and `setattr` by slots."""
    state = b"}X\x05\x00\x00\x00shapeNs"
    for pickled in (what + state + b"b.", what + b"N" + state + b"\x86b."):
        with pytest.raises((AttributeError, TypeError)):
            load(pickled)
    assert load(TENSOR + b".").shape == (3, 4)


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param(b"X\x07\x00\x00\x00storage", id="text"),
        pytest.param(
            b"(X\x07\x00\x00\x00storageX\x01\x00\x00\x00OX\x01\x00\x00\x000NK\x01t",
            id="type of Python objects",
        ),
        pytest.param(b"(X\x06\x00\x00\x00moduleNNNNt", id="module"),
        pytest.param(STORAGE[:-2] + b"(X\x01\x00\x00\x00vK\x00K\x01tt", id="view of a storage"),
    ],
)
def test_other_references_are_refused(reference: bytes) -> None:
    with pytest.raises(ModelError, match="which is no storage"):
        load(reference + b"Q.")


def test_one_storage_cannot_be_two_things() -> None:
    other = STORAGE.replace(b"Float", b"Double")
    with pytest.raises(ModelError, match="storage 0 in two ways"):
        load(STORAGE + other + b".")


def test_a_tuple_is_no_storage() -> None:
    forged = b"(X\x01\x00\x00\x000X\x0c\x00\x00\x00FloatStorageK\x18t"
    with pytest.raises(ModelError, match="impossible tensor"):
        load(TENSOR.replace(STORAGE, forged) + b".")


def test_a_memo_with_gaps_would_allocate_gigabytes_and_is_refused() -> None:
    jump = b"r" + struct.pack("<I", 2**31 - 1)
    with pytest.raises(ModelError, match="memorises object 1 as 2147483647"):
        load(b"\x80\x02N" + jump + b".")
