"""What fails again and again, told once, or once a minute."""

import logging

_STEADY = 30
"After this many successes in a row, a failure is a new one."
_REMINDER_NS = 60_000_000_000


class Trouble:
    """Warns, in one line, when something begins to fail. Not for several threads."""

    def __init__(self, name: str) -> None:
        """`name` of the logger: the module's, by custom."""
        self._log = logging.getLogger(name)
        self._well = _STEADY
        self._told_ns: int | None = None

    def failed(self, line: str, now_ns: int | None = None) -> None:
        """It failed; `line` says what the user should know.

        Whoever tells the time, too, has the user told again after every minute of it.
        """
        began = self._well >= _STEADY
        self._well = 0
        if began or self._is_time(now_ns):
            self._told_ns = now_ns
            self._log.warning(line)

    def worked(self) -> None:
        """It worked."""
        self._well += 1

    def _is_time(self, now_ns: int | None) -> bool:
        if now_ns is None or self._told_ns is None:
            return False
        return now_ns - self._told_ns >= _REMINDER_NS
