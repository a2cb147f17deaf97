"""Several outputs at once."""

from collections.abc import Sequence
from contextlib import ExitStack

from realtime.errors import MimicamError
from realtime.output import Output
from realtime.types import Picture


class Tee:
    """Sends every picture to each of its outputs, in their order, and owns them all."""

    def __init__(self, outputs: Sequence[Output]) -> None:
        self._outputs = tuple(outputs)

    def send(self, picture: Picture) -> None:
        """See `Output.send`. The first output that fails ends the round."""
        for output in self._outputs:
            output.send(picture)

    def close(self) -> None:
        """Close every output, whatever the others do.

        Raises:
            MimicamError: the first that an output raised.
        """
        errors: list[MimicamError] = []
        with ExitStack() as stack:
            for output in reversed(self._outputs):
                stack.callback(_close, output, errors)
        if errors:
            raise errors[0]


def _close(output: Output, errors: list[MimicamError]) -> None:
    try:
        output.close()
    except MimicamError as error:
        errors.append(error)
