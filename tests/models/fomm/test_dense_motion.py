import numpy as np
import onnxruntime as ort
import pytest
from numpy.typing import NDArray

from realtime.models.fomm.dense_motion import identity_grid, sample
from realtime.models.fomm.graph import GraphBuilder
from tests.models.fomm import reference

SIZE = 16


def test_the_grid_runs_from_the_first_pixels_centre_to_the_last() -> None:
    grid = identity_grid(SIZE)

    np.testing.assert_allclose(grid.reshape(SIZE, SIZE, 2), reference.coordinates(SIZE))


def test_the_identity_gives_the_features_back_under_aligned_corners() -> None:
    features = random_features()

    sampled = sampled_at_identity(features, align_corners=True)

    np.testing.assert_allclose(sampled, features, atol=3e-6)


def test_the_identity_shifts_by_half_a_pixel_at_the_border_under_outer_edges() -> None:
    across = np.broadcast_to(np.arange(1, SIZE + 1, dtype=np.float32), (1, 1, SIZE, SIZE))

    sampled = sampled_at_identity(across, align_corners=False)

    middle_row = sampled[0, 0, SIZE // 2]
    assert middle_row[1] == pytest.approx(2 - (0.5 - 1 / (SIZE - 1)), abs=1e-5)
    assert middle_row[0] == pytest.approx(0.5)
    assert middle_row[-1] == pytest.approx(SIZE / 2)


def random_features() -> NDArray[np.float32]:
    return np.random.default_rng(0).standard_normal((1, 5, SIZE, SIZE)).astype(np.float32)


def sampled_at_identity(
    features: NDArray[np.float32], *, align_corners: bool
) -> NDArray[np.float32]:
    graph = GraphBuilder("sample")
    maps = graph.input("maps", np.float32, features.shape)
    grid = graph.constant(identity_grid(SIZE).reshape(1, SIZE, SIZE, 2))
    sampled = sample(graph, maps, grid, align_corners=align_corners)
    graph.output(sampled, "sampled", np.float32, features.shape)
    session = ort.InferenceSession(
        graph.model().SerializeToString(), providers=["CPUExecutionProvider"]
    )
    result: NDArray[np.float32] = session.run(None, {"maps": features})[0]
    return result
