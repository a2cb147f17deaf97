"""`mimicam avatar`: portraits that need help."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from realtime.cli.models_needed import store_with_models
from realtime.cli.starting import starting

avatar = typer.Typer(name="avatar", help="Prepare a portrait.", no_args_is_help=True)

_PAUSE_S = 0.02


@avatar.callback()
def _group() -> None:
    pass


@avatar.command()
def mark(
    portrait: Annotated[Path, typer.Argument(help="The portrait: a picture file.")],
) -> None:
    """Show, point by point, where the face is in a drawing.

    For pictures in which none is found. A window asks for 18 points. They are kept beside the
    portrait in PORTRAIT.marks.json, where `run` and `animate` look first.
    """
    with starting():
        from realtime.capture.picture import read_picture
    picture = read_picture(portrait)
    models = store_with_models()
    with starting():
        from realtime.marking.file import save_marks
        from realtime.marking.window import mark_face
        from realtime.models.face_mesh import load_face_mesh
        from realtime.models.store import LANDMARKER
        from realtime.output.opencv_screen import OpenCvScreen
    marks = mark_face(
        picture,
        load_face_mesh(models.path(LANDMARKER)),
        lambda size: OpenCvScreen(f"mimicam - {portrait.name}", size),
        lambda: time.sleep(_PAUSE_S),
    )
    if marks is None:
        print("left without saving", file=sys.stderr)
        return
    print(save_marks(portrait, (picture.shape[1], picture.shape[0]), marks))
