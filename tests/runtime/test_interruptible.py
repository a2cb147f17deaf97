import pytest

from realtime.runtime.interruptible import Interruptible


def test_the_block_is_left_once_and_only_when_it_is_late() -> None:
    calls = Interruptible()
    with calls:
        calls.leave()
    calls.late = True
    calls.leave()
    with pytest.raises(KeyboardInterrupt), calls:
        calls.leave()
    assert not calls.entered
    calls.leave()


def test_what_cleans_up_behind_the_block_is_not_disturbed() -> None:
    calls, cleaned = Interruptible(), False
    calls.late = True

    def hang() -> None:
        nonlocal cleaned
        with calls:
            try:
                calls.leave()
            finally:
                calls.leave()
                cleaned = True

    with pytest.raises(KeyboardInterrupt):
        hang()
    assert cleaned
