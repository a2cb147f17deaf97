"""A benchmark as plain values, for a file."""

from dataclasses import asdict
from typing import Any

from realtime.benchmark.bounds import bounds, ratio
from realtime.benchmark.measure import Measured
from realtime.benchmark.session import Session
from realtime.runtime.histogram import Spread


def as_json(session: Session) -> dict[str, Any]:
    """Everything but the timelines; milliseconds and seconds as the names say."""
    return {
        "machine": session.machine,
        "driver": session.driver,
        "size": list(session.size),
        "seconds": session.seconds,
        "bare landmarker": _spread(session.bare),
        "bare landmarker at the run's rate": _spread(session.bare_at_rate),
        "configurations": {each.name: _measured(each, session) for each in session.measured},
        "start": {"warm": asdict(session.warm_start), "first ever": asdict(session.first_start)},
        "bounds": [{**asdict(bound), "held": bound.held} for bound in bounds(session)],
    }


def _measured(measured: Measured, session: Session) -> dict[str, Any]:
    report = measured.report
    return {
        "device": report.device,
        "fps": report.fps,
        "age": _spread(report.age),
        "age without the wait for the tick": _spread(report.unpaced_age),
        "ratio to the bare landmarker": _ratio(report.unpaced_age, session.bare),
        "ratio to it at the run's rate": _ratio(report.unpaced_age, session.bare_at_rate),
        "cadence error": _spread(report.cadence),
        "cadence error of a process that only keeps time": _spread(measured.bare_clock.cadence),
        "lateness of ticks": _spread(report.jitter),
        "ticks": report.ticks,
        "missed ticks": report.missed_ticks,
        "missed ticks of a process that only keeps time": measured.bare_clock.missed_ticks,
        "missed ticks while starting": measured.missed_while_starting,
        "repeats": report.repeats,
        "drops": dict(report.drops),
        "service": {stage: _spread(spread) for stage, spread in report.stages.items()},
        "wait": {stage: _spread(spread) for stage, spread in report.waits.items()},
        "cpu s by stage": dict(report.cpu_s),
        "cpu cores": measured.cpu_cores,
        "cpu cores of other processes": measured.other_cores,
        "resident MB": measured.resident_mb,
    }


def _ratio(age: Spread, bare: Spread) -> dict[str, float]:
    return {"p50": ratio(age.p50_ms, bare.p50_ms), "p95": ratio(age.p95_ms, bare.p95_ms)}


def _spread(spread: Spread) -> dict[str, float]:
    return {
        "count": spread.count,
        "mean_ms": spread.mean_ms,
        "p50_ms": spread.p50_ms,
        "p95_ms": spread.p95_ms,
        "p99_ms": spread.p99_ms,
        "max_ms": spread.max_ms,
    }
