"""Pickles that may name tensors, their storages and ordered dictionaries, and nothing else.

Whatever a pickle gets to hold here is immutable or a plain container, because a pickle can set
attributes of what it holds.
"""

import pickle
import pickletools
from collections import OrderedDict
from typing import IO, Any, NamedTuple, TypeGuard

import numpy as np

from realtime.errors import ModelError

DTYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "|i1",
    "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}
"""PyTorch's storage classes and what NumPy calls their numbers."""

_PUTS = {"PUT", "BINPUT", "LONG_BINPUT"}


class Storage(NamedTuple):
    """A block of numbers, by its name in the checkpoint."""

    key: str
    kind: str
    "A key of `DTYPES`."
    length: int
    "In numbers."

    @property
    def dtype(self) -> np.dtype[Any]:
        """What its numbers are."""
        return np.dtype(DTYPES[self.kind])

    @property
    def bytes(self) -> int:
        """Its size in the file."""
        return self.length * self.dtype.itemsize


class Tensor(NamedTuple):
    """A tensor before it is known where its storage lies; all in numbers, not bytes."""

    storage: Storage
    first: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class TensorUnpickler(pickle.Unpickler):
    """Reads one pickle, whose tensors become `Tensor`."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.storages: dict[str, Storage] = {}
        "All that the pickle spoke of."
        self._file = file

    def load(self) -> Any:
        """What the pickle holds.

        Raises:
            ModelError: it asks for something else than tensors; the message names it.
            Exception: whatever `pickle` and what it calls raise over nonsense.
        """
        start = self._file.tell()
        self._check_memo()
        self._file.seek(start)
        return super().load()

    def _check_memo(self) -> None:
        """Refuse a memo with gaps: a few bytes that store at 2^31 would allocate gigabytes."""
        stored = 0
        for instruction, argument, _ in pickletools.genops(self._file):
            if instruction.name in _PUTS:
                stored += 1
                number = int(argument or 0)
                if number > stored:  # Python 2 counts from 1, later ones from 0
                    raise ModelError(f"it memorises object {stored} as {number}: refused")

    def find_class(self, module: str, name: str) -> Any:
        """What a name in the pickle stands for."""
        if (module, name) in _ALLOWED:
            return _ALLOWED[module, name]
        if module == "torch" and name in DTYPES:
            return name
        raise ModelError(
            f"it asks for {module}.{name}: refused, because a checkpoint needs tensors only; "
            "get it from its authors"
        )

    def persistent_load(self, reference: Any) -> Storage:
        """The storage that the pickle refers to."""
        match reference:
            case ("storage", str(kind), str(key), _, int(length), *view) if (
                kind in DTYPES and length >= 0 and view in ([], [None])
            ):
                storage = Storage(key, kind, length)
            case _:
                raise ModelError(f"it refers to {str(reference)[:80]!r}, which is no storage")
        if self.storages.setdefault(key, storage) != storage:
            raise ModelError(f"it describes storage {key} in two ways")
        return storage


class _Rebuild:
    """Called by the pickle to make a tensor."""

    __slots__ = ()

    def __call__(self, *arguments: object) -> Tensor:
        # What follows the strides says how the tensor was trained.
        storage, first, shape, strides, *_ = arguments
        if (
            isinstance(storage, Storage)
            and isinstance(first, int)
            and first >= 0
            and _are_sizes(shape)
            and _are_sizes(strides)
            and len(shape) == len(strides)
        ):
            return Tensor(storage, first, shape, strides)
        sizes = f"offset {first}, shape {shape}, strides {strides}"
        raise ModelError(f"it describes an impossible tensor ({sizes[:120]})")


def _are_sizes(value: object) -> TypeGuard[tuple[int, ...]]:
    return isinstance(value, tuple) and all(isinstance(size, int) and size >= 0 for size in value)


_ALLOWED: dict[tuple[str, str], Any] = {
    ("torch._utils", "_rebuild_tensor_v2"): _Rebuild(),
    ("collections", "OrderedDict"): OrderedDict,
}
