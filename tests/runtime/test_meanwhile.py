import os
import sys
import threading
from collections.abc import Callable

import pytest

from realtime.runtime.meanwhile import Meanwhile
from tests.fakes import GUARD_S

Rest = Callable[[], None]


def ended() -> None:
    """Wait until the thread has ended by itself."""
    for thread in threading.enumerate():
        if thread.name == "mimicam-sum":
            thread.join(GUARD_S)


def test_result_is_there_once_the_work_is_done() -> None:
    may_end = threading.Event()

    def work(rest: Rest) -> int:
        rest()
        assert may_end.wait(GUARD_S)
        return 7

    total = Meanwhile(work, "sum", 0.0)
    assert total.result() is None
    may_end.set()
    ended()
    assert total.result() == 7


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities on Linux")
def test_all_others_go_first() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)

    def work(_: Rest) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    niceness = Meanwhile(work, "sum", 0.0)
    niceness.result()
    ended()
    assert niceness.result() == max(15, before)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_nothing_begins_before_it_is_asked_for() -> None:
    begun: list[Rest] = []
    total = Meanwhile(begun.append, "sum", 0.0)
    total.close()
    assert not begun
    assert total.result() is None, "nor after its end"
    ended()
    assert not begun
    assert "mimicam-sum" not in [thread.name for thread in threading.enumerate()]


def test_close_ends_the_work_at_its_next_rest() -> None:
    steps: list[int] = []

    def work(rest: Rest) -> int:
        while True:
            steps.append(1)
            rest()

    total = Meanwhile(work, "sum", GUARD_S)
    total.result()
    total.close()
    assert len(steps) == 1
    assert total.result() is None
    assert "mimicam-sum" not in [thread.name for thread in threading.enumerate()]


def test_what_fails_is_told_and_gives_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def work(_: Rest) -> int:
        raise ZeroDivisionError("no summands")

    total = Meanwhile(work, "sum", 0.0)
    total.result()
    ended()
    assert total.result() is None
    assert caplog.messages == ["sum fails (no summands); going on without"]
