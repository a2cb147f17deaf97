import threading
from collections.abc import Callable

import pytest

from realtime.runtime.mailbox import Closed, Mailbox
from tests.fakes import GUARD_S


def test_the_newest_item_wins_and_the_displaced_comes_back() -> None:
    box: Mailbox[str] = Mailbox()
    assert box.put("old") is None
    assert box.put("newer") == "old"
    assert box.put("newest") == "newer"
    assert box.take() == "newest"
    assert box.poll() is None


def test_an_offer_never_displaces() -> None:
    box: Mailbox[str] = Mailbox()
    assert box.offer("first")
    assert not box.offer("second")
    assert box.put("third") == "first"
    assert box.take() == "third"
    box.close()
    assert not box.offer("late")


def test_it_knows_whether_something_waits() -> None:
    box: Mailbox[str] = Mailbox()
    states = [box.empty]
    box.put("item")
    states.append(box.empty)
    box.take()
    states.append(box.empty)
    assert states == [True, False, True]


@pytest.mark.parametrize("error", [None, KeyError()], ids=["cleanly", "by an error"])
def test_it_knows_that_it_is_closed(error: Exception | None) -> None:
    box: Mailbox[str] = Mailbox()
    states = [box.closed]
    box.close(error)
    states.append(box.closed)
    assert states == [False, True]


def test_a_closed_mailbox_gives_its_last_item_then_says_so() -> None:
    box: Mailbox[str] = Mailbox()
    box.put("last")
    box.close()
    with pytest.raises(Closed):
        box.put("too late")
    assert box.take() == "last"
    with pytest.raises(Closed):
        box.poll()
    with pytest.raises(Closed):
        box.take()


def test_the_first_error_surfaces_at_the_taker_at_once() -> None:
    box: Mailbox[str] = Mailbox()
    box.put("never seen")
    box.close()
    box.close(KeyError("first"))
    box.close(ValueError("second"))
    box.close()
    with pytest.raises(KeyError, match="first"):
        box.take()
    with pytest.raises(KeyError, match="first"):
        box.poll()
    with pytest.raises(Closed):
        box.put("too late")


@pytest.mark.parametrize(
    ("wake", "outcome"),
    [
        pytest.param(lambda box: box.put("item"), "item", id="put"),
        pytest.param(lambda box: box.offer("item"), "item", id="offer"),
        pytest.param(lambda box: box.close(), "closed", id="close"),
        pytest.param(lambda box: box.close(KeyError()), "error", id="error"),
    ],
)
def test_a_blocked_taker_wakes(wake: Callable[[Mailbox[str]], object], outcome: str) -> None:
    box: Mailbox[str] = Mailbox()
    outcomes: list[str] = []

    def take() -> None:
        try:
            outcomes.append(box.take())
        except Closed:
            outcomes.append("closed")
        except KeyError:
            outcomes.append("error")

    taker = threading.Thread(target=take, daemon=True)
    taker.start()
    wake(box)
    taker.join(GUARD_S)
    assert outcomes == [outcome]


def everything_in(box: Mailbox[int]) -> list[int]:
    taken: list[int] = []
    try:
        while True:
            taken.append(box.take())
    except Closed:
        return taken


def test_across_threads_items_arrive_in_order_and_none_is_unaccounted_for() -> None:
    box: Mailbox[int] = Mailbox()
    displaced: list[int] = []

    def produce() -> None:
        for item in range(1, 5001):
            lost = box.put(item)
            if lost is not None:
                displaced.append(lost)
        box.close()

    producer = threading.Thread(target=produce, daemon=True)
    producer.start()
    taken = everything_in(box)
    producer.join(GUARD_S)
    assert taken == sorted(taken)
    assert taken[-1] == 5000
    assert sorted(taken + displaced) == list(range(1, 5001))
