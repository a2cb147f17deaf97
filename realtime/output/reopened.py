"""A device that goes away and comes back while a run goes on."""

import threading
from collections.abc import Callable
from contextlib import suppress

from realtime.errors import DeviceError, MimicamError
from realtime.output import Output
from realtime.runtime.mailbox import Closed, Mailbox
from realtime.runtime.stopwatch import Stopwatch
from realtime.runtime.trouble import Trouble
from realtime.types import Picture

_EVERY_NS = 1_000_000_000
_CLOSE_S = 0.5
"Opening takes less, unless the driver hangs."


class Reopened:
    """Feeds an output that is opened anew, about a second after it failed and then every second.

    Opening may take its time: it is done in a thread, while pictures go nowhere. They are counted
    as dropped, and the log has a line when that begins and another after every minute.
    """

    def __init__(self, open_output: Callable[[], Output], name: str, watch: Stopwatch) -> None:
        """Open it, in the calling thread; raises what `open_output` does.

        Args:
            open_output: called in a thread of its own from then on.
            name: what it is, for the metrics.
            watch: gives the time between tries, and counts what is lost.
        """
        self._open_output = open_output
        self._cause = f"{name} away"
        self._watch = watch
        self._trouble = Trouble(__name__)
        self._closing = threading.Event()
        self._found: Mailbox[Output] = Mailbox()
        self._search: threading.Thread | None = None
        # No error, which would keep the picture that it failed with.
        self._lost = ""
        self._output: Output | None = open_output()

    def send(self, picture: Picture) -> None:
        """See `Output.send`; does nothing while the output is away, and never waits for it."""
        if self._output is None:
            self._output = self._found.poll()
        if self._output is None:
            self._watch.dropped(self._cause)
            return
        try:
            self._output.send(picture)
        except DeviceError as error:
            self._watch.dropped(self._cause)
            self._look_for_it(self._output, error)
            self._output = None
        else:
            self._lost = ""
            self._trouble.worked()

    def close(self) -> None:
        """See `Output.close`; an opening that hangs closes what it gets, once it returns.

        Raises:
            DeviceError: the output was away to the end.
        """
        self._closing.set()
        self._found.close()
        if self._search is not None:
            self._search.join(_CLOSE_S)
        with suppress(Closed):
            self._output = self._output or self._found.poll()
        if self._output is not None:
            self._output.close()
        if self._lost:
            raise DeviceError(self._lost)

    def _look_for_it(self, lost: Output, error: DeviceError) -> None:
        self._lost = str(error)
        self._tell(error)
        # A daemon, since one that hangs in a driver must not keep the process.
        self._search = threading.Thread(
            target=self._find, args=(lost,), name="mimicam-reopen", daemon=True
        )
        self._search.start()

    def _find(self, lost: Output) -> None:
        # Until it has found something, this thread alone tells of trouble.
        with suppress(MimicamError, OSError):
            lost.close()
        try:
            while not self._closed_within(_EVERY_NS):
                found = self._try()
                if found is not None:
                    self._hand_over(found)
                    return
        except BaseException as error:  # noqa: BLE001 - it surfaces in the thread that sends
            self._found.close(error)

    def _closed_within(self, duration_ns: int) -> bool:
        clock = self._watch.clock
        return clock.wait_until(clock.now_ns() + duration_ns, self._closing)

    def _try(self) -> Output | None:
        try:
            return self._open_output()
        except MimicamError as error:
            self._tell(error)
            return None

    def _hand_over(self, found: Output) -> None:
        try:
            self._found.put(found)
        except Closed:
            found.close()

    def _tell(self, error: MimicamError) -> None:
        self._trouble.failed(f"{error}; looking for it every second", self._watch.clock.now_ns())
