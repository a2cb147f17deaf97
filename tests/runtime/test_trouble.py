import pytest

from realtime.runtime.trouble import Trouble


def test_a_failure_is_told_once_until_all_was_well_for_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    trouble = Trouble("realtime.somewhere")
    trouble.failed("first")
    trouble.failed("still")
    for _ in range(29):
        trouble.worked()
    trouble.failed("again, too soon")
    for _ in range(30):
        trouble.worked()
    trouble.failed("a new one")
    assert caplog.messages == ["first", "a new one"]
    assert {record.name for record in caplog.records} == {"realtime.somewhere"}


def test_whoever_tells_the_time_is_reminded_every_minute(caplog: pytest.LogCaptureFixture) -> None:
    trouble = Trouble("realtime.somewhere")
    for second in range(150):
        trouble.failed(f"at {second}", second * 1_000_000_000)
    for _ in range(30):
        trouble.worked()
    trouble.failed("a new one", 151_000_000_000)
    trouble.failed("too soon", 200_000_000_000)
    assert caplog.messages == ["at 0", "at 60", "at 120", "a new one"]
