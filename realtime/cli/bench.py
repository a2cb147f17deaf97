"""`mimicam bench`: the engine against the clock on this machine."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from realtime.cli.arguments import parse_size
from realtime.cli.models_needed import store_with_models
from realtime.cli.report import STAGES
from realtime.cli.starting import starting
from realtime.errors import InputError, OutputError
from realtime.runtime.histogram import Spread

if TYPE_CHECKING:
    from realtime.benchmark.measure import Measured
    from realtime.benchmark.session import Session
    from realtime.benchmark.startup import Start


def bench(
    seconds: Annotated[
        float, typer.Option(min=1, max=36_000, help="Measured time of each configuration.")
    ] = 20.0,
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT of the picture.")] = "1280x720",
    source: Annotated[
        Path | None,
        typer.Option(help="Video file or folder that drives.", show_default="the built-in actor"),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file.")
    ] = None,
    plot_file: Annotated[
        Path | None, typer.Option("--plot", help="Draw latency into this .png file.")
    ] = None,
) -> None:
    """Measure latency, cadence and start-up on this machine.

    Needs no camera. Configurations run one after the other: the pipeline by itself (identity),
    the mesh, and the first-order model where one is converted. The yardstick, the bare
    landmarker, is measured in the same run.
    """
    wanted = parse_size(size)
    _check(json_file, ".json")
    _check(plot_file, ".png")
    if source is not None and not source.exists():
        raise InputError(f"{source} does not exist; name a video file or a folder of pictures")
    store = store_with_models()
    with starting():
        from realtime.benchmark.session import run_session
    session = run_session(source, wanted, seconds, store, _say)
    _print(session)
    if json_file is not None:
        from realtime.benchmark.as_json import as_json

        text = json.dumps(as_json(session), indent=2)
        _save(json_file, lambda: json_file.write_text(text, encoding="utf-8"))
    if plot_file is not None:
        import cv2

        from realtime.benchmark.plot import plot

        png = cv2.imencode(".png", plot(session.measured)[..., ::-1])[1]
        _save(plot_file, lambda: plot_file.write_bytes(png.tobytes()))


def _say(line: str) -> None:
    print(f"measuring: {line}", file=sys.stderr)


def _check(file: Path | None, ending: str) -> None:
    """Complain before minutes of measuring, and not after."""
    if file is None:
        return
    if file.suffix.lower() != ending:
        raise InputError(f"cannot write {file}: give it a name that ends in {ending}")
    if not file.parent.is_dir() or file.is_dir():
        raise OutputError(f"cannot write {file}: name a file in a folder that exists")


def _save(file: Path, write: Callable[[], object]) -> None:
    try:
        write()
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"cannot write {file}: {reason}; choose another place") from error


def _print(session: "Session") -> None:
    from realtime.benchmark.bounds import bounds

    console = Console()
    width, height = session.size
    console.print(
        f"{session.machine}; driver: {session.driver}; {width}x{height}, "
        f"{session.seconds:g} s each",
        highlight=False,
        soft_wrap=True,
    )
    console.print(_comparison(session))
    console.print(_starts(session.warm_start, session.first_start))
    promises = Table("bound", "measured", "at most", "", box=None, pad_edge=False)
    for bound in bounds(session):
        verdict = "[green]held[/]" if bound.held else "[red]missed[/]"
        most = f"{bound.most:g} {bound.unit}"
        promises.add_row(bound.what, f"{bound.value:.2f} {bound.unit}", most, verdict)
    console.print(promises)


def _comparison(session: "Session") -> Table:
    bare, at_rate, measured = session.bare, session.bare_at_rate, session.measured
    figures = Column("p50 / p95 / p99, ms", no_wrap=True)
    table = Table(figures, *(each.name for each in measured), box=None, pad_edge=False)

    def row(what: str, cell: Callable[["Measured"], str]) -> None:
        table.add_row(what, *(cell(each) for each in measured))

    row("bare landmarker", lambda _: _three(bare))
    row("  at the run's rate", lambda _: _three(at_rate))
    row("age, capture to send", lambda m: _three(m.report.age))
    row("age but for the tick", lambda m: _three(m.report.unpaced_age))
    row("  over the landmarker's", lambda m: _ratios(m, bare))
    row("  and at the run's rate", lambda m: _ratios(m, at_rate))
    for stage in STAGES:
        row(stage, partial(_service, stage))
        if any(stage in each.report.waits for each in measured):
            row("  waited for", partial(_wait, stage))
        row("  processor", partial(_share, stages=[stage]))
    row("libraries' threads", partial(_share, stages=[]))
    row("all of it", lambda m: f"{m.cpu_cores:.2f} cores")
    row("other processes", lambda m: _known(m.other_cores, "cores", 2))
    row("memory", lambda m: _known(m.resident_mb, "MB", 0))
    row("cadence error", lambda m: _three(m.report.cadence))
    row("  of a bare clock", lambda m: _three(m.bare_clock.cadence))
    row("lateness of ticks", lambda m: _three(m.report.jitter))
    row("new pictures", lambda m: f"{m.report.fps:.2f} a second")
    row("ticks", lambda m: f"{m.report.ticks}, {m.report.missed_ticks} missed")
    row("  of a bare clock", lambda m: f"{m.bare_clock.missed_ticks} missed")
    row("  while starting", lambda m: f"{m.missed_while_starting} missed")
    row("repeats", lambda m: str(m.report.repeats))
    row("drops", _drops)
    return table


def _known(value: float | None, unit: str, digits: int) -> str:
    return "not told here" if value is None else f"{value:.{digits}f} {unit}"


def _ratios(measured: "Measured", bare: Spread) -> str:
    from realtime.benchmark.bounds import ratio

    age = measured.report.unpaced_age
    return f"{ratio(age.p50_ms, bare.p50_ms):.2f} / {ratio(age.p95_ms, bare.p95_ms):.2f}"


def _service(stage: str, measured: "Measured") -> str:
    return _three_if_any(measured.report.stages, stage)


def _wait(stage: str, measured: "Measured") -> str:
    return _three_if_any(measured.report.waits, stage)


def _drops(measured: "Measured") -> str:
    drops = measured.report.drops
    return ", ".join(f"{count} {cause}" for cause, count in drops.items()) or "none"


def _share(measured: "Measured", stages: Sequence[str]) -> str:
    """Of a core, by these stages' own threads; by none of them: by all other threads."""
    report = measured.report
    own = sum(report.cpu_s.get(stage, 0.0) for stage in stages or STAGES)
    cores = own / max(1e-9, report.elapsed_s)
    return f"{100 * (cores if stages else max(0.0, measured.cpu_cores - cores)):.1f} % of a core"


def _starts(warm: "Start", first: "Start") -> Table:
    table = Table("start, s", "first sent", "first animated", box=None, pad_edge=False)
    for what, start in (("warm, median of three", warm), ("first ever: nothing compiled", first)):
        table.add_row(what, f"{start.first_sent_s:.2f}", f"{start.first_animated_s:.2f}")
    return table


def _three_if_any(spreads: Mapping[str, Spread], stage: str) -> str:
    return _three(spreads[stage]) if stage in spreads else "-"


def _three(spread: Spread) -> str:
    return f"{spread.p50_ms:.2f} / {spread.p95_ms:.2f} / {spread.p99_ms:.2f}"
