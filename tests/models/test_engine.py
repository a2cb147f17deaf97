from types import SimpleNamespace
from typing import Any, Self

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from realtime.errors import DeviceError
from realtime.models.devices import Device
from realtime.models.engine import BoundRun, Engine, reason


class DeviceValue:
    """A tensor in a memory that is not the caller's."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array.copy()

    @classmethod
    def ortvalue_from_numpy(cls, array: NDArray[Any], memory: str) -> Self:
        assert memory == "cuda"
        return cls(array)

    def update_inplace(self, array: NDArray[Any]) -> None:
        self.array[...] = array

    def numpy(self) -> NDArray[Any]:
        return self.array.copy()

    def data_type(self) -> str:
        return "tensor(float)"

    def shape(self) -> list[int]:
        return list(self.array.shape)


class Adder:
    """A session on a device that adds `constant` to `image`."""

    def __init__(self) -> None:
        self.graphs: list[str] = []
        self.fails: Exception | None = None

    def io_binding(self) -> SimpleNamespace:
        bound: dict[str, DeviceValue] = {}
        return SimpleNamespace(
            bound=bound,
            bind_ortvalue_input=bound.__setitem__,
            bind_ortvalue_output=bound.__setitem__,
        )

    def run_with_iobinding(self, binding: Any, options: Any) -> None:
        if self.fails is not None:
            raise self.fails
        self.graphs.append(options.get_run_config_entry("gpu_graph_id"))
        bound = binding.bound
        bound["sum"].array[...] = bound["image"].array + bound["constant"].array


@pytest.fixture
def adder() -> Adder:
    return Adder()


@pytest.fixture
def engine(adder: Adder) -> Engine:
    runtime = SimpleNamespace(
        OrtValue=DeviceValue, RunOptions=onnxruntime.RunOptions, capi=onnxruntime.capi
    )
    return Engine(runtime, adder, Device.CUDA, captures=True)


def ones() -> NDArray[np.float32]:
    return np.ones(3, np.float32)


def test_a_device_is_fed_and_read_in_three_steps(engine: Engine) -> None:
    image, found = ones(), ones() * 0
    run = BoundRun(engine, {"constant": ones()}, {"image": image}, {"sum": found})
    image += 9
    run.compute()
    assert found.tolist() == [0, 0, 0]
    run.download()
    assert found.tolist() == [2, 2, 2]
    run()
    assert found.tolist() == [11, 11, 11]


def test_a_replaced_constant_keeps_its_place_on_the_device(engine: Engine) -> None:
    found = ones()
    run = BoundRun(engine, {"constant": ones()}, {"image": ones()}, {"sum": found})
    run.update("constant", ones() * 5)
    run()
    assert found.tolist() == [6, 6, 6]


def test_each_bound_run_has_its_own_graph_and_other_runs_have_none(
    engine: Engine, adder: Adder
) -> None:
    first, second = (
        BoundRun(engine, {"constant": ones()}, {"image": ones()}, {"sum": ones()}) for _ in "ab"
    )
    for run in (first, second, first):
        run()
    assert adder.graphs == ["1", "2", "1"]
    assert engine.options(bound=False).get_run_config_entry("gpu_graph_id") == "-1"


def test_a_device_that_fails_says_what_runs_without_it(engine: Engine, adder: Adder) -> None:
    adder.fails = onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException("out of memory")
    run = BoundRun(engine, {"constant": ones()}, {"image": ones()}, {"sum": ones()})
    with pytest.raises(DeviceError) as caught:
        run()
    assert str(caught.value) == (
        "the network failed on cuda (out of memory); `--device cpu` runs without it"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[ONNXRuntimeError] : 7 : INVALID_PROTOBUF : Failed : badly\nat line 9", "Failed : badly"),
        ("plain", "plain"),
        ("[ONNXRuntimeError] : odd", "odd"),
    ],
)
def test_an_error_is_one_line_without_codes(text: str, line: str) -> None:
    assert reason(RuntimeError(text)) == line
