import errno
import hashlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from realtime.errors import ModelError
from realtime.models.fomm import converted
from realtime.models.fomm.convert import Conversion, convert
from realtime.models.fomm.converted import converted_model, converted_models, load_converted
from realtime.models.fomm.spec import Architecture
from tests.models.checkpoints import as_tensors, write_archive, write_stream
from tests.models.fomm.states import SMALL, nested, random_state


class FakeBuild:
    """Builds a graph that gives one number, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.calls: list[tuple[Mapping[str, NDArray[Any]], Architecture, bool]] = []

    def __call__(
        self,
        state: Mapping[str, NDArray[np.generic]],
        architecture: Architecture,
        /,
        *,
        align_corners: bool,
    ) -> Mapping[str, onnx.ModelProto]:
        self.calls.append((state, architecture, align_corners))
        number = helper.make_tensor("seven", TensorProto.FLOAT, [1], [7.0])
        node = helper.make_node("Constant", [], ["out"], value=number)
        out = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1])
        return {
            name: helper.make_model(helper.make_graph([node], name, [], [out]))
            for name in ("encoder", "frame")
        }


@pytest.fixture
def build() -> FakeBuild:
    return FakeBuild()


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A published checkpoint in small, with what training left in it."""
    path = tmp_path / "small.pth.tar"
    leftovers = {"discriminator": {"weight": np.ones(3)}, "epoch": 100}
    write_stream(path, as_tensors({**nested(random_state(SMALL)), **leftovers}))
    return path


def convert_small(
    checkpoint: Path, models: Path, build: FakeBuild, *, unverified: bool = True, **options: Any
) -> Conversion:
    given = {"unverified": unverified, **options}
    return convert(checkpoint, models, architecture=SMALL, build=build, **given)


def test_the_graphs_are_built_of_the_checkpoints_tensors(
    checkpoint: Path, tmp_path: Path, build: FakeBuild
) -> None:
    conversion = convert_small(checkpoint, tmp_path / "models", build)
    ((state, architecture, align_corners),) = build.calls
    assert architecture is SMALL
    assert align_corners is True
    expected = random_state(SMALL)
    assert state.keys() == expected.keys()
    for name, tensor in expected.items():
        assert state[name].dtype == np.float32
        np.testing.assert_array_equal(state[name], tensor)
    assert conversion.fresh
    assert onnx.load(conversion.model.file("frame")).graph.name == "frame"


def test_the_result_says_what_it_was_made_of(
    checkpoint: Path, tmp_path: Path, build: FakeBuild
) -> None:
    sha256 = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    model = convert_small(checkpoint, tmp_path / "models", build).model
    assert model.folder == tmp_path / "models" / f"fomm-{sha256[:12]}"
    assert json.loads((model.folder / "meta.json").read_text()) == {
        "converter": 3,
        "source": "small.pth.tar",
        "sha256": sha256,
        "md5": hashlib.md5(checkpoint.read_bytes()).hexdigest(),
        "align_corners": True,
        "graphs": {name: model.file(name).stat().st_size for name in ("encoder", "frame")},
    }
    assert load_converted(model.folder) == model
    assert list((tmp_path / "models").iterdir()) == [model.folder]


def test_a_second_run_builds_nothing(checkpoint: Path, tmp_path: Path, build: FakeBuild) -> None:
    first = convert_small(checkpoint, tmp_path / "models", build)
    elsewhere = checkpoint.rename(tmp_path / "renamed.pth.tar")
    second = convert_small(elsewhere, tmp_path / "models", build)
    assert second == Conversion(first.model, fresh=False)
    assert len(build.calls) == 1


