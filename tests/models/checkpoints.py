"""Writes checkpoints as PyTorch does, in both of its formats, without PyTorch."""

import io
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

STREAM_MAGIC = 0x1950A86A20F9469CFC6C

_STORAGES = {
    "float64": "DoubleStorage",
    "float32": "FloatStorage",
    "float16": "HalfStorage",
    "int64": "LongStorage",
    "int32": "IntStorage",
    "uint8": "ByteStorage",
    "bool": "BoolStorage",
}


class Tensor:
    """A tensor with a storage of its own, whose description may lie about it."""

    def __init__(self, array: NDArray[Any], **lies: object) -> None:
        self.storage = np.array(array, order="C")
        strides = tuple(stride // array.itemsize for stride in self.storage.strides)
        self.description = {"first": 0, "shape": array.shape, "strides": strides, **lies}
        self.length = lies.get("length", array.size)


class _Pickler(pickle.Pickler):
    """Pickles `Tensor` under PyTorch's names."""

    def __init__(self, file: io.BytesIO, torch: types.ModuleType, *, views: bool) -> None:
        super().__init__(file, protocol=2)
        self.storages: dict[str, NDArray[Any]] = {}
        self._torch = torch
        self._view = (None,) if views else ()

    def reducer_override(self, value: object) -> Any:
        if not isinstance(value, Tensor):
            return NotImplemented
        rebuild = self._torch._utils._rebuild_tensor_v2
        lie = value.description
        rest: tuple[Any, ...] = (False, OrderedDict())
        return rebuild, (_Reference(value), lie["first"], lie["shape"], lie["strides"], *rest)

    def persistent_id(self, value: object) -> Any:
        if not isinstance(value, _Reference):
            return None
        key = str(len(self.storages))
        tensor = value.tensor
        self.storages[key] = tensor.storage
        kind = getattr(self._torch, _STORAGES[tensor.storage.dtype.name])
        return ("storage", kind, key, "cuda:0", tensor.length, *self._view)


class _Reference:
    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


def write_archive(
    path: Path, content: object, *, byteorder: str = "little", compression: int = zipfile.ZIP_STORED
) -> None:
    """Since 1.6: a zip archive."""
    pickled, storages = _pickle(content, views=False)
    members: dict[str, bytes | str] = {
        "data.pkl": pickled,
        "byteorder": byteorder,
        **{f"data/{key}": storage.tobytes() for key, storage in storages.items()},
        "version": "3\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            # By its name alone it would get the time of day, and every archive bytes of its own.
            archive.writestr(zipfile.ZipInfo(f"cpk/{name}"), data, compression)


def write_stream(
    path: Path, content: object, *, little_endian: bool = True, version: int = 1001
) -> None:
    """Before 1.6: five pickles, then the storages."""
    pickled, storages = _pickle(content, views=True)
    system = {"protocol_version": version, "little_endian": little_endian, "type_sizes": {}}
    head = [pickle.dumps(part, 2) for part in (STREAM_MAGIC, version, system)]
    with path.open("wb") as file:
        file.writelines([*head, pickled, pickle.dumps(list(storages), 2)])
        for storage in storages.values():
            file.write(struct.pack("<q", storage.size))
            file.write(storage.tobytes())


def as_tensors(content: Mapping[str, Any]) -> "OrderedDict[str, Any]":
    """The same dictionaries, ordered as in a state dictionary, with tensors for arrays."""
    return OrderedDict(
        (name, as_tensors(value) if isinstance(value, Mapping) else _as_tensor(value))
        for name, value in content.items()
    )


def _as_tensor(value: object) -> object:
    return Tensor(value) if isinstance(value, np.ndarray) else value


def _pickle(content: object, *, views: bool) -> tuple[bytes, dict[str, NDArray[Any]]]:
    file = io.BytesIO()
    with _pretended_torch() as modules:
        pickler = _Pickler(file, modules["torch"], views=views)
        pickler.dump(content)
    return file.getvalue(), pickler.storages


def _pretended_torch() -> AbstractContextManager[Any]:
    """Modules of PyTorch's names: pickle demands that what it names can be imported."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def rebuild() -> None:
        """Never called: its name is all that is pickled."""

    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    vars(utils)["_rebuild_tensor_v2"] = rebuild
    vars(torch)["_utils"] = utils
    for name in _STORAGES.values():
        vars(torch)[name] = type(name, (), {"__module__": "torch"})
    return mock.patch.dict(sys.modules, {"torch": torch, "torch._utils": utils})
