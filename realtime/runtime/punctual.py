"""A thread that wakes when it is due, while the rest of the machine computes."""

import gc
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

_SWITCH_S = 0.0005
_PUNCTUAL, _BEFORE_OTHERS = 2, 1
"Real-time priorities."


@contextmanager
def punctual() -> Iterator[bool]:
    """The calling thread goes before all that compute; undone after. False where it may not.

    For a thread that sleeps nearly all the time. Linux grants it to root, and to whoever has a
    real-time limit (`ulimit -r`, as for audio); elsewhere, only the switching between Python's
    own threads gets finer. On a busy machine it is not the timer that is late but the scheduler:
    waiting in shorter and shorter naps changes little, and giving way by `nice` less than this.
    `mimicam bench` tells how late ticks are with it, and as root without it under
    `setpriv --bounding-set=-sys_nice`.
    """
    switched_s = sys.getswitchinterval()
    # A thread of Python's that does not let go holds the others up for this long, 5 ms by default.
    sys.setswitchinterval(_SWITCH_S)
    try:
        with _real_time() as granted:
            yield granted
    finally:
        sys.setswitchinterval(switched_s)


def go_before_other_programs(threads: Iterable[threading.Thread]) -> None:
    """Nor do these wait for a core, but for the punctual one, nor what they start from now on.

    For threads of Python that compute little: whichever of them holds Python's lock when another
    program takes its core keeps the punctual thread waiting for that lock. It is for good.
    """
    if sys.platform != "linux":
        return
    for thread in threads:
        if thread.native_id is not None and thread.is_alive():
            with suppress(OSError):
                policy, priority = os.SCHED_RR, os.sched_param(_BEFORE_OTHERS)
                os.sched_setscheduler(thread.native_id, policy, priority)


@contextmanager
def uncollected() -> Iterator[None]:
    """What exists by now is not searched for garbage meanwhile.

    The landmarker makes a thousand small objects a frame, which has Python's collector go through
    all that its libraries have loaded every few seconds: for longer than a period, and nothing
    else of Python's runs then.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def _real_time() -> Iterator[bool]:
    if sys.platform != "linux":
        yield False
        return
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    granted = _go_first()
    try:
        yield granted
    finally:
        if granted:
            # Two steps, since the flag itself can be taken back by root alone.
            with suppress(OSError):
                os.sched_setscheduler(0, policy | os.SCHED_RESET_ON_FORK, priority)
                os.sched_setscheduler(0, policy, priority)


def _go_first() -> bool:
    try:
        # Threads that this one starts, such as an encoder's, do not inherit it.
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(_PUNCTUAL))
    except OSError:
        return False
    return True
