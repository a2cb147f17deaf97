import gc
import os
import sys
import threading
import weakref

import pytest

from realtime.runtime.punctual import go_before_other_programs, punctual, uncollected
from tests.fakes import GUARD_S

linux = pytest.mark.skipif(sys.platform != "linux", reason="real-time scheduling of Linux")


def test_python_switches_threads_finely_meanwhile() -> None:
    before = sys.getswitchinterval()
    with punctual():
        assert sys.getswitchinterval() < before / 5
    assert sys.getswitchinterval() == before


@pytest.fixture
def granted() -> None:
    """Skips the test where nobody may go first."""
    before = os.sched_getscheduler(0)
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(2))
    except PermissionError:
        pytest.skip("this user has no real-time limit")
    os.sched_setscheduler(0, before, os.sched_param(0))


@linux
@pytest.mark.usefixtures("granted")
def test_only_the_calling_thread_goes_first_and_only_meanwhile() -> None:
    before = os.sched_getscheduler(0)
    started_inside: list[int] = []
    with punctual():
        assert os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR
        other = threading.Thread(target=lambda: started_inside.append(os.sched_getscheduler(0)))
        other.start()
        other.join()
    assert started_inside == [os.SCHED_OTHER]
    assert os.sched_getscheduler(0) == before


@linux
@pytest.mark.usefixtures("granted")
def test_who_may_hold_the_lock_comes_next() -> None:
    done, inherited = threading.Event(), list[int]()

    def work() -> None:
        assert done.wait(GUARD_S)
        child = threading.Thread(target=lambda: inherited.append(os.sched_getscheduler(0)))
        child.start()
        child.join()

    worker = threading.Thread(target=work)
    worker.start()
    assert worker.native_id is not None
    with punctual():
        go_before_other_programs([worker])
        found = os.sched_getscheduler(worker.native_id)
        behind = os.sched_getparam(worker.native_id).sched_priority
        assert behind < os.sched_getparam(0).sched_priority
    done.set()
    worker.join()
    assert found == os.SCHED_RR
    assert inherited == [os.SCHED_RR]
    go_before_other_programs([worker, threading.Thread(target=work)])  # ended, and never started


@linux
def test_who_is_not_allowed_goes_on_without(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def refuse(thread: int, policy: int, parameters: object) -> None:
        asked.append(policy & ~os.SCHED_RESET_ON_FORK)
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    with punctual():
        assert asked == [os.SCHED_RR]
    assert asked == [os.SCHED_RR], "what was not granted is not given back"
    go_before_other_programs([threading.current_thread()])
    assert asked == [os.SCHED_RR] * 2


class Node:
    """Something that refers to itself: only the collector gets rid of it."""

    def __init__(self) -> None:
        self.me = self


def test_the_collector_passes_over_what_was_there_and_finds_it_after() -> None:
    before = weakref.ref(Node())
    with uncollected():
        meanwhile = weakref.ref(Node())
        gc.collect()
        assert meanwhile() is None
        assert before() is not None
    gc.collect()
    assert before() is None
