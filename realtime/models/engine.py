"""What surrounds one session of ONNX Runtime: checked tensors, its errors, its prepared runs.

ONNX Runtime comes in as a value; only `realtime.models.session` imports it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.errors import DeviceError
from realtime.models.devices import Device

Tensor = NDArray[Any]
Tensors = Mapping[str, Tensor]

_DTYPES = {
    "tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8, "tensor(int8)": np.int8, "tensor(int32)": np.int32,
    "tensor(int64)": np.int64, "tensor(bool)": np.bool_,
}  # fmt: skip
_ERRORS = (
    "EPFail", "EngineError", "Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf",
    "NoModel", "NoSuchFile", "NotImplemented", "RuntimeException",
)  # fmt: skip
_GRAPH_ID = "gpu_graph_id"
_NO_GRAPH = "-1"


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """An input or output of a model."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int | None, ...]
    "None: any size."

    def check(self, array: Tensor) -> None:
        """Raise ValueError unless an array is of this type and shape."""
        if array.dtype != self.dtype or not self._fits(array.shape):
            raise ValueError(
                f"{self.name!r} must be {self.dtype} {self.shape}, not {array.dtype} {array.shape}"
            )

    def _fits(self, shape: tuple[int, ...]) -> bool:
        if len(shape) != len(self.shape):
            return False
        return all(want in (None, have) for want, have in zip(self.shape, shape, strict=True))

    def filled(self) -> Tensor:
        """A value that no division, root or look-up minds; free sizes are 1."""
        value = 0 if self.dtype.kind == "i" else 1
        return np.full([size or 1 for size in self.shape], value, self.dtype)


@dataclass(frozen=True, slots=True)
class Engine:
    """A session of ONNX Runtime and the module that it came from."""

    runtime: Any
    native: Any
    device: Device
    captures: bool
    "Whether bound runs are captured as CUDA graphs."
    _graph_ids: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def memory(self) -> str:
        """Where bound tensors live, in ONNX Runtime's word.

        DirectML could be bound to its own memory too; ONNX Runtime copies for it at each run.
        """
        return "cuda" if self.device in (Device.CUDA, Device.TENSORRT) else "cpu"

    def options(self, *, bound: bool) -> Any:
        """Options for runs: every bound run has its own CUDA graph, others are not captured."""
        options = self.runtime.RunOptions()
        if self.captures:
            graph = str(next(self._graph_ids)) if bound else _NO_GRAPH
            options.add_run_config_entry(_GRAPH_ID, graph)
        return options

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turns what ONNX Runtime raises while it runs a model into a DeviceError."""
        try:
            yield
        except runtime_errors(self.runtime) as error:
            advice = "" if self.device is Device.CPU else "; `--device cpu` runs without it"
            message = f"the network failed on {self.device} ({reason(error)}){advice}"
            raise DeviceError(message) from error


class BoundRun:
    """One model with its arrays, run again and again: the way for live frames.

    Inputs and outputs are the caller's arrays: change the inputs in place, call, read the outputs.
    A call is `upload`, `compute`, `download`; where the device works in host memory, the first and
    the last do nothing. Belongs to one thread.
    """

    def __init__(self, engine: Engine, constants: Tensors, inputs: Tensors, outputs: Tensors):
        self._engine = engine
        self._options = engine.options(bound=True)
        self._binding = engine.native.io_binding()
        self._inputs, self._outputs = inputs, outputs
        # ONNX Runtime keeps addresses only, so the values that own the memory are kept here.
        self._constant_values = self._values(
            {name: np.array(array, order="C") for name, array in constants.items()}
        )
        self._input_values, self._output_values = self._values(inputs), self._values(outputs)
        for name, value in {**self._constant_values, **self._input_values}.items():
            self._binding.bind_ortvalue_input(name, value)
        for name, value in self._output_values.items():
            self._binding.bind_ortvalue_output(name, value)

    def __call__(self) -> None:
        """Fill the outputs from the inputs.

        Raises:
            DeviceError: the device failed.
        """
        self.upload()
        self.compute()
        self.download()

    def upload(self) -> None:
        """Copy the inputs to the device."""
        if self._engine.memory != "cpu":
            for name, array in self._inputs.items():
                self._input_values[name].update_inplace(array)

    def compute(self) -> None:
        """Run the model on what is on the device; returns when the device has finished."""
        with self._engine.errors():
            self._engine.native.run_with_iobinding(self._binding, self._options)

    def download(self) -> None:
        """Copy the outputs from the device."""
        if self._engine.memory != "cpu":
            for name, array in self._outputs.items():
                np.copyto(array, self._output_values[name].numpy())

    def update(self, name: str, array: Tensor) -> None:
        """Replace a constant; takes a copy.

        Raises:
            ValueError: it is no constant, or not of the type and shape that it was bound with.
        """
        if name not in self._constant_values:
            known = ", ".join(self._constant_values) or "there is none"
            raise ValueError(f"no constant of this run is named {name!r}: {known}")
        value = self._constant_values[name]
        bound = TensorSpec(name, _dtype(value.data_type()), tuple(value.shape()))
        bound.check(array)
        value.update_inplace(np.ascontiguousarray(array))

    def _values(self, arrays: Tensors) -> dict[str, Any]:
        """On the CPU a value is a view of its array."""
        make = self._engine.runtime.OrtValue.ortvalue_from_numpy
        return {name: make(array, self._engine.memory) for name, array in arrays.items()}


def specs(arguments: Iterable[Any]) -> Mapping[str, TensorSpec]:
    """What ONNX Runtime says of a model's inputs or outputs, by name, in its order."""
    return MappingProxyType(
        {
            argument.name: TensorSpec(
                argument.name,
                _dtype(argument.type),
                tuple(size if isinstance(size, int) else None for size in argument.shape),
            )
            for argument in arguments
        }
    )


def nodes_per_provider(profile: Path) -> Mapping[str, int]:
    """Nodes per execution provider, from one run's profile."""
    events = json.loads(profile.read_text(encoding="utf-8"))
    nodes = Counter(
        event["args"]["provider"]
        for event in events
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time")
    )
    return MappingProxyType(dict(nodes.most_common()))


def _dtype(name: str) -> np.dtype[Any]:
    return np.dtype(_DTYPES[name])


def runtime_errors(runtime: Any) -> tuple[type[Exception], ...]:
    """The classes that ONNX Runtime raises; their one common base is Exception."""
    module = runtime.capi.onnxruntime_pybind11_state
    return tuple(getattr(module, name) for name in _ERRORS)


def reason(error: Exception) -> str:
    """An error of ONNX Runtime in one line, without its codes."""
    text = str(error).strip()
    if text.startswith("[ONNXRuntimeError]"):
        text = text.split(" : ", 3)[-1]
    return text.partition("\n")[0]
