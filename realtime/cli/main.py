"""The `mimicam` command: its subcommands, and how it ends."""

import importlib.metadata
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

import typer

from realtime.cli.animate import animate
from realtime.cli.avatar import avatar
from realtime.cli.bench import bench
from realtime.cli.demo import demo
from realtime.cli.doctor import doctor
from realtime.cli.models import models
from realtime.cli.run import run
from realtime.cli.stdout import told_if_stdout_fails
from realtime.errors import MimicamError

app = typer.Typer(
    name="mimicam",
    help="A still portrait moves as you move, and the result is a camera.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    # A traceback is for whoever mends the bug; decoration hides what they need.
    pretty_exceptions_enable=False,
)
app.command()(demo)
app.command()(run)
app.command()(animate)
app.command()(doctor)
app.command()(bench)
app.add_typer(avatar)
app.add_typer(models)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"mimicam {importlib.metadata.version('mimicam')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit.

    Exit codes: 0 done; 1 `doctor` found something missing; 2 wrong usage, or a `MimicamError`,
    printed as one line; 130 interrupted. Any other exception is a bug and keeps its traceback.
    """
    _keep_stderr()
    try:
        _run(arguments)
    except SystemExit as ended:
        if arguments is None and _thread_is_left_behind():
            # In a driver or a compiler, it would bring down the process in the middle of its end.
            sys.stderr.flush()
            os._exit(ended.code if isinstance(ended.code, int) else 0)
        raise


def _run(arguments: Sequence[str] | None) -> None:
    try:
        with told_if_stdout_fails():
            app(arguments, prog_name="mimicam")
    except MimicamError as error:
        print(f"mimicam: error: {error}", file=sys.stderr)
        sys.exit(2)


def _thread_is_left_behind() -> bool:
    return any(
        thread.daemon and thread.name.startswith("mimicam-") for thread in threading.enumerate()
    )


def _keep_stderr() -> None:
    """Give Python's stderr a descriptor of its own.

    While a model opens, descriptor 2 is turned away for the native library's notes
    (`realtime.models.mediapipe_tasks`); an error that surfaces in that moment must still be seen.
    """
    with suppress(OSError):  # a stderr without a descriptor needs none
        if sys.stderr.fileno() == 2:
            sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
