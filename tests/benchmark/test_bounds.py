import pytest

from realtime.benchmark.bounds import bounds, ratio
from tests.benchmark.sessions import session


def test_the_mesh_is_held_against_the_landmarker_without_the_wait_for_the_tick() -> None:
    found = {bound.what: bound for bound in bounds(session(mesh_age_ms=30))}
    p50 = found["age before the tick / landmarker, p50"]
    assert p50.value == pytest.approx((30 - 10) / 16, rel=0.03)
    assert p50.held
    assert found["missed ticks"].held
    assert found["cadence error, p99"].held
    assert found["first sent picture, warm"].value == 0.5
    assert found["first animated picture, warm"].value == 2.0
    assert found["first animated picture ever"].value == 11.0


def test_what_is_over_its_bound_is_missed() -> None:
    missed = [bound.what for bound in bounds(session(mesh_age_ms=60)) if not bound.held]
    assert missed == [
        "age before the tick / landmarker, p50",
        "age before the tick / landmarker, p95",
    ]


def test_without_a_base_there_is_no_ratio() -> None:
    assert ratio(5.0, 0.0) == 0.0
