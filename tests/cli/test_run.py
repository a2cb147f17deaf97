import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path

import pytest

from realtime.avatar import open_actor
from realtime.capture.picture import read_picture
from realtime.errors import InputError
from realtime.models.store import Store
from realtime.motion.head_state import HeadState
from realtime.motion.retarget import Strengths
from realtime.output.video_writer import VideoWriter
from tests.cli.command import run
from tests.fakes import GUARD_S
from tests.output.videos import read_film


@pytest.fixture(scope="module")
def acted(portrait_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of the actor, 5 pictures a second."""
    actor = open_actor(read_picture(portrait_file), Store())
    film = tmp_path_factory.mktemp("driving") / "acted.mp4"
    with VideoWriter(film, actor.size, Fraction(5)) as writer:
        for n in range(30):
            writer.write(actor.picture(n))
    return film


def test_report_tells_rate_and_latency(
    acted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "call.mp4"
    options = ["--null", "--size", "320x240", "--record", str(record), "--fps", "10"]
    assert run("run", "--source", str(acted), *options) == 0
    out = capsys.readouterr().out
    assert "fps" in out
    for row in ("track", "motion", "render", "output", "end to end"):
        assert row in out
    assert read_film(record).pictures[0].shape == (240, 320, 3)


def test_metrics_port_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run("run", "--camera", "97", "--null", "--metrics", str(port)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"mimicam: error: cannot serve metrics on port {port}")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param(["--camera", "97"], "no output chosen", id="no output"),
        pytest.param(["--camera", "97", "--null"], "no camera at", id="missing camera"),
        pytest.param(["--camera", "No Such", "--null"], "'No Such'", id="unknown name"),
        pytest.param(["--source", "no.mp4", "--null"], "no.mp4 does not exist", id="no file"),
        pytest.param(
            ["--camera", "0", "--source", "no.mp4", "--null"], "exclude each other", id="both"
        ),
        pytest.param(["--null", "--avatar", "no.png"], "no picture at no.png", id="no avatar"),
        pytest.param(["--null", "--trace", "no/t.json"], "the trace no/t.json", id="no trace"),
        pytest.param(["--null", "--metrics", "99999"], "from 1 to 65535", id="no port"),
        pytest.param(["--null", "--metrics", "0"], "from 1 to 65535", id="port 0"),
        pytest.param(["--record", "no/call.mp4"], "record to no/call.mp4: No such", id="no place"),
        pytest.param(["--record", "call.avi"], "ends in .mp4", id="no film"),
        pytest.param(["--null", "--config", "no.toml"], "configuration no.toml", id="no config"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("run", *arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mimicam: error: ")
    assert complaint in line


@pytest.mark.parametrize("reads", ["--source", "--avatar", "--config"])
@pytest.mark.parametrize("writes", ["--record", "--trace"])
def test_what_a_run_reads_is_not_overwritten(
    reads: str, writes: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / ("film.mp4" if writes == "--record" else "film.json")
    file.write_bytes(b"# of a holiday")
    assert run("run", "--null", reads, str(file), writes, str(file)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"cannot write {file}: it is read itself" in line
    assert file.read_bytes() == b"# of a holiday"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param(
            "[canvas]\nwidht = 640",
            "unknown key 'canvas.widht'; did you mean 'canvas.width'?",
            id="unknown key",
        ),
        pytest.param(
            '[canvas]\nwidth = "wide"', "'canvas.width' must be a whole number", id="wrong type"
        ),
        pytest.param("[canvas", "cannot read the configuration", id="no TOML"),
    ],
)
def test_bad_configuration_is_one_line(
    text: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "mimicam.toml"
    config.write_text(text)
    assert run("run", "--null", "--config", str(config)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mimicam: error: ")
    assert str(config) in line
    assert complaint in line


@pytest.mark.parametrize(
    ("options", "head"),
    [
        pytest.param([], 0.6, id="the file's"),
        pytest.param(["--preset", "expressive"], 1.15, id="the option wins"),
    ],
)
def test_preset_of_file_or_option_reaches_the_mover(
    options: list[str],
    head: float,
    acted: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Strengths] = []

    class Watched:
        def __init__(self, _: HeadState, strengths: Strengths, *, relative: bool) -> None:
            made.append(strengths)
            raise InputError("seen enough")

    monkeypatch.setattr("realtime.motion.relative.Retargeter", Watched)
    config = tmp_path / "mimicam.toml"
    config.write_text('[motion]\npreset = "calm"\nbrows = 0.25\n')
    arguments = ["--source", str(acted), "--null", "--size", "320x240", "--config", str(config)]
    assert run("run", *arguments, *options) == 2
    (strengths,) = made
    assert strengths.head == head
    assert strengths.brows == 0.25, "what is stated overrides the preset"


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_interrupted_start_ends_though_an_output_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe cannot be opened to write until somebody reads it."""
    pipe, opening = tmp_path / "call.mp4", threading.Event()
    os.mkfifo(pipe)

    def check_place(path: Path) -> None:
        opening.set()
        path.open("ab").close()

    def interrupt() -> None:
        assert opening.wait(GUARD_S)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("realtime.output.recorder._check_place", check_place)
    monkeypatch.setattr("realtime.cli.signals._PATIENCE_S", 0.01)
    monkeypatch.setattr("realtime.cli.signals._TRIES", 1_000_000)
    user = threading.Thread(target=interrupt)
    user.start()
    assert run("run", "--record", str(pipe)) == 130
    user.join()


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_finishes_its_files(
    kind: signal.Signals, acted: Path, tmp_path: Path
) -> None:
    record, trace = tmp_path / "call.mp4", tmp_path / "trace.json"
    command = [sys.executable, "-c", "from realtime.cli import main; main()", "run"]
    options = ["--source", str(acted), "--record", str(record), "--size", "320x240"]
    options += ["--trace", str(trace)]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + GUARD_S
    while not (record.exists() and record.stat().st_size > 10_000):
        assert time.monotonic() < deadline, "the recording did not start"
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, kind)
    out, _ = process.communicate(timeout=GUARD_S)
    assert process.returncode == 0
    assert "end to end" in out
    assert len(read_film(record).pictures) > 1
    events = json.loads(trace.read_text())["traceEvents"]
    assert {"capture", "track", "motion", "render", "output"} <= {event["name"] for event in events}
    rows = {event["args"]["name"] for event in events if event["name"] == "thread_name"}
    assert rows == {"MainThread", "mimicam-capture", "mimicam-track", "mimicam-render"}
