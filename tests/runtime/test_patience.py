import threading

from realtime.runtime.patience import said_if_slow
from tests.fakes import GUARD_S


def test_a_slow_block_is_explained_while_it_runs() -> None:
    said: list[str] = []
    heard = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        heard.set()

    with said_if_slow(say, "compiling", after_s=0.0):
        assert heard.wait(GUARD_S)
    assert said == ["compiling"]


def test_a_quick_block_is_not() -> None:
    said: list[str] = []
    before = threading.active_count()
    with said_if_slow(said.append, "compiling", after_s=3600):
        (timer,) = [t for t in threading.enumerate() if isinstance(t, threading.Timer)]
    timer.join(GUARD_S)
    assert said == []
    assert threading.active_count() == before
