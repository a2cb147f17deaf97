"""A run's metrics for Prometheus, on this machine's own address only."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from realtime.errors import DeviceError, InputError
from realtime.runtime.histogram import BUCKETS_MS, Spread
from realtime.runtime.metrics import Report

ADDRESS = "127.0.0.1"

_LAST_PORT = 65535


@contextmanager
def serve(report: Callable[[], Report], port: int) -> Iterator[None]:
    """Answer on http://127.0.0.1:`port`/metrics while the block runs.

    The run counts as it always does; `report` is asked, and its answer put into words, in a
    thread of the server whenever somebody scrapes.

    Raises:
        InputError: there can be no such port.
        DeviceError: the port is not to be had.
    """
    if not 1 <= port <= _LAST_PORT:
        raise InputError(f"no port can be {port}; choose one from 1 to {_LAST_PORT}")
    registry = CollectorRegistry()
    registry.register(RunCollector(report))
    ProcessCollector(registry=registry)
    try:
        server, thread = start_http_server(port, ADDRESS, registry)
    except OSError as error:
        raise DeviceError(
            f"cannot serve metrics on port {port}: {error.strerror}; choose another port"
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class RunCollector(Collector):
    """Puts a report into Prometheus' words; times in seconds, as is usual there."""

    def __init__(self, report: Callable[[], Report]) -> None:
        self._report = report

    def describe(self) -> list[Metric]:
        """Nothing: the names of stages and causes are not known beforehand."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The run as it is now."""
        report = self._report()
        yield _info(report)
        yield GaugeMetricFamily(
            "mimicam_fps", "New pictures per second, lately.", report.recent_fps
        )
        yield _ticks(report)
        yield _counter("dropped_frames", "Frames lost on the way.", "cause", report.drops)
        yield _counter("stage_cpu_seconds", "Time on the processor.", "stage", report.cpu_s)
        presence = GaugeMetricFamily("mimicam_presence", "1: how the driver is.", labels=["state"])
        presence.add_metric([report.state], 1)
        yield presence
        yield _histogram("age", "From capture to the return of send.", report.age)
        yield _histogram("unpaced_age", "Age without the wait for the tick.", report.unpaced_age)
        yield _histogram("tick_lateness", "How late ticks were.", report.jitter)
        yield _histogram("cadence_error", "Interval of sends off the period.", report.cadence)
        yield _histograms("stage_service", "Work of a stage for one frame.", report.stages)
        yield _histograms("stage_wait", "What was ready lay this long.", report.waits)


def _info(report: Report) -> Metric:
    labels = {"version": version("mimicam"), "renderer": report.renderer, "device": report.device}
    return InfoMetricFamily("mimicam", "What runs, and where.", labels)


def _ticks(report: Report) -> Metric:
    served = {
        "card": report.cards,
        "picture": report.pictures,
        "repeat": report.repeats,
        "missed": report.missed_ticks,
    }
    return _counter("ticks", "Ticks of the output, by what was sent.", "sent", served)


def _counter(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(f"mimicam_{name}", text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _histogram(name: str, text: str, spread: Spread) -> Metric:
    return HistogramMetricFamily(
        f"mimicam_{name}_seconds", text, _buckets(spread), spread.sum_ms / 1e3
    )


def _histograms(name: str, text: str, spreads: Mapping[str, Spread]) -> Metric:
    family = HistogramMetricFamily(f"mimicam_{name}_seconds", text, labels=["stage"])
    for stage, spread in spreads.items():
        family.add_metric([stage], _buckets(spread), spread.sum_ms / 1e3)
    return family


def _buckets(spread: Spread) -> list[tuple[str, float]]:
    edges = [f"{edge_ms / 1e3:g}" for edge_ms in BUCKETS_MS]
    return [*zip(edges, spread.up_to, strict=True), ("+Inf", spread.count)]
