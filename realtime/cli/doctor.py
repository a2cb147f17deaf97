"""`mimicam doctor`: what this machine has, what it lacks, and the command that mends it."""

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from realtime.doctor import Check, Health, diagnose, main_job_can_run
from realtime.models.store import Store

_STYLES = {Health.OK: "green", Health.MISSING: "yellow", Health.BROKEN: "red"}


def doctor() -> None:
    """Check this machine and say what mends it.

    Exit code 0 only if `mimicam demo` can run.
    """
    console = Console()
    with Console(stderr=True).status("looking"):
        checks = list(diagnose(Store()))
    console.print(_table(checks))
    for check in checks:
        if check.remedy:
            # No wrapping and no markup: these lines are there to be copied.
            console.print(
                f"\n{check.subject} is {check.health.value}{_use(check)}:\n    {check.remedy}",
                soft_wrap=True,
                markup=False,
                highlight=False,
            )
    can_run = main_job_can_run(checks)
    console.print(f"\n`mimicam demo` {'can' if can_run else 'cannot'} run on this machine.")
    if not can_run:
        raise typer.Exit(1)


def _use(check: Check) -> str:
    return "" if check.required else " (`mimicam demo` does without)"


def _table(checks: list[Check]) -> Table:
    found = Column("found", overflow="fold")
    table = Table("check", "state", found, box=None, pad_edge=False)
    for check in checks:
        style = _STYLES[check.health]
        table.add_row(check.subject, f"[{style}]{check.health.value}[/]", escape(check.detail))
    return table
