import pytest

from realtime.runtime.failures import blamed, kept
from realtime.runtime.mailbox import Closed


def test_blamed_names_the_stage_and_lets_the_failure_go_on() -> None:
    error = ValueError("it broke")
    with pytest.raises(ValueError, match="it broke") as caught, blamed("track"):
        raise error
    assert caught.value is error
    assert error.__notes__ == ["stage: track"]


def test_kept_collects_failures_in_order() -> None:
    errors: list[BaseException] = []
    first, second = ValueError("first"), SystemExit(3)
    with kept(errors):
        raise first
    with kept(errors):
        raise second
    assert errors == [first, second]


@pytest.mark.parametrize("end", [Closed(), KeyboardInterrupt()], ids=["closed", "ctrl-c"])
def test_kept_ignores_ends(end: BaseException) -> None:
    errors: list[BaseException] = []
    with kept(errors):
        raise end
    assert errors == []
