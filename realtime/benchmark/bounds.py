"""What the engine promises of itself, against what was measured."""

from dataclasses import dataclass

from realtime.benchmark.measure import Measured
from realtime.benchmark.session import Session
from realtime.runtime.histogram import Spread


@dataclass(frozen=True, slots=True)
class Bound:
    """One promise."""

    what: str
    value: float
    most: float
    unit: str

    @property
    def held(self) -> bool:
        """Whether it was kept."""
        return self.value <= self.most


def bounds(session: Session) -> list[Bound]:
    """The promises: of the mesh against the bare landmarker, and of the start."""
    found = [
        Bound("first sent picture, warm", session.warm_start.first_sent_s, 1, "s"),
        Bound("first animated picture, warm", session.warm_start.first_animated_s, 4, "s"),
        Bound("first animated picture ever", session.first_start.first_animated_s, 30, "s"),
    ]
    for measured in session.measured:
        if measured.name == "mesh":
            found = [*_of_mesh(measured, session.bare), *found]
    return found


def ratio(value: float, base: float) -> float:
    """`value` in units of `base`; zero where there is no base."""
    return value / base if base else 0.0


def _of_mesh(mesh: Measured, bare: Spread) -> list[Bound]:
    age, cadence = mesh.report.unpaced_age, mesh.report.cadence
    return [
        Bound("age before the tick / landmarker, p50", ratio(age.p50_ms, bare.p50_ms), 1.5, ""),
        Bound("age before the tick / landmarker, p95", ratio(age.p95_ms, bare.p95_ms), 2, ""),
        Bound("cadence error, p99", cadence.p99_ms, 3, "ms"),
        Bound("missed ticks", mesh.report.missed_ticks, 0, ""),
    ]
