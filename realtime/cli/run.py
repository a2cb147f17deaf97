"""`mimicam run`: the live engine."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from realtime.cli.arguments import PRESET_HELP, PresetChoice, RendererChoice, parse_size, spare
from realtime.cli.models_needed import store_with_models
from realtime.cli.report import print_report
from realtime.cli.signals import stopping
from realtime.cli.starting import starting
from realtime.config import (
    CanvasConfig,
    Config,
    MotionConfig,
    OutputConfig,
    RenderConfig,
    load_config,
)
from realtime.errors import InputError
from realtime.models.devices import Device
from realtime.runtime.metrics import Metrics
from realtime.runtime.trace_file import trace_file


def run(
    camera: Annotated[
        str | None, typer.Option(help="Camera number, device path or name.", show_default="0")
    ] = None,
    source: Annotated[
        Path | None, typer.Option(help="Play a video file or folder as if it were the camera.")
    ] = None,
    avatar: Annotated[
        Path | None, typer.Option(help="The portrait: a picture file with one face.")
    ] = None,
    virtual_camera: Annotated[
        bool, typer.Option("--virtual-camera", help="Feed a virtual camera.")
    ] = False,
    virtual_camera_device: Annotated[
        str | None, typer.Option(help="Virtual camera device, such as /dev/video10.")
    ] = None,
    virtual_camera_backend: Annotated[
        str | None, typer.Option(help="Virtual camera backend, such as v4l2loopback or obs.")
    ] = None,
    window: Annotated[bool, typer.Option("--window", help="Show a window.")] = False,
    record: Annotated[Path | None, typer.Option(help="Record to this .mp4 file.")] = None,
    null: Annotated[bool, typer.Option("--null", help="Throw pictures away: to measure.")] = False,
    size: Annotated[
        str | None, typer.Option(help="WIDTHxHEIGHT of the picture.", show_default="1280x720")
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(min=1, max=240, help="Pictures per second.", show_default="30"),
    ] = None,
    renderer: Annotated[
        RendererChoice | None,
        typer.Option(help="The mesh, or the first-order motion model.", show_default="mesh"),
    ] = None,
    device: Annotated[
        Device | None,
        typer.Option(help="Where the first-order motion model runs.", show_default="auto"),
    ] = None,
    absolute: Annotated[
        bool, typer.Option("--absolute", help="Take the driver's own face shape and angles.")
    ] = False,
    preset: Annotated[
        PresetChoice | None, typer.Option(help=PRESET_HELP, show_default="natural")
    ] = None,
    no_badge: Annotated[
        bool, typer.Option("--no-badge", help="Leave the `AI avatar` mark out.")
    ] = False,
    trace: Annotated[
        Path | None,
        typer.Option(help="Write what happened when to this .json, for ui.perfetto.dev."),
    ] = None,
    metrics: Annotated[
        int | None,
        typer.Option(
            metavar="PORT", help="Serve Prometheus metrics on http://127.0.0.1:PORT/metrics."
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Configuration file.", show_default="the user's own")
    ] = None,
) -> None:
    """Drive the portrait from a camera, live; Ctrl-C ends it.

    Options override the configuration file.
    """
    if camera is not None and source is not None:
        raise InputError("--camera and --source exclude each other; give one of them")
    chosen = load_config(config)
    outputs = OutputConfig(
        virtual_camera=virtual_camera or chosen.output.virtual_camera,
        device=virtual_camera_device or chosen.output.device,
        backend=virtual_camera_backend or chosen.output.backend,
        window=window or chosen.output.window,
        record=record or chosen.output.record,
        null=null or chosen.output.null,
    )
    chosen = replace(
        chosen,
        camera=_camera(camera) if camera is not None else chosen.camera,
        source=source or (None if camera is not None else chosen.source),
        avatar=avatar or chosen.avatar,
        canvas=_canvas(chosen, size, fps, badge=not no_badge),
        output=outputs,
        motion=_motion(chosen, preset, absolute=absolute),
        render=RenderConfig(
            renderer=renderer or chosen.render.renderer, device=device or chosen.render.device
        ),
    )
    for written in (chosen.output.record, trace):
        spare(written, chosen.source, chosen.avatar, config)
    with _watched(trace, metrics) as measured:
        models = store_with_models()
        with starting():
            from realtime.app import Live
        live = Live(chosen, models, metrics=measured, say=lambda line: print(line, file=sys.stderr))
        with stopping(live.stop, live.calls):
            report = live.run()
    print_report(report)


@contextmanager
def _watched(trace: Path | None, port: int | None) -> Iterator[Metrics]:
    """The metrics of a run, on their way to a file and to whoever asks on `port`."""
    with ExitStack() as watchers:
        metrics = Metrics(watchers.enter_context(trace_file(trace)) if trace else None)
        if port is not None:
            from realtime.runtime.prometheus import serve

            watchers.enter_context(serve(metrics.report, port))
        yield metrics


def _camera(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def _canvas(config: Config, size: str | None, fps: float | None, *, badge: bool) -> CanvasConfig:
    width, height = parse_size(size) if size else (config.canvas.width, config.canvas.height)
    return CanvasConfig(
        width=width,
        height=height,
        fps=fps or config.canvas.fps,
        badge=badge and config.canvas.badge,
    )


def _motion(config: Config, preset: PresetChoice | None, *, absolute: bool) -> MotionConfig:
    return replace(
        config.motion,
        relative=config.motion.relative and not absolute,
        preset=preset or config.motion.preset,
    )
