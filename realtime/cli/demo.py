"""`mimicam demo`: the whole engine at work, with whatever this machine has."""

import sys
from pathlib import Path

from realtime.cli.models_needed import store_with_models
from realtime.cli.report import print_report
from realtime.cli.signals import stopping
from realtime.cli.starting import starting
from realtime.config import Config, OutputConfig
from realtime.models.store import Store

VIDEO, SHEET = Path("mimicam-demo.mp4"), Path("mimicam-demo.png")


def demo() -> None:
    """See the engine at work: live in a window, or as a film.

    Without a camera or a display it writes mimicam-demo.mp4, a film that the built-in actor
    drives, and mimicam-demo.png, eight moments of it.
    """
    models = store_with_models()
    with starting():
        from realtime.capture.webcam import list_cameras
        from realtime.output.display import display_missing
    if display_missing() or not list_cameras():
        _film(models)
    else:
        _show(models)


def _show(models: Store) -> None:
    from realtime.app import Live

    print("Look at the camera with a calm face; `?` in the window lists the keys, `q` ends it.")
    live = Live(Config(output=OutputConfig(window=True)), models)
    with stopping(live.stop, live.calls):
        report = live.run()
    print_report(report)


def _film(models: Store) -> None:
    with starting():
        from realtime.demo import Film

        film = Film(VIDEO, SHEET, models)
    print(f"filming {film.seconds:.0f} s of the built-in actor, live ...", file=sys.stderr)
    with stopping(film.stop):
        report = film.make()
    print_report(report)
    for file in (VIDEO, SHEET):
        if file.exists():
            print(file)
