"""What fails again and again, told once."""

import logging

_STEADY = 30
"After this many successes in a row, a failure is a new one."


class Trouble:
    """Warns, in one line, when something begins to fail. Not for several threads."""

    def __init__(self, name: str) -> None:
        """`name` of the logger: the module's, by custom."""
        self._log = logging.getLogger(name)
        self._well = _STEADY

    def failed(self, line: str) -> None:
        """It failed; `line` says what the user should know."""
        if self._well >= _STEADY:
            self._log.warning(line)
        self._well = 0

    def worked(self) -> None:
        """It worked."""
        self._well += 1
