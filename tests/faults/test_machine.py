"""What the machine and its user do to a run."""

import itertools
import os
import signal
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from realtime.cli.signals import stopping
from realtime.output.recorder import Recorder
from realtime.runtime.clock import MonotonicClock
from realtime.types import Picture
from tests.fakes import GUARD_S
from tests.faults.conftest import Tell
from tests.faults.devices import CANVAS_SIZE
from tests.faults.show import Show
from tests.faults.world import FPS, World, ticks
from tests.output.videos import read_film

BEGIN = 30
_DAY_S = 86_400


class MachineClock(MonotonicClock):
    """The machine's clock in a world's time."""

    def __init__(self, world: World) -> None:
        self._world = world

    def wait_until(self, t_ns: int, wake: threading.Event) -> bool:
        return self._world.wait_until(t_ns, wake)


def test_the_wall_clock_steps(show: Show, tell: Tell, caplog: pytest.LogCaptureFixture) -> None:
    wall_s = 0.0

    def step() -> None:
        nonlocal wall_s
        wall_s += _DAY_S if wall_s <= 0 else -2 * _DAY_S

    def wall_ns() -> int:
        return show.world.now_ns() + round(wall_s * 1e9)

    machine = SimpleNamespace(
        perf_counter_ns=show.world.now_ns,
        monotonic_ns=show.world.now_ns,
        time_ns=wall_ns,
        time=lambda: wall_ns() * 1e-9,
    )
    for tick in range(BEGIN, 90, 10):
        show.world.at(tick, step)
    show.clock = MachineClock(show.world)
    show.camera.early_ns = ticks(0.5)
    with patch("realtime.runtime.clock.time", machine), patch("time.time_ns", wall_ns):
        report = show.run(110)
    assert show.longest_gap() == 1
    assert report.age.max_ms == pytest.approx(1000 * 0.5 / FPS, rel=0.1)
    tell(
        "wall clock steps by a day",
        show.seen(BEGIN),
        show.until_normal(BEGIN),
        "; ".join(caplog.messages),
    )


def test_the_laptop_sleeps(show: Show, tell: Tell, caplog: pytest.LogCaptureFixture) -> None:
    """On a system whose monotonic clock goes on meanwhile; where it does not, nothing happens."""
    show.world.at(BEGIN, lambda: show.world.jump(30_000_000_000))
    report = show.run(BEGIN + 900 + 100)
    gaps = [after.tick - before.tick for before, after in itertools.pairwise(show.audience.sent)]
    assert sorted(gaps)[-2:] == [1, 901]
    assert report.missed_ticks == 898
    assert report.age.max_ms < 31_000
    tell(
        "laptop sleeps for 30 s",
        f"(asleep), {show.seen(BEGIN)}",
        show.until_normal(BEGIN + 900),
        "; ".join(caplog.messages),
    )


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM], ids=lambda kind: kind.name)
def test_a_signal(
    show: Show,
    tell: Tell,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    kind: signal.Signals,
) -> None:
    before = signal.getsignal(kind)

    def send_signal() -> None:
        assert signal.getsignal(kind) is not before
        signal.raise_signal(kind)
        assert show.stop.wait(GUARD_S)

    show.world.at(BEGIN, send_signal)
    film = tmp_path / "call.mp4"
    show.outputs = [Recorder(film, CANVAS_SIZE, FPS, show.world), show.audience]
    with stopping(show.stop, show.calls):
        show.run(110)
    assert signal.getsignal(kind) is before
    assert show.world.now_ns() == ticks(BEGIN)
    pictures = [sent for sent in show.audience.sent if sent.what != "card"]
    assert len(read_film(film).pictures) == len(pictures)
    tell(kind.name, show.seen(BEGIN), "the run ends", "; ".join(caplog.messages))


class Hanging:
    """An output whose device, a pipe that nobody reads, takes nothing more from some tick on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._pipe: tuple[int, int] | None = None
        self.hangs = threading.Event()
        self.closes = 0

    def send(self, picture: Picture) -> None:
        if self._world.now_ns() >= ticks(BEGIN):
            self._pipe = os.pipe()
            self.hangs.set()
            while True:
                os.write(self._pipe[1], picture.pixels.tobytes())

    def close(self) -> None:
        self.closes += 1
        for end in self._pipe or ():
            os.close(end)


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM], ids=lambda kind: kind.name)
def test_send_blocks_for_ever(
    show: Show,
    tell: Tell,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    kind: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("realtime.cli.signals._PATIENCE_S", 0.01)
    monkeypatch.setattr("realtime.cli.signals._TRIES", 1_000_000)
    film = tmp_path / "call.mp4"
    recorder = Recorder(film, CANVAS_SIZE, FPS, show.world)
    hanging = Hanging(show.world)
    show.outputs = [recorder, show.audience, hanging]

    def send_signal() -> None:
        assert hanging.hangs.wait(GUARD_S)
        os.kill(os.getpid(), kind)

    user = threading.Thread(target=send_signal)
    user.start()
    with stopping(show.stop, show.calls):
        show.run(110)
    user.join()
    assert show.world.now_ns() == ticks(BEGIN)
    assert hanging.closes == 1
    pictures = [sent for sent in show.audience.sent if sent.what != "card"]
    assert len(read_film(film).pictures) == len(pictures)
    tell(
        "`send` blocks for ever",
        "nothing more",
        "the run ends 0.7 s after SIGINT or SIGTERM, its files whole",
        "; ".join(caplog.messages),
    )
