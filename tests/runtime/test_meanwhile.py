import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from realtime.runtime.meanwhile import Meanwhile
from tests.fakes import GUARD_S


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a module `work`, which the process finds."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path / "work.py"


def ended() -> None:
    """Wait until the work has ended by itself."""
    for thread in threading.enumerate():
        if thread.name == "mimicam-sum":
            thread.join(GUARD_S)


def total_of(*arguments: str) -> Meanwhile[int]:
    return Meanwhile("work", arguments, int, "sum")


def test_result_is_there_once_the_work_is_done(work: Path) -> None:
    work.write_text("import sys; sys.stdin.read(); print(sum(map(int, sys.argv[1:])))")
    total = total_of("3", "4")
    assert total.result() is None
    ended()
    assert total.result() == 7
    total.close()
    assert total.result() == 7


def test_nothing_is_imported_from_where_the_program_is_started(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.write_text("import colorsys; print(int(hasattr(colorsys, 'planted')))")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "colorsys.py").write_text("planted = True")
    monkeypatch.chdir(elsewhere)
    total = total_of()
    total.result()
    ended()
    assert total.result() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="Linux knows idle processes")
def test_all_others_go_first(work: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    # Told that it may look, for it may start before its priority is lowered.
    work.write_text(
        f"import os; open({str(gate)!r}).read();"
        "print(os.sched_getscheduler(0) * 100 + os.getpriority(os.PRIO_PROCESS, 0))"
    )
    before = os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0)
    total = total_of()
    total.result()
    gate.write_text("go")
    ended()
    assert total.result() == os.SCHED_IDLE * 100 + 15
    assert before == (os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0))


@pytest.mark.skipif(sys.platform != "linux", reason="Linux knows idle processes")
def test_where_that_is_forbidden_it_works_all_the_same(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbid(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    work.write_text("print(7)")
    monkeypatch.setattr(os, "sched_setscheduler", forbid)
    total = total_of()
    total.result()
    ended()
    assert total.result() == 7


def test_nothing_begins_before_it_is_asked_for(work: Path, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    work.write_text(f"open({str(begun)!r}, 'w')")
    total = total_of()
    total.close()
    assert total.result() is None, "nor after its end"
    ended()
    assert not begun.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="asks for a process by its number")
def test_close_ends_the_work_without_a_word(
    work: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    work.write_text(
        "import os, threading\n"
        f"with open({str(begun)!r}, 'w') as file: file.write(str(os.getpid()))\n"
        "threading.Event().wait()"
    )
    total = total_of()
    total.result()
    process = int(begun.read_text())
    total.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert total.result() is None
    assert "mimicam-sum" not in [thread.name for thread in threading.enumerate()]
    assert not caplog.messages


@pytest.mark.skipif(sys.platform == "win32", reason="there is no Ctrl-C for a whole session")
def test_ctrl_c_is_not_for_the_work(work: Path) -> None:
    work.write_text("import os; print(int(os.getsid(0) == os.getpid()))")
    total = total_of()
    total.result()
    ended()
    assert total.result() == 1


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("print(3); 1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "it said nothing"),
        ("print('many')", "invalid literal for int() with base 10: b'many\\n'"),
        pytest.param(
            f"import os; os.kill(os.getpid(), {int(signal.SIGTERM)})",
            "it said nothing",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="no signals"),
        ),
    ],
    ids=["error", "code", "nonsense", "killed"],
)
def test_what_fails_is_told_and_gives_nothing(
    code: str, said: str, work: Path, caplog: pytest.LogCaptureFixture
) -> None:
    work.write_text(code)
    total = total_of()
    total.result()
    ended()
    assert total.result() is None
    assert caplog.messages == [f"sum fails ({said}); going on without"]


def test_the_work_finds_what_it_is_given(work: Path) -> None:
    work.write_text("import sys; print(sum(sys.stdin.buffer.read()))")
    asked_in: list[str] = []

    def given() -> bytes:
        asked_in.append(threading.current_thread().name)
        return bytes([3, 4])

    total = Meanwhile("work", [], int, "sum", given)
    assert asked_in == []
    total.result()
    ended()
    assert total.result() == 7
    assert asked_in == ["mimicam-sum"]


def test_what_cannot_be_given_is_told(work: Path, caplog: pytest.LogCaptureFixture) -> None:
    def given() -> bytes:
        raise ValueError("nothing to give")

    work.write_text("print(7)")
    total = Meanwhile("work", [], int, "sum", given)
    total.result()
    ended()
    assert total.result() is None
    assert caplog.messages == ["sum fails (nothing to give); going on without"]


def test_work_that_does_not_care_for_what_it_is_given_is_done(work: Path) -> None:
    work.write_text("print(7)")
    total = Meanwhile("work", [], int, "sum", lambda: bytes(1 << 20))
    total.result()
    ended()
    assert total.result() == 7
