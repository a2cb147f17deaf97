"""The note on screen while libraries load and kernels compile."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from realtime.errors import DeviceError


@contextmanager
def starting() -> Iterator[None]:
    """Say that the program starts; the first start compiles the kernels for this machine.

    Raises:
        DeviceError: a library that the system should have is not there.
    """
    with Console(stderr=True).status("starting (the first start compiles, which takes a while)"):
        try:
            yield
        except ImportError as error:
            if "shared object file" not in str(error):
                raise
            message = f"a system library is missing ({error}): `mimicam doctor` says what brings it"
            raise DeviceError(message) from error
