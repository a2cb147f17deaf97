import json

import pytest

from realtime.benchmark.as_json import as_json
from tests.benchmark.sessions import session


def test_everything_that_was_measured_survives_a_file() -> None:
    read = json.loads(json.dumps(as_json(session())))
    mesh = read["configurations"]["mesh"]
    assert list(read["configurations"]) == ["identity", "mesh"]
    assert mesh["age"]["p50_ms"] == pytest.approx(30, rel=0.01)
    assert mesh["age without the wait for the tick"]["p50_ms"] == pytest.approx(20, rel=0.01)
    assert mesh["ratio to the bare landmarker"]["p50"] == pytest.approx(20 / 16, rel=0.03)
    assert mesh["ratio to it at the run's rate"]["p50"] == pytest.approx(20 / 18, rel=0.03)
    assert mesh["cadence error"]["count"] == 19
    assert (mesh["ticks"], mesh["repeats"], mesh["drops"]) == (20, 4, {"track busy": 2})
    assert mesh["service"]["track"]["mean_ms"] == pytest.approx(9)
    assert mesh["wait"]["track"]["mean_ms"] == pytest.approx(3)
    assert mesh["cpu s by stage"]["track"] == pytest.approx(0.16)
    assert (mesh["resident MB"], mesh["cpu cores of other processes"]) == (321, None)
    assert mesh["missed ticks while starting"] == 1
    assert read["bare landmarker"]["p95_ms"] == pytest.approx(16, rel=0.01)
    assert read["start"]["first ever"] == {"first_sent_s": 0.6, "first_animated_s": 11.0}
    assert {bound["held"] for bound in read["bounds"]} == {True}
