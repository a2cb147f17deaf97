"""Converted models on this machine: a folder each, with the graphs and what they were made of."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime.errors import ModelError

CONVERTER_VERSION = 3
"""Goes up when the same checkpoint would give other graphs; what older ones left is made anew."""

PUBLISHED = {"8a45a24037871c045fbb8a6a8aa95ebc": "vox-adv-cpk"}
"""MD5 sums of checkpoints that were trained on faces, as those who published them give them."""

META = "meta.json"


@dataclass(frozen=True, slots=True)
class Converted:
    """One model, complete and of this version of the converter."""

    folder: Path
    source: str
    "File name of the checkpoint."
    sha256: str
    "Of the checkpoint; so is `md5`."
    md5: str
    align_corners: bool
    "How the graphs sample; see `realtime.models.fomm.networks.build`."
    graphs: Mapping[str, int]
    "Sizes of the graphs' files in bytes, by name."

    @property
    def published(self) -> str | None:
        """What the checkpoint is published as; None when nobody vouches for it here."""
        return PUBLISHED.get(self.md5)

    def file(self, graph: str) -> Path:
        """A graph's file."""
        return self.folder / f"{graph}.onnx"

    def remove(self) -> None:
        """Delete the graphs, and what devices compiled of them.

        Raises:
            ModelError: something in the folder cannot be deleted.
        """
        try:
            shutil.rmtree(self.folder)
        except OSError as error:
            message = f"cannot remove {self.folder} ({error.strerror}); delete it by hand"
            raise ModelError(message) from error

    def describe(self) -> dict[str, Any]:
        """What `load_converted` reads back."""
        return {
            "converter": CONVERTER_VERSION,
            "source": self.source,
            "sha256": self.sha256,
            "md5": self.md5,
            "align_corners": self.align_corners,
            "graphs": dict(self.graphs),
        }


def folder_of(models: Path, sha256: str) -> Path:
    """Where the checkpoint of this hash is or would be converted to."""
    return models / f"fomm-{sha256[:12]}"


def load_converted(folder: Path) -> Converted | None:
    """The model in `folder`; None when there is none or a part of one or an outdated one."""
    try:
        meta = json.loads((folder / META).read_bytes())
        if meta["converter"] != CONVERTER_VERSION:
            return None
        model = Converted(
            folder=folder,
            source=str(meta["source"]),
            sha256=str(meta["sha256"]),
            md5=str(meta["md5"]),
            align_corners=bool(meta["align_corners"]),
            graphs=dict(meta["graphs"]),
        )
        # A name is not a path, and must not lead out of the folder.
        complete = all(
            name == Path(name).name and model.file(name).stat().st_size == size
            for name, size in model.graphs.items()
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return model if complete else None


def converted_models(models: Path) -> list[Converted]:
    """The models in the store's folder, the latest conversion first."""
    found = [load_converted(meta.parent) for meta in models.glob(f"fomm-*/{META}")]
    whole = [model for model in found if model is not None]
    return sorted(whole, key=lambda model: (model.folder / META).stat().st_mtime, reverse=True)


def converted_model(models: Path) -> Path:
    """The folder of the model that was converted last.

    Raises:
        ModelError: there is none.
    """
    found = converted_models(models)
    if not found:
        raise ModelError(
            f"there is no converted first-order model in {models}: get vox-adv-cpk.pth.tar "
            "(models/vox-adv-cpk.md says where), then `mimicam models convert vox-adv-cpk.pth.tar`"
        )
    return found[0].folder
