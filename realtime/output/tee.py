"""Several outputs at once."""

import logging
from collections.abc import Sequence
from contextlib import ExitStack

from realtime.errors import MimicamError
from realtime.output import Output
from realtime.types import Picture


class Tee:
    """Sends every picture to each of its outputs, in their order, and owns them all.

    An output that fails is left out from then on, and the others go on without it: a full disk
    must not end a call.
    """

    def __init__(self, outputs: Sequence[Output]) -> None:
        self._outputs = tuple(outputs)
        self._working = list(outputs)
        self._errors: list[MimicamError] = []

    def send(self, picture: Picture) -> None:
        """See `Output.send`. Raises when the last output has failed."""
        for output in tuple(self._working):
            try:
                output.send(picture)
            except MimicamError as error:
                self._working.remove(output)
                if not self._working:
                    raise
                self._errors.append(error)
                logging.getLogger(__name__).warning(f"{error}; the other outputs go on")

    def close(self) -> None:
        """Close every output, whatever the others do.

        Raises:
            MimicamError: the first that an output raised, while pictures were sent or now.
        """
        with ExitStack() as stack:
            for output in reversed(self._outputs):
                stack.callback(_close, output, self._errors)
        if self._errors:
            raise self._errors[0]


def _close(output: Output, errors: list[MimicamError]) -> None:
    try:
        output.close()
    except MimicamError as error:
        errors.append(error)
