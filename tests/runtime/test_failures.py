import pytest

from realtime.runtime.failures import blamed, kept
from realtime.runtime.mailbox import Closed


def fail(error: BaseException) -> None:
    raise error


def test_blamed_names_the_stage_and_lets_the_failure_go_on() -> None:
    error = ValueError("it broke")
    with pytest.raises(ValueError, match="it broke") as caught, blamed("track"):
        fail(error)
    assert caught.value is error
    assert error.__notes__ == ["stage: track"]


def test_kept_collects_failures_in_order() -> None:
    errors: list[BaseException] = []
    first, second = ValueError("first"), SystemExit(3)
    with kept(errors):
        fail(first)
    with kept(errors):
        fail(second)
    assert errors == [first, second]


@pytest.mark.parametrize("end", [Closed(), KeyboardInterrupt()], ids=["closed", "ctrl-c"])
def test_kept_ignores_ends(end: BaseException) -> None:
    errors: list[BaseException] = []
    with kept(errors):
        fail(end)
    assert errors == []
