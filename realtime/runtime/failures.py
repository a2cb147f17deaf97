"""Failures on their way to whoever shall see them."""

from collections.abc import Iterator
from contextlib import contextmanager

from realtime.runtime.mailbox import Closed


@contextmanager
def blamed(stage: str) -> Iterator[None]:
    """Whatever fails inside carries a note that names `stage`."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"stage: {stage}")
        raise


@contextmanager
def kept(errors: list[BaseException]) -> Iterator[None]:
    """Whatever fails inside goes to `errors` and no further; `Closed` and Ctrl-C just end it."""
    try:
        yield
    except (Closed, KeyboardInterrupt):
        pass
    except BaseException as error:  # noqa: BLE001 - the caller raises it when all is closed
        errors.append(error)
