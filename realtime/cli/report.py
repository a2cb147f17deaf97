"""What a run measured of itself, as a table."""

from rich.console import Console
from rich.table import Table

from realtime.runtime.histogram import Spread
from realtime.runtime.metrics import Report


def print_report(report: Report) -> None:
    """Print frames, rates, per-stage and end-to-end latency, and what was lost."""
    console = Console()
    lost = ", ".join(f"{count} {cause}" for cause, count in report.drops.items()) or "none"
    console.print(
        f"{report.pictures} frames in {report.elapsed_s:.1f} s, {report.fps:.1f} fps; "
        f"{report.ticks} ticks, {report.missed_ticks} missed, {report.repeats} repeated; "
        f"dropped: {lost}",
        highlight=False,
        soft_wrap=True,
    )
    table = Table("latency, ms", box=None, pad_edge=False)
    for heading in ("p50", "p95", "p99"):
        table.add_column(heading, justify="right")
    for stage, spread in report.stages.items():
        table.add_row(stage, *_cells(spread))
    table.add_row("late ticks", *_cells(report.jitter))
    table.add_row("end to end", *_cells(report.age), style="bold")
    console.print(table)


def _cells(spread: Spread) -> list[str]:
    return [f"{value:.1f}" for value in (spread.p50_ms, spread.p95_ms, spread.p99_ms)]
