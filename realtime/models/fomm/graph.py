"""A builder round `onnx.helper`: one call per operator, tensors are their names."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, DTypeLike
from onnx import helper, numpy_helper

OPSET = 20
"The first with a `GridSample` whose mode is called `linear`."
OPSET_OF_BILINEAR = 19
"The last where it is called `bilinear`, all that OpenVINO 2025.4 knows."
IR_VERSION = 10


class GraphBuilder:
    """Collects the nodes, constants, inputs and outputs of one graph."""

    def __init__(self, name: str, opset: int = OPSET) -> None:
        self._name = name
        self.opset = opset
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, dtype: DTypeLike, shape: Sequence[int]) -> str:
        """Declare an input; its name."""
        self._inputs.append(_described(name, dtype, shape))
        return name

    def output(self, value: str, name: str, dtype: DTypeLike, shape: Sequence[int]) -> None:
        """Declare a tensor as the output `name`."""
        self.op("Identity", value, name=name)
        self._outputs.append(_described(name, dtype, shape))

    def constant(self, value: ArrayLike, dtype: DTypeLike = np.float32) -> str:
        """A tensor that never changes."""
        name = f"constant_{len(self._constants)}"
        # Not ascontiguousarray, which makes a vector of a scalar.
        array = np.array(value, dtype, order="C")
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def op(self, kind: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """Add an operator; the name of its one output, which is `name` where that is given."""
        return self._add(kind, inputs, [name or self._next(kind)], attributes)[0]

    def split(self, value: str, sizes: Sequence[int], axis: int) -> list[str]:
        """`value` cut along `axis` into parts of the given sizes."""
        parts = [f"{self._next('Split')}_{i}" for i in range(len(sizes))]
        inputs = (value, self.constant(sizes, np.int64))
        return self._add("Split", inputs, parts, {"axis": axis})

    def reshape(self, value: str, shape: Sequence[int], name: str | None = None) -> str:
        """`value` with another shape."""
        return self.op("Reshape", value, self.constant(shape, np.int64), name=name)

    def cast(self, value: str, dtype: DTypeLike) -> str:
        """`value` as another type."""
        return self.op("Cast", value, to=_element_type(dtype))

    def model(self) -> onnx.ModelProto:
        """The finished, checked model."""
        graph = helper.make_graph(
            self._nodes, self._name, self._inputs, self._outputs, self._constants
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", self.opset)],
            ir_version=IR_VERSION,
            producer_name="mimicam",
        )
        onnx.checker.check_model(model)
        return model

    def _next(self, kind: str) -> str:
        return f"{kind}_{len(self._nodes)}"

    def _add(
        self, kind: str, inputs: Sequence[str], outputs: list[str], attributes: dict[str, Any]
    ) -> list[str]:
        name = self._next(kind)
        self._nodes.append(helper.make_node(kind, inputs, outputs, name=name, **attributes))
        return outputs


def _described(name: str, dtype: DTypeLike, shape: Sequence[int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, _element_type(dtype), shape)


def _element_type(dtype: DTypeLike) -> int:
    return int(helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))
