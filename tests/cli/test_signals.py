import os
import signal
import subprocess
import sys
import threading
from types import FrameType

import pytest

from realtime.cli import signals
from realtime.cli.signals import stopping
from realtime.runtime.interruptible import Interruptible
from tests.fakes import GUARD_S

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")


class Counted(Interruptible):
    """Counts how often it was asked to leave."""

    def __init__(self, enough: int) -> None:
        super().__init__()
        self._left = enough
        self.enough = threading.Event()

    def leave(self) -> None:
        self._left -= 1
        if self._left == 0:
            self.enough.set()
        super().leave()


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM], ids=lambda kind: kind.name)
def test_a_signal_sets_the_event_and_nothing_else_does(kind: signal.Signals) -> None:
    other = threading.Event()

    def hear(number: int, frame: FrameType | None) -> None:
        other.set()

    stop, before = threading.Event(), signal.getsignal(kind)
    usual = signal.signal(signal.SIGUSR1, hear)
    with stopping(stop):
        signal.raise_signal(signal.SIGUSR1)
        assert other.wait(GUARD_S)
        signal.raise_signal(kind)
        assert stop.wait(GUARD_S)
    signal.signal(signal.SIGUSR1, usual)
    assert signal.getsignal(kind) is before
    assert signal.set_wakeup_fd(-1) == -1


def test_only_the_asked_for_signals_end_a_run() -> None:
    stop = threading.Event()
    usual = signal.signal(signal.SIGUSR1, lambda *_: None)
    with stopping(stop):
        signal.raise_signal(signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, usual)
    assert not stop.is_set()


def test_a_run_that_finishes_its_files_is_not_interrupted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signals, "_PATIENCE_S", 0.001)
    calls = Counted(10)
    with stopping(threading.Event(), calls):
        signal.raise_signal(signal.SIGINT)
        assert calls.enough.wait(GUARD_S)
    assert calls.late


def test_an_impatient_user_interrupts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "_PATIENCE_S", GUARD_S)
    calls, stop = Interruptible(), threading.Event()
    with stopping(stop, calls), calls:
        for _ in range(3):
            signal.raise_signal(signal.SIGINT)
        assert stop.wait(GUARD_S)
        assert calls.entered


def test_a_call_that_waits_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "_PATIENCE_S", 0.001)
    monkeypatch.setattr(signals, "_TRIES", 1_000_000)  # a busy machine may take a few
    calls, stop = Interruptible(), threading.Event()

    def hang() -> None:
        with stopping(stop, calls), calls:
            signal.raise_signal(signal.SIGINT)
            threading.Event().wait(GUARD_S)

    with pytest.raises(KeyboardInterrupt):
        hang()
    assert stop.is_set()
    assert not calls.entered


_HANG = """
import ctypes, threading
from realtime.cli import signals
from realtime.runtime.interruptible import Interruptible
signals._PATIENCE_S = 0.02
system, mutex, calls = ctypes.CDLL(None), ctypes.create_string_buffer(64), Interruptible()
with signals.stopping(threading.Event(), calls), calls:
    system.pthread_mutex_lock(mutex)
    print("hangs", flush=True)
    system.pthread_mutex_lock(mutex)
"""


def test_what_hangs_in_native_code_ends_with_the_process() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _HANG],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "hangs\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=GUARD_S)
    assert process.returncode == 130
    assert err == "mimicam: an output hangs for good; the run is cut off\n"
