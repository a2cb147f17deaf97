"""`mimicam models`: the model files on this machine."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from realtime.cli.download_bar import DownloadBar
from realtime.errors import ModelError
from realtime.models.store import FileState, Store

models = typer.Typer(
    name="models", help="List, pull, verify and remove model files.", no_args_is_help=True
)

_Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="All by default.")]


@models.command("list")
def list_models() -> None:
    """List the model files, and whether they are here."""
    store = Store()
    table = Table("model", "state", "bytes", "licence", "for", box=None, pad_edge=False)
    for model in store.models.values():
        state = store.verify(model.name)
        table.add_row(model.name, state.value, f"{model.bytes:,}", model.licence, model.purpose)
    Console().print(table)
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
    names: Annotated[list[str], typer.Argument(metavar="NAME...", show_default=False)],
) -> None:
    """Delete model files from this machine."""
    store = Store()
    for name in names:
        print(f"{name}: {'removed' if store.remove(name) else 'was not here'}")
