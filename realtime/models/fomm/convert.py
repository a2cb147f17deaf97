"""The published checkpoint made into ONNX graphs, once."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from realtime.errors import ModelError
from realtime.models.checkpoint import read_checkpoint
from realtime.models.fomm.converted import (
    META,
    PUBLISHED,
    Converted,
    folder_of,
    load_converted,
)
from realtime.models.fomm.spec import VOX_256, Architecture, check_tensors
from realtime.models.fomm.variants import build_all

if TYPE_CHECKING:
    import onnx

_NETWORKS = ("generator", "kp_detector")


class Build(Protocol):
    """Builds graphs by name; see `realtime.models.fomm.networks.build`."""

    def __call__(
        self,
        state: Mapping[str, NDArray[np.generic]],
        architecture: Architecture,
        /,
        *,
        align_corners: bool,
    ) -> Mapping[str, "onnx.ModelProto"]:
        """The graphs of the checkpoint's tensors."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What came of `convert`."""

    model: Converted
    fresh: bool
    "False when an earlier call had done the work."


def convert(
    checkpoint: Path,
    models: Path,
    *,
    align_corners: bool = True,
    unverified: bool = False,
    architecture: Architecture = VOX_256,
    build: Build | None = None,
) -> Conversion:
    """Convert a checkpoint into a folder of its own in `models`, unless that was done before.

    Args:
        checkpoint: the file as it was published.
        models: the model cache.
        align_corners: see `realtime.models.fomm.networks.build`.
        unverified: whether tensors that fit are enough, whatever the MD5 sum.
        architecture: what the checkpoint is of.
        build: makes the graphs; None for `build_all`.

    Raises:
        ModelError: the checkpoint is damaged, of another model or not a published one, onnx is
            not installed, or the result cannot be written.
    """
    if checkpoint.is_dir():
        raise ModelError(f"{checkpoint} is a folder: give the checkpoint as it came, not unpacked")
    sha256, md5 = _digests(checkpoint)
    folder = folder_of(models, sha256)
    trusted = unverified or md5 in PUBLISHED
    earlier = load_converted(folder)
    if trusted and earlier is not None and earlier.align_corners == align_corners:
        return Conversion(earlier, fresh=False)
    build = build or _import_build()
    state = _state(checkpoint, architecture)
    if not trusted:
        # Only now: what is wrong with the tensors says more.
        raise ModelError(_unpublished(checkpoint, md5))
    graphs = build(state, architecture, align_corners=align_corners)
    sizes = {name: graph.ByteSize() for name, graph in graphs.items()}
    model = Converted(folder, checkpoint.name, sha256, md5, align_corners, sizes)
    try:
        _write(model, graphs)
    except OSError as error:
        reason = error.strerror or error
        message = (
            f"cannot write the converted model to {folder} ({reason}); make room or set rights"
        )
        raise ModelError(message) from error
    return Conversion(model, fresh=True)


def _digests(file: Path) -> tuple[str, str]:
    """SHA-256, which tells files apart, and MD5, which the checkpoint was published with."""
    hashes = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    try:
        with file.open("rb") as opened:
            while chunk := opened.read(1 << 20):
                for each in hashes:
                    each.update(chunk)
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(f"cannot read {file}: {reason}; check path and rights") from error
    return hashes[0].hexdigest(), hashes[1].hexdigest()


def _unpublished(checkpoint: Path, md5: str) -> str:
    known = " or ".join(f"{name} ({md5})" for md5, name in PUBLISHED.items())
    return (
        f"cannot convert {checkpoint}: its md5 {md5} is not that of {known}, so it may be a broken "
        "download, or another model such as taichi, whose tensors fit as well; get it "
        "anew, or add --unverified for vox-cpk or a training of your own"
    )


def _import_build() -> Build:
    try:
        import onnx  # noqa: F401 - asked for here, where its absence can be explained
    except ModuleNotFoundError as error:
        if error.name != "onnx":
            raise
        message = "converting a checkpoint needs the package onnx: `python -m pip install onnx`"
        raise ModelError(message) from error
    return build_all


def _state(checkpoint: Path, architecture: Architecture) -> dict[str, NDArray[Any]]:
    """The tensors of both networks, checked; training leftovers stay unread in the file."""
    content = read_checkpoint(checkpoint)
    try:
        state = _flat(content)
        check_tensors(state, architecture)
    except ModelError as error:
        raise ModelError(f"cannot convert {checkpoint}: {error}") from error
    return {name: np.asarray(tensor, np.float32) for name, tensor in state.items()}


def _flat(content: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    absent = [network for network in _NETWORKS if not isinstance(content.get(network), dict)]
    if absent:
        held = ", ".join(map(str, content))[:80] or "nothing"
        raise ModelError(
            f"there is no {' and no '.join(absent)} in it (but {held}): this is no checkpoint of "
            "the first-order motion model"
        )
    return {
        f"{network}.{name}": tensor
        for network in _NETWORKS
        for name, tensor in content[network].items()
        if isinstance(tensor, np.ndarray)
    }


def _write(model: Converted, graphs: Mapping[str, "onnx.ModelProto"]) -> None:
    """Write the model whole or not at all; what was in its folder goes."""
    models = model.folder.parent
    models.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=models, prefix=".fomm-") as temporary:
        # A folder within: the temporary one itself is closed to other users.
        whole = Path(temporary) / model.folder.name
        whole.mkdir()
        for name, graph in graphs.items():
            (whole / model.file(name).name).write_bytes(graph.SerializeToString())
        (whole / META).write_text(json.dumps(model.describe(), indent=2), encoding="utf-8")
        if model.folder.exists():
            shutil.rmtree(model.folder)
        whole.rename(model.folder)
