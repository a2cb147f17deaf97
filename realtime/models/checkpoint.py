"""PyTorch checkpoints, read without PyTorch and without running anything that they say.

A checkpoint is a pickle whose tensors point into storages, blocks of numbers beside it. Since
PyTorch 1.6 it is a zip archive with a member per storage; before, a stream: five pickles, then
the storages. Tensors become views of the mapped file, so that what nobody looks at is never read,
and no size that a file merely claims is ever allocated.
"""

import io
import math
import mmap
import pickle
import struct
import zipfile
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from realtime.errors import ModelError
from realtime.models.tensor_pickle import Storage, Tensor, TensorUnpickler

_ARCHIVE_MAGIC = b"PK\3\4"
_STREAM_MAGIC = 0x1950A86A20F9469CFC6C
_STREAM_VERSION = 1001
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_LENGTH = struct.Struct("<q")
_MALFORMED = (
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    Warning,  # where warnings are errors: an escape that Python does not know
    pickle.UnpicklingError,
    struct.error,
    zipfile.BadZipFile,
)
"""What the standard library and NumPy raise over bytes that make no sense."""


class _Extent(NamedTuple):
    """A part of the file."""

    start: int
    bytes: int


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The content of a PyTorch checkpoint; its tensors, in dictionaries of any depth, are arrays.

    The arrays are read-only views of the file, which must stay as it is for as long as they live.

    Raises:
        ModelError: the file cannot be read, is damaged, or holds something else than tensors.
    """
    try:
        return _read(_map(path), path)
    except ModelError as error:
        raise ModelError(f"cannot read {path}: {error}") from error
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
    except _MALFORMED as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        message = f"cannot read {path}: damaged, or no PyTorch checkpoint ({reason}); get it anew"
        raise ModelError(message) from error


def _map(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        if not path.stat().st_size:
            raise ModelError("it is empty; download it again")
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _read(mapping: mmap.mmap, path: Path) -> dict[str, Any]:
    if mapping[:1] == b"<":
        raise ModelError("it is a web page, not the file behind it; download it again")
    archive = mapping[: len(_ARCHIVE_MAGIC)] == _ARCHIVE_MAGIC
    content, extents = _read_archive(mapping, path) if archive else _read_stream(mapping)
    if not isinstance(content, dict):
        raise ModelError(f"it holds a {type(content).__name__} where a dictionary is expected")
    return _Arrays(mapping, extents).dictionary(content, "")


def _read_archive(mapping: mmap.mmap, path: Path) -> tuple[object, dict[str, _Extent]]:
    if not zipfile.is_zipfile(path):
        raise ModelError("it is cut short (the archive has no end); download it again")
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: info for info in archive.infolist()}
    pickled = next((name for name in members if name.endswith("/data.pkl")), None)
    if pickled is None:
        message = "it is a zip archive, but none of PyTorch's (no data.pkl in it); get it anew"
        raise ModelError(message)
    root = pickled.removesuffix("data.pkl")
    if f"{root}byteorder" in members:
        start, size = _member(mapping, members[f"{root}byteorder"])
        _require_little_endian(mapping[start : start + size] == b"little")
    start, size = _member(mapping, members[pickled])
    unpickler = TensorUnpickler(io.BytesIO(mapping[start : start + size]))
    content = unpickler.load()
    extents = {
        key: _member(mapping, members[f"{root}data/{key}"])
        for key in unpickler.storages
        if f"{root}data/{key}" in members
    }
    return content, extents


def _member(mapping: mmap.mmap, info: zipfile.ZipInfo) -> _Extent:
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
        raise ModelError(f"{info.filename} in it is compressed, which PyTorch never does")
    signature, *lengths = _LOCAL_HEADER.unpack_from(mapping, info.header_offset)
    start = info.header_offset + _LOCAL_HEADER.size + sum(lengths)
    if signature != _ARCHIVE_MAGIC or start + info.file_size > len(mapping):
        raise ModelError(f"{info.filename} is not where the archive says; download it again")
    return _Extent(start, info.file_size)


def _read_stream(mapping: mmap.mmap) -> tuple[object, dict[str, _Extent]]:
    file = cast("IO[bytes]", mapping)
    if TensorUnpickler(file).load() != _STREAM_MAGIC:
        raise ModelError("it is no PyTorch checkpoint")
    version = TensorUnpickler(file).load()
    if version != _STREAM_VERSION:
        raise ModelError(f"its format has version {version!r}, and {_STREAM_VERSION} is known")
    _require_little_endian(TensorUnpickler(file).load()["little_endian"])
    unpickler = TensorUnpickler(file)
    content = unpickler.load()
    extents = {}
    for key in TensorUnpickler(file).load():
        extents[key] = _storage_here(mapping, unpickler.storages[key])
    return content, extents


def _storage_here(mapping: mmap.mmap, storage: Storage) -> _Extent:
    """The storage that begins, with its length, where the mapping stands, which moves on."""
    start = mapping.tell() + _LENGTH.size
    if start + storage.bytes > len(mapping):
        have = f"{len(mapping):,} bytes of at least {start + storage.bytes:,}"
        raise ModelError(f"it is cut short ({have}); download it again")
    (length,) = _LENGTH.unpack(mapping.read(_LENGTH.size))
    if length != storage.length:
        raise ModelError(f"storage {storage.key} has {length} numbers, not {storage.length}")
    mapping.seek(start + storage.bytes)
    return _Extent(start, storage.bytes)


def _require_little_endian(little: object) -> None:
    if little is not True:
        raise ModelError("it was written on a big-endian machine, which is not supported")


class _Arrays:
    """Makes arrays of tensors, once it is known where their storages lie."""

    def __init__(self, mapping: mmap.mmap, extents: dict[str, _Extent]) -> None:
        self._mapping = mapping
        self._extents = extents
        self._done: dict[int, dict[Any, Any]] = {}

    def dictionary(self, content: dict[Any, Any], name: str) -> dict[Any, Any]:
        """The dictionary with arrays for tensors; one that occurs many times is made once."""
        if id(content) not in self._done:
            made = self._done[id(content)] = {}
            # A pickle can give an ordered dictionary an attribute `items` of its own.
            for key, value in dict.items(content):
                made[key] = self._value(value, f"{name}.{key}" if name else str(key))
        return self._done[id(content)]

    def _value(self, value: object, name: str) -> object:
        if isinstance(value, Tensor):
            return self._array(value, name)
        return self.dictionary(value, name) if isinstance(value, dict) else value

    def _array(self, tensor: Tensor, name: str) -> NDArray[Any]:
        storage, first, shape, strides = tensor
        extent = self._extents.get(storage.key)
        if extent is None or extent.bytes != storage.bytes:
            raise ModelError(f"the numbers of {name} are missing or too few; download it again")
        if 0 in shape:
            return np.zeros(shape, storage.dtype)
        last = first + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
        # A stride of 0 would let one number fill a tensor of any size.
        if last >= storage.length or math.prod(shape) > storage.length:
            raise ModelError(f"tensor {name} of shape {shape} reaches beyond its storage")
        return np.ndarray(
            shape,
            storage.dtype,
            buffer=self._mapping,
            offset=extent.start + first * storage.dtype.itemsize,
            strides=[stride * storage.dtype.itemsize for stride in strides],
        )
