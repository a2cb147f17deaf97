import json
import os
import sys
import threading
from pathlib import Path
from unittest.mock import patch

import pytest

from realtime.benchmark.configurations import configurations
from realtime.benchmark.driver import Films, actor_films, pictures_of
from realtime.capture.actor import Actor
from realtime.capture.files import open_file
from realtime.models.fomm.converted import META, Converted, folder_of
from realtime.models.store import Store
from realtime.runtime.metrics import Metrics

SIZE = (320, 240)


class Enough(Metrics):
    """Ends the run after a few pictures."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__()
        self._stop = stop

    def sent_picture(
        self, now_ns: int, captured_ns: int | None, waited_ns: int = 0, sequence: int = -1
    ) -> None:
        super().sent_picture(now_ns, captured_ns, waited_ns, sequence)
        if self._pictures >= 4:
            self._stop.set()


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Films:
    """The first 36 pictures of the actor, as they are kept."""
    from realtime.avatar import open_actor
    from realtime.benchmark import driver

    def brief(picture: object, store: Store) -> Actor:
        actor = open_actor(picture, store)  # type: ignore[arg-type]
        actor.frame_count = 36
        return actor

    kept = tmp_path_factory.mktemp("films")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driver, "open_actor", brief)
        with actor_films(Store()) as films:
            for film in (films.whole, films.short):
                (kept / film.name).write_bytes(film.read_bytes())
        assert not films.whole.exists()
    return Films(kept / films.whole.name, kept / films.short.name)


def test_films_of_the_actor(films: Films) -> None:
    assert len(pictures_of(films.whole, 100)) == 12, "every third of 36"
    assert len(pictures_of(films.whole, 5)) == 5
    assert len(pictures_of(films.short, 100)) == 10, "every third of 30"
    assert open_file(films.whole).fps == 30


def test_identity_and_mesh_run_and_say_who_draws(films: Films) -> None:
    found = configurations(films.whole, SIZE, Store())
    assert [each.name for each in found][:2] == ["identity", "mesh"]
    for each in found[:2]:
        stop = threading.Event()
        metrics = Enough(stop)
        with patch("os.sched_setscheduler") as asked:
            each.run(metrics, stop)
        if sys.platform == "linux":
            first = [call.args[0] for call in asked.call_args_list if call.args[1] == os.SCHED_RR]
            assert len(set(first)) >= 3, "capture, track and render, as in a live run"
        report = metrics.report()
        assert report.renderer == each.name
        assert report.pictures >= 4
        # Pictures in between have no age.
        assert report.age.count >= 1
        assert {"capture", "track", "motion", "render", "output"} == set(report.stages)
        assert set(report.waits) == {"track", "render", "output"}


def test_a_converted_model_is_compared_too(films: Films, tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.folder.mkdir(parents=True)
    assert [each.name for each in configurations(films.whole, SIZE, store)] == ["identity", "mesh"]
    model = Converted(folder_of(store.folder, "0" * 64), "some.pth.tar", "0" * 64, "0", True, {})
    model.folder.mkdir()
    (model.folder / META).write_text(json.dumps(model.describe()))
    names = [each.name for each in configurations(films.whole, SIZE, store)]
    assert names == ["identity", "mesh", "fomm"]
