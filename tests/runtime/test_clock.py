import threading

from hypothesis import given
from hypothesis import strategies as st

from realtime.runtime.clock import Grid, MonotonicClock

GRIDS = st.builds(
    Grid,
    start_ns=st.integers(0, 10**15),
    fps=st.one_of(st.sampled_from([1, 10, 24, 25, 29.97, 30, 59.94, 60]), st.floats(1, 240)),
)
TICKS = st.integers(0, 10**6)


def test_ticks_of_thirty_per_second() -> None:
    grid = Grid(start_ns=1_000, fps=30)
    assert [grid.due_ns(tick) for tick in range(4)] == [1_000, 33_334_333, 66_667_667, 100_001_000]


def test_a_late_tick_does_not_move_the_following_ones() -> None:
    grid = Grid(start_ns=0, fps=100)
    assert grid.next_tick(4, now_ns=40_000_000) == 5, "in time"
    assert grid.next_tick(4, now_ns=59_999_999) == 5, "late, but nothing else is due"
    assert grid.next_tick(4, now_ns=60_000_000) == 6, "tick 5 is missed"
    assert grid.next_tick(4, now_ns=95_000_000) == 9, "5 to 8 are missed"


def test_a_moved_grid_is_all_later() -> None:
    grid = Grid(start_ns=0, fps=100)
    grid.move(-1_000_000)
    assert [grid.due_ns(tick) for tick in range(3)] == [-1_000_000, 9_000_000, 19_000_000]
    assert grid.next_tick(0, now_ns=18_999_999) == 1


@given(GRIDS, TICKS)
def test_the_grid_does_not_drift(grid: Grid, tick: int) -> None:
    assert abs((grid.due_ns(tick) - grid.start_ns) * grid.fps - tick * 10**9) <= grid.fps
    assert grid.due_ns(tick + 1) > grid.due_ns(tick)


@given(GRIDS, TICKS, st.integers(-(10**9), 10**11))
def test_the_next_tick_is_the_following_or_the_last_one_due(
    grid: Grid, tick: int, past_ns: int
) -> None:
    now_ns = grid.due_ns(tick) + past_ns
    following = grid.next_tick(tick, now_ns)
    assert following > tick
    assert grid.due_ns(following + 1) > now_ns
    assert following == tick + 1 or grid.due_ns(following) <= now_ns


@given(GRIDS, TICKS, st.integers(-(10**9), 10**9))
def test_the_first_tick_from_a_moment_on_is_not_before_it(
    grid: Grid, tick: int, past_ns: int
) -> None:
    t_ns = grid.due_ns(tick) + past_ns
    first = grid.first_tick(t_ns)
    assert grid.due_ns(first) >= t_ns
    assert first == 0 or grid.due_ns(first - 1) < t_ns


def test_the_monotonic_clock_waits_for_the_time() -> None:
    clock, wake = MonotonicClock(), threading.Event()
    t_ns = clock.now_ns() + 2_000_000
    assert not clock.wait_until(t_ns, wake)
    assert clock.now_ns() >= t_ns


def test_the_monotonic_clock_does_not_wait_for_the_past() -> None:
    clock = MonotonicClock()
    assert not clock.wait_until(clock.now_ns() - 10**12, threading.Event())


def test_the_monotonic_clock_is_woken() -> None:
    clock, wake = MonotonicClock(), threading.Event()
    an_hour_ns = 3600 * 10**9
    waker = threading.Thread(target=wake.set)
    waker.start()
    assert clock.wait_until(clock.now_ns() + an_hour_ns, wake)
    waker.join()
