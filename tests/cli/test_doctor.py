import importlib
from collections.abc import Iterator

import pytest

from realtime.cli import main
from realtime.doctor import Check, Health
from realtime.models.store import Store

FINE = Check("Python", Health.OK, "3.11")
NO_LIBRARY = Check(
    "system libraries", Health.MISSING, "libEGL.so.1", "sudo apt-get install -y libegl1 libgles2"
)
LONG_REMEDY = "sudo modprobe v4l2loopback [devices=1] " + "exclusive_caps=1 " * 20
NO_CAMERA = Check("virtual camera", Health.BROKEN, "[in use]", LONG_REMEDY, required=False)


def run(checks: list[Check], monkeypatch: pytest.MonkeyPatch) -> int:
    def diagnose(store: Store) -> Iterator[Check]:
        yield from checks

    monkeypatch.setattr(importlib.import_module("realtime.cli.doctor"), "diagnose", diagnose)
    with pytest.raises(SystemExit) as exit_:
        main(["doctor"])
    code = exit_.value.code
    assert isinstance(code, int)
    return code


def test_all_that_is_needed_is_exit_code_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([FINE, NO_CAMERA], monkeypatch) == 0
    out = capsys.readouterr().out
    assert "`mimicam demo` can run" in out
    assert ["virtual", "camera", "broken", "[in", "use]"] in [
        line.split() for line in out.splitlines()
    ]


def test_something_missing_is_exit_code_1_with_its_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([FINE, NO_LIBRARY], monkeypatch) == 1
    out = capsys.readouterr().out
    assert "`mimicam demo` cannot run" in out
    assert "system libraries is missing:\n    sudo apt-get install -y libegl1 libgles2\n" in out
    assert "Python is" not in out


def test_a_command_is_printed_whole_to_be_copied(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run([NO_CAMERA], monkeypatch)
    assert f"    {LONG_REMEDY}\n" in capsys.readouterr().out
