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
def test_it_is_the_bordered_convolution(inputs: int, outputs: int, size: int) -> None:
    rng = np.random.default_rng(inputs)
    value = rng.standard_normal((inputs, size, size))
    border = rng.standard_normal(inputs)
    weight = rng.standard_normal((outputs, inputs, 3, 3))

    graph = GraphBuilder("winograd")
    rows = graph.input("rows", np.float32, [size**2, inputs])
    product = winograd.convolve(graph, rows, weight, size, border)
    graph.output(product, "product", np.float32, [size**2, outputs])
    session = ort.InferenceSession(
        graph.model().SerializeToString(), providers=["CPUExecutionProvider"]
    )

    order = winograd.tile_order(size)
    laid = value.reshape(inputs, -1).T[order].astype(np.float32)
    bordered = np.broadcast_to(border[:, None, None], (inputs, size + 2, size + 2)).copy()
    bordered[:, 1:-1, 1:-1] = value
    expected = reference.convolve(bordered, weight, padding=0).reshape(outputs, -1).T[order]
    np.testing.assert_allclose(session.run(None, {"rows": laid})[0], expected, atol=1e-4)
