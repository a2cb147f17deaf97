"""The note on screen while libraries load and kernels compile."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def starting() -> Iterator[None]:
    """Say that the program starts; the first start compiles the kernels for this machine."""
    with Console(stderr=True).status("starting (the first start compiles, which takes a while)"):
        yield
