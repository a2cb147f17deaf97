"""What a run measured of itself, as a table."""

from rich.console import Console
from rich.table import Table

from realtime.runtime.histogram import Spread
from realtime.runtime.metrics import Report

STAGES = ("capture", "track", "motion", "render", "output")
"In the order in which a frame goes through them."


def print_report(report: Report) -> None:
    """Print what was sent, what was lost, and what stages and the whole way took."""
    console = Console()
    lost = ", ".join(f"{count} {cause}" for cause, count in report.drops.items()) or "none"
    for line in (
        f"{report.ticks} pictures sent in {report.elapsed_s:.1f} s: {report.pictures} new "
        f"({report.fps:.1f} fps), {report.repeats} repeated, {report.cards} cards; "
        f"{report.missed_ticks} missed",
        f"frames dropped: {lost}",
    ):
        console.print(line, highlight=False, soft_wrap=True)
    table = Table("latency, ms", box=None, pad_edge=False)
    for heading in ("p50", "p95", "p99"):
        table.add_column(heading, justify="right")
    for stage in (name for name in STAGES if name in report.stages):
        table.add_row(stage, *_cells(report.stages[stage]))
    table.add_row("late by", *_cells(report.jitter))
    table.add_row("end to end", *_cells(report.age), style="bold")
    console.print(table)


def _cells(spread: Spread) -> list[str]:
    return [f"{value:.1f}" for value in (spread.p50_ms, spread.p95_ms, spread.p99_ms)]
