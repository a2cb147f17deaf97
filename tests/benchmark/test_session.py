from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from realtime.benchmark import session
from realtime.benchmark.configurations import Configuration
from realtime.benchmark.driver import Films
from realtime.benchmark.measure import Measured
from realtime.benchmark.startup import Start
from realtime.errors import InputError
from realtime.models.store import Store
from realtime.runtime.histogram import Histogram
from realtime.types import RGB
from tests.benchmark.sessions import measured


@pytest.fixture
def drivers(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Replaces all that takes time; the files that drove."""
    used: list[Path] = []

    @contextmanager
    def films(store: Store) -> Iterator[Films]:
        yield Films(Path("whole.mp4"), Path("short.mp4"))

    def pictures_of(driver: Path, most: int) -> list[RGB]:
        used.append(driver)
        return []

    def time_landmarker(
        model: Path, pictures: list[RGB], clock: object, into: Histogram, *, period_ns: int = 0
    ) -> int:
        into.add(18_000_000 if period_ns else 16_000_000)
        return 1

    def measure(configuration: Configuration, seconds: float) -> Measured:
        return measured(configuration.name, seconds)

    def measure_start(driver: Path, size: tuple[int, int], *, first_ever: bool) -> Start:
        used.append(driver)
        if first_ever:
            return Start(0.6, 20.0)
        return (Start(0.5, 3.0), Start(0.9, 2.0), Start(0.7, 1.0))[used.count(driver) - 1]

    for replacement in (pictures_of, time_landmarker, measure, measure_start):
        monkeypatch.setattr(session, replacement.__name__, replacement)
    monkeypatch.setattr(session, "actor_films", films)
    return used


def test_the_landmarker_is_measured_round_every_configuration(drivers: list[Path]) -> None:
    said: list[str] = []
    found = session.run_session(None, (320, 240), 30.0, Store(), said.append)
    assert [line.split(",")[0] for line in said if "start" not in line] == [
        "filming the actor",
        "the bare landmarker",
        *(line for name in found.measured for line in (name.name, "the bare landmarker")),
    ]
    assert found.bare.count == found.bare_at_rate.count == len(found.measured) + 1
    assert found.bare.max_ms == 16.0
    assert found.bare_at_rate.max_ms == 18.0
    assert (found.warm_start, found.first_start) == (Start(0.7, 2.0), Start(0.6, 20.0))
    assert drivers == [Path("whole.mp4"), *[Path("short.mp4")] * 4]
    assert "actor" in found.driver


def test_a_file_of_ones_own_drives(drivers: list[Path]) -> None:
    found = session.run_session(Path("me.mp4"), (320, 240), 30.0, Store(), lambda _: None)
    assert drivers[0] == Path("me.mp4")
    assert found.driver == "me.mp4"


def test_a_film_in_which_nobody_is_is_refused_before_minutes_of_measuring(
    drivers: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(session, "time_landmarker", lambda *_, **__: 0)
    with pytest.raises(InputError, match=r"no face found in wall\.mp4"):
        session.run_session(Path("wall.mp4"), (320, 240), 30.0, Store(), said.append)
    assert said == ["filming the actor", "the bare landmarker"]
