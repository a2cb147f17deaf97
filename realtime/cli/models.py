"""`mimicam models`: the model files on this machine."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from realtime.cli.download_bar import DownloadBar
from realtime.errors import ModelError
from realtime.models.fomm.convert import Conversion, convert
from realtime.models.fomm.converted import converted_models
from realtime.models.store import FileState, Store

models = typer.Typer(
    name="models", help="List, pull, verify, remove and convert model files.", no_args_is_help=True
)

_Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="All by default.")]


@models.command("list")
def list_models() -> None:
    """List model files, converted ones too, and their state."""
    store = Store()
    table = Table("model", "state", "bytes", "licence", "for", box=None, pad_edge=False)
    for model in store.models.values():
        state = store.verify(model.name)
        table.add_row(model.name, state.value, f"{model.bytes:,}", model.licence, model.purpose)
    Console().print(table)
    _print_converted(store.folder)
    print(f"\nThey are kept in {store.folder}")


@models.command()
def pull(names: _Names = None) -> None:
    """Fetch model files that are missing or broken."""
    store = Store()
    with DownloadBar() as bar:
        files = [store.path(name, bar) for name in names or store.models]
    for file in files:
        print(file)


@models.command()
def verify(names: _Names = None) -> None:
    """Hash model files; exit code 2 if one is broken or missing."""
    store = Store()
    states = {name: store.verify(name) for name in names or store.models}
    for name, state in states.items():
        print(f"{name}: {state.value}")
    bad = [name for name, state in states.items() if state is not FileState.OK]
    if bad:
        raise ModelError(f"not as they should be: `mimicam models pull {' '.join(bad)}` mends it")


@models.command()
def remove(
    names: Annotated[list[str], typer.Argument(metavar="NAME", show_default=False)],
) -> None:
    """Delete model files, and converted models, from this machine."""
    store = Store()
    converted = {model.folder.name: model for model in converted_models(store.folder)}
    for name in names:
        if name in converted:
            converted[name].remove()
            print(f"{name}: removed")
        else:
            print(f"{name}: {'removed' if store.remove(name) else 'was not here'}")


@models.command("convert")
def convert_checkpoint(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", show_default=False, help="Such as vox-adv-cpk.pth.tar."),
    ],
    align_corners: Annotated[
        bool,
        typer.Option(
            help="Sample as the PyTorch did that the published models were trained with; "
            "without it, as PyTorch does by default today."
        ),
    ] = True,
    unverified: Annotated[
        bool,
        typer.Option(
            "--unverified",
            help="Convert what has other than the published md5, such as vox-cpk or a checkpoint "
            "of your own training.",
        ),
    ] = False,
) -> None:
    """Convert the first-order motion model's checkpoint, once.

    From the authors' file, as they published it, to ONNX.
    """
    conversion = convert(file, Store().folder, align_corners=align_corners, unverified=unverified)
    for note in _notes(conversion):
        print(note, file=sys.stderr)
    print(conversion.model.folder)


def _notes(conversion: Conversion) -> list[str]:
    model = conversion.model
    notes = [f"{model.source}: {'converted' if conversion.fresh else 'had been converted before'}"]
    if model.published is None:
        notes.append(
            f"{model.source}: unverified, its md5 {model.md5} is not a published one. The tensors "
            "fit, but so do those of models for bodies, clothes and robots (taichi, fashion, bair)"
        )
    return notes


def _print_converted(folder: Path) -> None:
    found = converted_models(folder)
    if not found:
        return
    table = Table("converted", "from", "published as", "bytes", box=None, pad_edge=False)
    for model in found:
        size = f"{sum(model.graphs.values()):,}"
        table.add_row(model.folder.name, model.source, model.published or "unknown", size)
    print()
    Console().print(table)
