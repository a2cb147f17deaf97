"""Small ONNX models, and an ONNX Runtime that pretends to have more devices than this machine."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper


def brighten() -> bytes:
    """uint8 `image` (4, 4, 3) and float32 `offset` (1,) to uint8 `brighter` and float32 `mean`."""
    return serialise(
        [
            helper.make_node("Cast", ["image"], ["exact"], to=TensorProto.FLOAT),
            helper.make_node("Add", ["exact", "offset"], ["sum"]),
            helper.make_node("Cast", ["sum"], ["brighter"], to=TensorProto.UINT8),
            helper.make_node("ReduceMean", ["sum"], ["mean"], keepdims=0),
        ],
        inputs={"image": (TensorProto.UINT8, [4, 4, 3]), "offset": (TensorProto.FLOAT, [1])},
        outputs={"brighter": (TensorProto.UINT8, [4, 4, 3]), "mean": (TensorProto.FLOAT, [])},
    )


def pick() -> bytes:
    """float32 `table` of any length and int64 `index` (1,) to float32 `value`; may fail to run."""
    return serialise(
        [helper.make_node("Gather", ["table", "index"], ["value"])],
        inputs={"table": (TensorProto.FLOAT, ["n"]), "index": (TensorProto.INT64, [1])},
        outputs={"value": (TensorProto.FLOAT, [1])},
    )


def blur() -> bytes:
    """float32 `picture` (1, 1, 8, 8) convolved with a box of nine to `blurred`."""
    return serialise(
        [helper.make_node("Conv", ["picture", "box"], ["blurred"], pads=[1, 1, 1, 1])],
        inputs={"picture": (TensorProto.FLOAT, [1, 1, 8, 8])},
        outputs={"blurred": (TensorProto.FLOAT, [1, 1, 8, 8])},
        constants={"box": np.full((1, 1, 3, 3), 1 / 9, np.float32)},
    )


def serialise(
    nodes: list[onnx.NodeProto],
    inputs: dict[str, tuple[int, Sequence[int | str]]],
    outputs: dict[str, tuple[int, Sequence[int | str]]],
    constants: dict[str, Any] | None = None,
) -> bytes:
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info(name, *spec) for name, spec in inputs.items()],
        [helper.make_tensor_value_info(name, *spec) for name, spec in outputs.items()],
        [onnx.numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    data: bytes = model.SerializeToString()
    return data


class PretendingRuntime:
    """ONNX Runtime with execution providers that it says it has, and that run on the CPU."""

    package_name = "onnxruntime"
    __version__ = "1.31.1"

    def __init__(self, *providers: str) -> None:
        self.providers = [*providers, "CPUExecutionProvider"]
        self.starts = set(self.providers)
        "As the real one does, it drops the others without a word."
        self.takes_nodes = True
        self.raises: Exception | None = None
        "What providers other than the CPU's raise when they start."
        self.opened: list[SimpleNamespace] = []
        self.preloaded = False

    def __getattr__(self, name: str) -> Any:
        return getattr(onnxruntime, name)

    def get_available_providers(self) -> list[str]:
        return self.providers

    def preload_dlls(self) -> None:
        self.preloaded = True
        print("noise, as the real one makes")  # noqa: T201

    def InferenceSession(
        self, model: str, options: Any, providers: list[tuple[str, dict[str, str]]], **more: int
    ) -> "PretendingSession":
        self.opened.append(SimpleNamespace(providers=providers, options=options, **more))
        names = [name for name, _ in providers]
        if self.raises is not None and names != ["CPUExecutionProvider"]:
            raise self.raises
        started = [name for name in names if name in self.starts]
        native = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
        return PretendingSession(native, started, started[0] if self.takes_nodes else started[-1])


class PretendingSession:
    """A session whose profile says that `ran` ran every node."""

    def __init__(self, native: Any, providers: list[str], ran: str) -> None:
        self._native = native
        self._providers = providers
        self._ran = ran

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)

    def get_providers(self) -> list[str]:
        return self._providers

    def end_profiling(self) -> str:
        profile = Path(self._native.end_profiling())
        text = profile.read_text(encoding="utf-8")
        profile.write_text(text.replace("CPUExecutionProvider", self._ran), encoding="utf-8")
        return str(profile)
