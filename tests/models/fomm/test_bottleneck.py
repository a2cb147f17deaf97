import numpy as np
import onnxruntime as ort
import pytest
from numpy.typing import NDArray

from realtime.models.fomm import bottleneck, winograd
from realtime.models.fomm.graph import GraphBuilder
from realtime.models.fomm.layers import Layers
from tests.models.fomm import reference
from tests.models.fomm.states import SMALL, random_state

SIZE = SMALL.small_px
CHANNELS = SMALL.features(SMALL.down_blocks)


@pytest.mark.parametrize(
    "signs",
    [
        pytest.param([1], id="rising"),
        pytest.param([-1], id="falling"),
        pytest.param([1, -1], id="both"),
        pytest.param([1, 0, -1e-9], id="constant"),
    ],
)
def test_blocks_are_the_models_whatever_the_normalisations_signs(signs: list[float]) -> None:
    state = random_state(SMALL)
    for i in range(SMALL.bottleneck_blocks):
        scale = state[f"generator.bottleneck.r{i}.norm1.weight"]
        scale *= np.resize(signs, scale.shape).astype(np.float32)
    value = np.random.default_rng(0).standard_normal((CHANNELS, SIZE, SIZE))

    graph = GraphBuilder("bottleneck")
    rows = graph.input("rows", np.float32, [SIZE**2, CHANNELS])
    result = bottleneck.bottleneck(Layers(graph, state), SMALL, rows)
    graph.output(result, "result", np.float32, [1, CHANNELS, SIZE, SIZE])
    laid = value.reshape(CHANNELS, -1).T[winograd.tile_order(SIZE)]
    found = run(graph, {"rows": laid})

    expected = value
    for i in range(SMALL.bottleneck_blocks):
        expected = reference.residual(state, f"generator.bottleneck.r{i}", expected)
    assert np.ptp(expected - value) > 1
    np.testing.assert_allclose(found[0], expected, atol=1e-4)


@pytest.mark.parametrize("align_corners", [True, False])
def test_rows_are_sampled_as_maps_are(align_corners: bool) -> None:
    rng = np.random.default_rng(1)
    maps = rng.standard_normal((5, SIZE, SIZE))
    # Some of it far outside, some just.
    origins = rng.uniform(-1.3, 1.3, (SIZE, SIZE, 2))
    origins[0, :4] = np.array([[-1, -1], [1, 1], [1e9, 0], [-1e9, 0]])
    visibility = rng.uniform(size=(SIZE, SIZE))

    graph = GraphBuilder("sample")
    rows = bottleneck.enter(
        graph,
        graph.input("maps", np.float32, [1, 5, SIZE, SIZE]),
        (5, SIZE),
        graph.input("origins", np.float32, [1, SIZE, SIZE, 2]),
        graph.input("visibility", np.float32, [1, 1, SIZE, SIZE]),
        align_corners=align_corners,
    )
    graph.output(rows, "rows", np.float32, [SIZE**2, 5])
    feeds = {"maps": maps[None], "origins": origins[None], "visibility": visibility[None, None]}
    found = run(graph, feeds)

    sampled = visibility * reference.sample(maps, origins, align_corners=align_corners)
    expected = sampled.reshape(5, -1).T[winograd.tile_order(SIZE)]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def run(graph: GraphBuilder, feeds: dict[str, NDArray[np.float64]]) -> NDArray[np.float32]:
    session = ort.InferenceSession(
        graph.model().SerializeToString(), providers=["CPUExecutionProvider"]
    )
    inputs = {name: value.astype(np.float32) for name, value in feeds.items()}
    return np.asarray(session.run(None, inputs)[0])