def test_what_is_incomplete_outdated_or_sampled_otherwise_is_made_anew(
    checkpoint: Path, tmp_path: Path, build: FakeBuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = convert_small(checkpoint, tmp_path / "models", build).model
    model.file("frame").write_bytes(b"cut")
    assert load_converted(model.folder) is None
    assert convert_small(checkpoint, tmp_path / "models", build).fresh
    model.file("frame").unlink()
    assert convert_small(checkpoint, tmp_path / "models", build).fresh
    (model.folder / "meta.json").write_text("[]")
    assert convert_small(checkpoint, tmp_path / "models", build).fresh
    other = convert_small(checkpoint, tmp_path / "models", build, align_corners=False)
    assert other.fresh
    assert not other.model.align_corners
    monkeypatch.setattr(converted, "CONVERTER_VERSION", 4)
    assert convert_small(checkpoint, tmp_path / "models", build).fresh


def test_the_real_builder_builds_from_both_formats_the_same(
    checkpoint: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "small.zip"
    write_archive(archive, as_tensors(nested(random_state(SMALL))))
    models = [
        convert(path, tmp_path / "models", unverified=True, architecture=SMALL).model
        for path in (checkpoint, archive)
    ]
    one, other = models
    assert set(one.graphs) == {"encoder", "keypoints", "frame", "frame-cpu", "frame-gpu"}
    assert one.folder != other.folder
    for name in one.graphs:
        onnx.checker.check_model(onnx.load(one.file(name)), full_check=True)
        assert one.file(name).read_bytes() == other.file(name).read_bytes()


def test_converted_models_are_listed_the_latest_first(
    checkpoint: Path, tmp_path: Path, build: FakeBuild
) -> None:
    models = tmp_path / "models"
    assert converted_models(models) == []
    with pytest.raises(ModelError, match="then `mimicam models convert"):
        converted_model(models)
    first = convert_small(checkpoint, models, build).model
    write_stream(checkpoint, as_tensors(nested(random_state(SMALL, seed=1))))
    second = convert_small(checkpoint, models, build).model
    (models / "fomm-broken").mkdir()
    (models / "fomm-broken" / "meta.json").write_text("{}")
    for model, age_s in ((first, 200), (second, 100)):
        _set_age(model.folder / "meta.json", age_s)
    assert converted_models(models) == [second, first]
    assert converted_model(models) == second.folder
    _set_age(first.folder / "meta.json", 0)
    assert converted_model(models) == first.folder


def _set_age(file: Path, age_s: int) -> None:
    os.utime(file, (1_000_000_000 - age_s, 1_000_000_000 - age_s))


def test_the_published_checkpoint_is_known_by_its_md5(
    checkpoint: Path, tmp_path: Path, build: FakeBuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert converted.PUBLISHED == {"8a45a24037871c045fbb8a6a8aa95ebc": "vox-adv-cpk"}
    model = convert_small(checkpoint, tmp_path / "models", build).model
    assert model.published is None
    monkeypatch.setitem(converted.PUBLISHED, model.md5, "small-cpk")
    again = convert_small(checkpoint, tmp_path / "models", build, unverified=False)
    assert again == Conversion(model, fresh=False)
    assert again.model.published == "small-cpk"
    assert convert_small(checkpoint, tmp_path / "more", build, unverified=False).fresh


def test_another_md5_is_refused_though_the_tensors_fit(
    checkpoint: Path, tmp_path: Path, build: FakeBuild
) -> None:
    models, md5 = tmp_path / "models", hashlib.md5(checkpoint.read_bytes()).hexdigest()
    with pytest.raises(ModelError, match=f"its md5 {md5} is not that of vox-adv-cpk"):
        convert_small(checkpoint, models, build, unverified=False)
    assert build.calls == []
    assert not models.exists()
    # What was converted before, unverified, is no reason to trust it now.
    convert_small(checkpoint, models, build)
    with pytest.raises(ModelError, match="add --unverified"):
        convert_small(checkpoint, models, build, unverified=False)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(
            {"state_dict": {"weight": np.ones(2)}, "epoch": 1},
            "there is no generator and no kp_detector in it (but state_dict, epoch): this is no "
            "checkpoint of the first-order motion model",
            id="another network",
        ),
        pytest.param(
            {"generator": {"weight": np.ones(2)}}, "no kp_detector in it", id="half of it"
        ),
        pytest.param({}, "no kp_detector in it (but nothing)", id="nothing"),
        pytest.param(
            nested(random_state(Architecture(64, 5, 4, SMALL.detector, SMALL.motion, 8, 24, 2, 2))),
            "it finds 5 keypoints where 3 are needed: this is a checkpoint of another model",
            id="five keypoints",
        ),
    ],
)
def test_other_checkpoints_get_one_line(
    tmp_path: Path, build: FakeBuild, content: Mapping[str, Any], complaint: str
) -> None:
    path = tmp_path / "other.pth.tar"
    write_archive(path, as_tensors(content))
    with pytest.raises(ModelError) as caught:
        convert_small(path, tmp_path / "models", build)
    assert str(caught.value).startswith(f"cannot convert {path}: ")
    assert complaint in str(caught.value)
    assert not (tmp_path / "models").exists()
    assert build.calls == []


def test_a_truncated_download_gets_one_line(
    checkpoint: Path, tmp_path: Path, build: FakeBuild
) -> None:
    checkpoint.write_bytes(checkpoint.read_bytes()[:-1000])
    with pytest.raises(ModelError, match=r"it is cut short \(.*\); download it again$"):
        convert_small(checkpoint, tmp_path / "models", build)


def test_missing_files_and_folders_get_one_line(tmp_path: Path, build: FakeBuild) -> None:
    with pytest.raises(ModelError, match=r"nothing.pth.tar: No such file .*check path"):
        convert_small(tmp_path / "nothing.pth.tar", tmp_path / "models", build)
    with pytest.raises(ModelError, match="is a folder: give the checkpoint as it came"):
        convert_small(tmp_path, tmp_path / "models", build)


def test_onnx_is_asked_for_when_it_is_missing(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("realtime.models.fomm.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ModelError, match=r"needs the package onnx: `python -m pip install onnx`"):
        convert(checkpoint, tmp_path / "models", architecture=SMALL)


def test_a_full_disk_leaves_nothing_behind(
    checkpoint: Path, tmp_path: Path, build: FakeBuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_bytes(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    with pytest.raises(ModelError, match=r"cannot write the converted model .*No space left"):
        convert_small(checkpoint, tmp_path / "models", build)
    assert list((tmp_path / "models").iterdir()) == []
