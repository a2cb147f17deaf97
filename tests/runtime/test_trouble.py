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
