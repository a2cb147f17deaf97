import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.errors import ModelError
from realtime.models.fomm.spec import VOX_256, Architecture, check_tensors, expected_tensors
from tests.models.fomm.states import SMALL, random_state

TABLE = Path(__file__).parents[3] / "docs" / "fomm-tensors.md"
TRAINED = re.compile(r"(?<!down)\.(weight|bias)$")


@pytest.fixture
def state() -> dict[str, NDArray[Any]]:
    return random_state(SMALL)


@pytest.mark.parametrize(
    ("network", "tensors", "trained", "all_numbers"),
    [("kp_detector", 75, 14_215_368, 14_221_837), ("generator", 196, 45_575_391, 45_593_205)],
)
def test_the_published_model_has_so_many_tensors_and_parameters(
    network: str, tensors: int, trained: int, all_numbers: int
) -> None:
    sizes = {
        name: math.prod(shape)
        for name, shape in expected_tensors(VOX_256).items()
        if name.startswith(f"{network}.")
    }
    assert len(sizes) == tensors
    assert sum(size for name, size in sizes.items() if TRAINED.search(name)) == trained
    assert sum(sizes.values()) == all_numbers
    row = f"| `{network}` | {tensors} | {trained:,} | {all_numbers:,} |"
    assert row in TABLE.read_text(encoding="utf-8")


def test_the_table_in_the_docs_lists_every_tensor_with_its_shape() -> None:
    rows = re.findall(
        r"^\| `(\S+\.\S+)` \| (\S+|one integer) \|$", TABLE.read_text("utf-8"), re.MULTILINE
    )
    listed = {
        name: () if shape == "one integer" else tuple(map(int, shape.split("x")))
        for name, shape in rows
    }
    assert len(rows) == 271
    assert listed == expected_tensors(VOX_256)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        pytest.param("kp_detector.kp.weight", (10, 35, 7, 7), id="hourglass gives picture too"),
        pytest.param("kp_detector.jacobian.bias", (40,), id="four numbers per keypoint"),
        pytest.param("kp_detector.down.weight", (3, 1, 13, 13), id="blur"),
        pytest.param(
            "kp_detector.predictor.decoder.up_blocks.0.conv.weight", (512, 1024, 3, 3), id="deepest"
        ),
        pytest.param(
            "kp_detector.predictor.decoder.up_blocks.1.conv.weight", (256, 1024, 3, 3), id="joined"
        ),
        pytest.param(
            "generator.dense_motion_network.hourglass.encoder.down_blocks.0.conv.weight",
            (128, 44, 3, 3),
            id="heatmap and picture of ten keypoints and the background",
        ),
        pytest.param("generator.dense_motion_network.mask.weight", (11, 108, 7, 7), id="mask"),
        pytest.param("generator.dense_motion_network.occlusion.bias", (1,), id="occlusion"),
        pytest.param("generator.first.conv.weight", (64, 3, 7, 7), id="first"),
        pytest.param("generator.bottleneck.r5.conv2.weight", (256, 256, 3, 3), id="bottleneck"),
        pytest.param("generator.bottleneck.r0.norm1.num_batches_tracked", (), id="counter"),
        pytest.param("generator.up_blocks.1.conv.weight", (64, 128, 3, 3), id="up"),
        pytest.param("generator.final.weight", (3, 64, 7, 7), id="final"),
    ],
)
def test_published_shapes(name: str, shape: tuple[int, ...]) -> None:
    assert expected_tensors(VOX_256)[name] == shape


def test_features_are_limited() -> None:
    shapes = expected_tensors(SMALL)
    assert shapes["kp_detector.predictor.encoder.down_blocks.1.conv.weight"] == (12, 8, 3, 3)
    assert shapes["generator.down_blocks.1.conv.weight"] == (24, 16, 3, 3)


def test_sizes_follow_from_the_architecture() -> None:
    assert (VOX_256.small_px, VOX_256.heatmap_px, VOX_256.antialias_px) == (64, 58, 13)
    assert (SMALL.small_px, SMALL.heatmap_px, SMALL.antialias_px) == (16, 10, 13)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        pytest.param({"downscale": 2}, r"motion at 1/2 but features at 1/2\^2", id="two sizes"),
        pytest.param({"image_px": 192}, "192 pixels cannot be halved into 128", id="odd size"),
    ],
)
def test_architectures_without_a_graph_are_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Architecture(**changes)


def test_the_right_tensors_pass(state: dict[str, NDArray[Any]]) -> None:
    check_tensors(state, SMALL)


def test_missing_extra_and_misshapen_tensors_are_named(state: dict[str, NDArray[Any]]) -> None:
    del state["generator.first.conv.bias"]
    for i in range(5):
        state[f"generator.attention.{i}"] = np.zeros(1)
    state["generator.final.weight"] = np.zeros((3, 8, 3, 3), np.float32)
    with pytest.raises(ModelError) as caught:
        check_tensors(state, SMALL)
    assert str(caught.value) == (
        "it is not of the architecture vox-256: 1 missing: generator.first.conv.bias; "
        "5 not expected: generator.attention.0, generator.attention.1, generator.attention.2 "
        "and 2 more; 1 of another shape: generator.final.weight is 3x8x3x3, not 3x8x7x7"
    )


def test_broken_numbers_are_named(state: dict[str, NDArray[Any]]) -> None:
    state["generator.final.bias"][1] = np.nan
    state["kp_detector.kp.bias"][0] = np.inf
    with pytest.raises(ModelError, match=r"2 not finite: kp_detector\.kp\.bias, generator\.final"):
        check_tensors(state, SMALL)


def drop(state: dict[str, NDArray[Any]], part: str) -> None:
    for name in [name for name in state if part in name]:
        del state[name]


def test_another_number_of_keypoints_is_another_model() -> None:
    five = random_state(Architecture(keypoints=5, detector=SMALL.detector, motion=SMALL.motion))
    with pytest.raises(ModelError, match=r"5 keypoints where 10 are needed.*of another model"):
        check_tensors(five, VOX_256)


def test_no_jacobians_is_another_model(state: dict[str, NDArray[Any]]) -> None:
    drop(state, "jacobian")
    with pytest.raises(ModelError, match=r"estimates no Jacobians.*of another model"):
        check_tensors(state, SMALL)


def test_one_jacobian_for_all_is_another_model(state: dict[str, NDArray[Any]]) -> None:
    state["kp_detector.jacobian.bias"] = np.zeros(4, np.float32)
    with pytest.raises(ModelError, match=r"estimates 1 Jacobian for 3 keypoints.*of another model"):
        check_tensors(state, SMALL)


def test_no_keypoints_is_another_model(state: dict[str, NDArray[Any]]) -> None:
    drop(state, "kp_detector.kp")
    with pytest.raises(ModelError, match=r"finds no keypoints.*of another model"):
        check_tensors(state, SMALL)
