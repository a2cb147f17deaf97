import socket
import threading
import urllib.request

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from realtime.errors import DeviceError
from realtime.runtime.metrics import Metrics
from realtime.runtime.prometheus import serve

MS = 1_000_000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def scrape(port: int) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, in the order of their names."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
        text = reply.read().decode()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def busy() -> Metrics:
    metrics = Metrics()
    metrics.drawn_by("fomm", "cuda (90 nodes on CUDA)")
    for n in range(3):
        metrics.ticked(n * 30 * MS, n * 30 * MS, missed=n)
    metrics.sent_card(MS)
    metrics.sent_picture(31 * MS, captured_ns=MS, waited_ns=12 * MS)
    metrics.sent_picture(61 * MS, captured_ns=MS)
    metrics.sent_again(91 * MS)
    metrics.took("track", 0, 16 * MS, cpu_ns=14 * MS)
    metrics.waited("track", 4 * MS)
    metrics.dropped("track busy", 0, 7)
    metrics.became("held", 0)
    return metrics


def test_a_scrape_tells_the_run_as_it_is_now() -> None:
    port, metrics = free_port(), busy()
    with serve(metrics.report, port):
        before = scrape(port)
        metrics.dropped("track busy", 0)
        after = scrape(port)
    assert before["mimicam_dropped_frames_total", "track busy"] == 7
    assert after["mimicam_dropped_frames_total", "track busy"] == 8
    sent = {name[1]: value for name, value in before.items() if name[0] == "mimicam_ticks_total"}
    assert sent == {"card": 1, "picture": 2, "repeat": 1, "missed": 3}
    assert before["mimicam_age_seconds_count",] == 2
    assert before["mimicam_age_seconds_sum",] == pytest.approx(0.090)
    assert before["mimicam_age_seconds_bucket", "0.04"] == 1
    assert before["mimicam_age_seconds_bucket", "+Inf"] == 2
    assert before["mimicam_unpaced_age_seconds_sum",] == pytest.approx(0.078)
    assert before["mimicam_stage_service_seconds_bucket", "0.015", "track"] == 0
    assert before["mimicam_stage_service_seconds_bucket", "0.02", "track"] == 1
    assert before["mimicam_stage_wait_seconds_sum", "track"] == pytest.approx(0.004)
    assert before["mimicam_stage_cpu_seconds_total", "track"] == pytest.approx(0.014)
    assert before["mimicam_presence", "held"] == 1
    assert before["mimicam_fps",] == pytest.approx(1 / 0.030)
    (info,) = [name for name in before if name[0] == "mimicam_info"]
    assert {"fomm", "cuda (90 nodes on CUDA)"} <= set(info)


def test_only_this_machine_is_answered_and_the_port_is_freed() -> None:
    port, before = free_port(), threading.active_count()
    with serve(Metrics().report, port):
        bound = [c.laddr for c in psutil.Process().net_connections() if c.laddr.port == port]
        assert [address.ip for address in bound] == ["127.0.0.1"]
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
    with socket.socket() as again:
        again.bind(("127.0.0.1", port))


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(DeviceError, match=f"metrics on port {port}: "),
            serve(Metrics().report, port),
        ):
            pytest.fail("the block must not run")
