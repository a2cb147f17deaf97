import importlib.metadata
import subprocess
import sys
from collections.abc import Callable

import pytest

from realtime.cli import main
from realtime.errors import DeviceError
from realtime.models.store import Store
from tests.cli.command import run


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Makes every command that opens the store fail in a given way."""

    def fail_with(error: BaseException) -> None:
        def verify(self: Store, name: str) -> None:
            raise error

        monkeypatch.setattr(Store, "verify", verify)

    return fail_with


def test_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: f"9.8.7-of-{name}")
    assert run("--version") == 0
    assert capsys.readouterr().out == "mimicam 9.8.7-of-mimicam\n"


@pytest.mark.parametrize(
    ("group", "commands"),
    [
        pytest.param([], "demo run animate doctor bench avatar models", id="all"),
        pytest.param(["avatar"], "mark", id="avatar"),
        pytest.param(["models"], "list pull verify remove convert", id="models"),
    ],
)
def test_help_lists_the_commands(
    group: list[str],
    commands: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run(*group, "--help") == 0
    listed = capsys.readouterr().out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == commands.split()
    # What does not fit into the line is cut off: `...`
    assert all(line.endswith(".") and not line.endswith("..") for line in listed)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param(["models", "lst"], "No such command 'lst'", id="command"),
        pytest.param(["doctor", "--frobnicate"], "No such option: --frobnicate", id="option"),
        pytest.param(["models", "remove"], "Missing argument", id="argument"),
    ],
)
def test_wrong_usage_is_exit_code_2(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    captured = capsys.readouterr()
    assert complaint in captured.err
    assert captured.out == ""


def test_a_known_failure_is_one_line_and_exit_code_2(
    fail: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    fail(DeviceError("cannot open camera 2 [in use]: end the other program"))
    assert run("models", "verify") == 2
    captured = capsys.readouterr()
    expected = "mimicam: error: cannot open camera 2 [in use]: end the other program\n"
    assert captured.err == expected
    assert captured.out == ""


def test_interruption_is_silent_and_130(
    fail: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    fail(KeyboardInterrupt())
    assert run("models", "verify") == 130
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_left_is_not_an_error(
    fail: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    fail(BrokenPipeError(32, "Broken pipe"))
    assert run("models", "verify") == 1
    assert capsys.readouterr() == ("", "")


def test_a_bug_keeps_its_traceback(fail: Callable[[BaseException], None]) -> None:
    fail(ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError, match="a bug"):
        main(["models", "verify"])


@pytest.mark.parametrize("name", ["mimicam-track", "somebody else's"])
def test_a_thread_that_is_left_behind_does_not_see_python_end(name: str) -> None:
    """Python's own end is what it would die of; whatever is printed is there all the same."""
    code = (
        "import atexit, threading; from realtime.cli import main;"
        "atexit.register(print, 'python ends');"
        f"threading.Thread(target=threading.Event().wait, name={name!r}, daemon=True).start();"
        "main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=True
    )
    assert ended.stdout.startswith("mimicam ")
    assert ("python ends" in ended.stdout) is (name != "mimicam-track")
