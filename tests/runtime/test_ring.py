import numpy as np
import pytest

from realtime.runtime.ring import OwnCopy, Ring
from tests.fakes import frame


def test_buffers_have_the_size_and_hold_nothing_at_first() -> None:
    buffer = Ring(1, (8, 6)).acquire()
    assert buffer.shape == (6, 8, 3)
    assert buffer.dtype == np.uint8
    assert buffer.flags.c_contiguous
    assert not buffer.any()


def test_released_buffers_come_back_and_no_others() -> None:
    ring = Ring(3, (8, 6))
    lent = [ring.acquire() for _ in range(3)]
    known = {id(buffer) for buffer in lent}
    assert len(known) == 3
    for _ in range(20):
        ring.release(lent.pop(0))
        lent.append(ring.acquire())
        assert {id(buffer) for buffer in lent} == known


def test_lent_buffers_share_no_memory() -> None:
    ring = Ring(2, (8, 6))
    one, other = ring.acquire(), ring.acquire()
    one[...] = 9
    assert not other.any()


def test_an_exhausted_ring_says_so() -> None:
    ring = Ring(2, (8, 6))
    kept = [ring.acquire(), ring.acquire()]
    with pytest.raises(RuntimeError, match="all 2 picture buffers are lent"):
        ring.acquire()
    ring.release(kept[0])
    assert ring.acquire() is kept[0]


@pytest.mark.parametrize("foreign", [True, False], ids=["foreign", "twice"])
def test_what_is_not_lent_cannot_be_released(foreign: bool) -> None:
    ring = Ring(2, (8, 6))
    buffer = Ring(1, (8, 6)).acquire() if foreign else ring.acquire()
    if not foreign:
        ring.release(buffer)
    with pytest.raises(RuntimeError, match="not lent"):
        ring.release(buffer)


def test_an_own_copy_does_not_change_with_the_original() -> None:
    own, original = OwnCopy(), frame(3, colour=(1, 2, 3))
    copied = own.of(original)
    original.pixels[...] = 99
    assert (copied.pixels == (1, 2, 3)).all()
    assert (copied.sequence, copied.captured_ns) == (3, original.captured_ns)


def test_own_copies_reuse_their_memory_while_the_size_stays() -> None:
    own = OwnCopy()
    first = own.of(frame(0)).pixels
    assert own.of(frame(1)).pixels is first
    larger = own.of(frame(2, size=(32, 24))).pixels
    assert larger.shape == (24, 32, 3)
