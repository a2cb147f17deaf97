"""`mimicam animate`: offline re-enactment into a video file."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from realtime.capture import Source
from realtime.cli.arguments import PRESET_HELP, PresetChoice, RendererChoice, parse_size, spare
from realtime.cli.models_needed import store_with_models
from realtime.cli.starting import starting
from realtime.models.devices import Device
from realtime.models.store import Store
from realtime.types import RGB, Sighting

if TYPE_CHECKING:
    from realtime.avatar import Avatar
    from realtime.offline import Transfer


class ReferenceChoice(StrEnum):
    """The driving frame that relative motion starts from."""

    first = "first"
    best = "best"


def animate(
    source: Annotated[Path, typer.Argument(help="The portrait: a picture file.")],
    driving: Annotated[str, typer.Argument(help="A video file, a folder of pictures, or `actor`.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .mp4 file to write.")],
    absolute: Annotated[
        bool, typer.Option("--absolute", help="Take the driver's own face shape and angles.")
    ] = False,
    preset: Annotated[PresetChoice, typer.Option(help=PRESET_HELP)] = PresetChoice.natural,
    compare: Annotated[
        bool, typer.Option("--compare", help="Show source, driving and result side by side.")
    ] = False,
    size: Annotated[
        str | None, typer.Option(help="WIDTHxHEIGHT; the portrait's own by default.")
    ] = None,
    renderer: Annotated[
        RendererChoice, typer.Option(help="The mesh, or the first-order motion model.")
    ] = RendererChoice.mesh,
    device: Annotated[
        Device, typer.Option(help="Where the first-order motion model runs.")
    ] = Device.AUTO,
    reference: Annotated[
        ReferenceChoice,
        typer.Option(help="The driving frame that relative motion starts from."),
    ] = ReferenceChoice.best,
) -> None:
    """Make a still portrait do what a driving video shows.

    The film has the driving video's frames, rate and sound.
    """
    wanted = parse_size(size) if size else None
    spare(output, source, driving)
    store = store_with_models()
    with starting():
        from realtime import offline
        from realtime.avatar import load_avatar
        from realtime.capture.picture import read_picture
        from realtime.motion.presets import PRESETS
        from realtime.output.video_writer import VideoWriter

        avatar = load_avatar(read_picture(source), str(source), wanted, store, file=source)
        sequence = offline.open_driving(driving, store)
        transfer = offline.Transfer(
            relative=not absolute, reference=reference.value, strengths=PRESETS[preset].strengths
        )
        draw = _drawer(
            avatar, transfer, renderer, device, lambda: offline.open_driving(driving, store), store
        )
    rate, frame_count = sequence.rate, sequence.frame_count
    audio = Path(driving) if Path(driving).is_file() else None
    width, height = offline.output_size(avatar, sequence, compare=compare)
    with ExitStack() as stack:
        writer = stack.enter_context(VideoWriter(output, (width, height), rate, audio_from=audio))
        progress = stack.enter_context(_progress())
        looking = progress.add_task("tracking", total=frame_count)
        sightings = offline.track(
            sequence, store, driving, lambda done: progress.update(looking, completed=done)
        )
        progress.update(looking, total=len(sightings))
        pictures = draw(sightings)
        if compare:
            drivers = stack.enter_context(closing(offline.open_driving(driving, store)))
            pictures = offline.side_by_side(avatar, drivers, pictures)
        drawing = progress.add_task("drawing", total=len(sightings))
        for picture in pictures:
            writer.write(picture)
            progress.advance(drawing)
    print(f"{output}: {len(sightings)} frames at {float(rate):g} fps")


def _drawer(
    avatar: "Avatar",
    transfer: "Transfer",
    renderer: RendererChoice,
    device: Device,
    open_driving: Callable[[], Source],
    store: Store,
) -> Callable[[list[Sighting]], Iterator[RGB]]:
    """The second pass by the chosen renderer, which is opened now."""
    from realtime import offline

    if renderer is RendererChoice.mesh:
        return lambda sightings: offline.perform(avatar, sightings, transfer, rehearse_with=store)
    from realtime import offline_neural

    model = offline_neural.open_model(avatar, store, device)
    return lambda sightings: offline.perform(
        avatar,
        sightings,
        transfer,
        renderer=model,
        driving=offline_neural.framed(avatar, sightings, open_driving, transfer, model.square_px),
    )


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
