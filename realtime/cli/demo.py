"""`mimicam demo`: the whole engine at work, with whatever this machine has."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from realtime.cli.models_needed import store_with_models
from realtime.cli.report import print_report
from realtime.cli.starting import starting
from realtime.config import Config, OutputConfig
from realtime.models.store import Store

VIDEO, SHEET = "mimicam-demo.mp4", "mimicam-demo.png"


def demo(
    folder: Annotated[Path, typer.Option(help="Where the files go.")] = Path(),
    film: Annotated[
        bool, typer.Option("--film", help="Film the actor even where there is a camera.")
    ] = False,
) -> None:
    """See the engine work: live in a window, or, without a camera, as a film of the actor."""
    models = store_with_models()
    with starting():
        from realtime.capture.webcam import list_cameras
        from realtime.output.display import display_missing
    if film or display_missing() or not list_cameras():
        _film(folder, models)
    else:
        _show(models)


def _show(models: Store) -> None:
    from realtime.app import Live

    print("Look at the camera with a calm face; `?` in the window lists the keys, `q` ends it.")
    print_report(Live(Config(output=OutputConfig(window=True)), models).run())


def _film(folder: Path, models: Store) -> None:
    with starting():
        from realtime.demo import Film

        film = Film(folder / VIDEO, folder / SHEET, models)
    print(f"filming {film.seconds:.0f} s of the built-in actor, live ...", file=sys.stderr)
    report = film.make()
    print_report(report)
    print(folder / VIDEO)
    print(folder / SHEET)
