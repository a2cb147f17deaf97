from dataclasses import replace

import pytest

from bench.soak import Minute, bounds, look, slope_mb

MINUTE = Minute(
    resident_mb=500.0,
    threads=18,
    descriptors=7,
    age_p50_ms=40.0,
    age_p95_ms=60.0,
    drops=0,
    repeats=0,
    missed_ticks=0,
    other_cores=0.0,
)
STEADY = [500.0] * 600


def broken(resident: list[float], last: Minute) -> list[str]:
    return [bound.what for bound in bounds(resident, [*[MINUTE] * 3, last]) if not bound.held]


def test_a_run_that_stays_as_it_began_breaks_nothing() -> None:
    assert broken(STEADY, MINUTE) == []


@pytest.mark.parametrize(
    ("last", "what"),
    [
        pytest.param(replace(MINUTE, threads=19), "threads come or gone", id="a thread more"),
        pytest.param(replace(MINUTE, threads=17), "threads come or gone", id="a thread less"),
        pytest.param(
            replace(MINUTE, descriptors=8), "descriptors come or gone", id="a file left open"
        ),
        pytest.param(
            replace(MINUTE, age_p95_ms=76.0), "age p95, last minute / first", id="older pictures"
        ),
        pytest.param(replace(MINUTE, missed_ticks=1), "missed ticks", id="a tick missed"),
    ],
)
def test_what_changed_is_named(last: Minute, what: str) -> None:
    assert broken(STEADY, last) == [what]


def test_rehearsals_in_the_first_two_minutes_are_no_change() -> None:
    rehearsing = replace(MINUTE, threads=23, descriptors=9)
    assert all(bound.held for bound in bounds(STEADY, [*[rehearsing] * 2, MINUTE, MINUTE]))
    assert not all(bound.held for bound in bounds(STEADY, [*[rehearsing] * 3, MINUTE]))


def test_growing_memory_is_told_a_minute() -> None:
    leaking = [500.0 + 0.3 * second / 60 for second in range(600)]
    assert slope_mb(leaking) == pytest.approx(0.3)
    assert broken(leaking, MINUTE) == ["memory slope, a minute"]


def test_what_a_start_takes_is_no_growth() -> None:
    starting = [400.0 + second for second in range(100)] + [500.0] * 500
    assert slope_mb(starting) == pytest.approx(0.0, abs=1e-9)


def test_this_process_has_memory_threads_and_descriptors() -> None:
    sample = look()
    assert sample.resident_mb > 10
    assert sample.threads >= 1
    assert sample.descriptors >= 3
