"""Programs that the tests run beside themselves."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def running(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a module of this folder from its first line of output on; SIGTERM ends it."""
    program = subprocess.Popen(
        [sys.executable, "-m", f"tests.devices.{module}", *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    try:
        assert program.stdout.readline() == "ready\n"
        yield program
    finally:
        program.terminate()
        program.communicate()


def tell_ready() -> None:
    """Let `running` go on."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
