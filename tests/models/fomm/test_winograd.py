import numpy as np
import onnxruntime as ort
import pytest

from realtime.models.fomm import winograd
from realtime.models.fomm.graph import GraphBuilder
from tests.models.fomm import reference


@pytest.mark.parametrize(
    ("inputs", "outputs", "size"),
    [
        pytest.param(1, 1, 4, id="one tile"),
        pytest.param(5, 3, 16, id="fewer channels out"),
        pytest.param(2, 7, 8, id="more channels out"),
    ],
)
def test_it_is_the_padded_convolution(inputs: int, outputs: int, size: int) -> None:
    rng = np.random.default_rng(inputs)
    value = rng.standard_normal((1, inputs, size, size)).astype(np.float32)
    weight = rng.standard_normal((outputs, inputs, 3, 3))

    graph = GraphBuilder("winograd")
    product = winograd.convolve(graph, graph.input("value", np.float32, value.shape), weight, size)
    graph.output(product, "product", np.float32, [1, outputs, size, size])
    session = ort.InferenceSession(
        graph.model().SerializeToString(), providers=["CPUExecutionProvider"]
    )

    expected = reference.convolve(value[0].astype(np.float64), weight, padding=1)
    np.testing.assert_allclose(session.run(None, {"value": value})[0][0], expected, atol=1e-4)
