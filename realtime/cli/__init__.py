"""Command line: the only place that prints and exits."""

from realtime.cli.main import main

__all__ = ["main"]
