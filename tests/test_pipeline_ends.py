"""How `run` ends: failures, stops, and what is closed."""

import itertools
import logging
import threading

import pytest

from realtime.capture import Source
from realtime.errors import DeviceError, OutputError
from realtime.pipeline import Stages
from realtime.types import Picture
from tests.fakes import GUARD_S, FakeRenderer, RecordingOutput, ScriptedSource, frame
from tests.rig import Rig, reached, threads_of_runs


@pytest.mark.parametrize("stage", ["capture", "track", "motion", "render", "output"])
def test_a_failure_ends_the_run_names_its_stage_and_closes_everything(stage: str) -> None:
    error = DeviceError("it broke")
    rig = Rig(ScriptedSource(frame(n) for n in itertools.count()))
    rig.fail_in(stage, error)
    with pytest.raises(DeviceError, match="it broke") as caught:
        rig.run()
    assert caught.value is error
    assert error.__notes__ == [f"stage: {stage}"]
    assert rig.closes == (1, 1, 1, 1)


@pytest.mark.parametrize("sends", [0, 1, 7])
def test_an_output_may_fail_at_any_picture(sends: int) -> None:
    rig = Rig(
        ScriptedSource(frame(n) for n in itertools.count()),
        output=RecordingOutput(fail_at=sends),
    )
    with pytest.raises(OutputError, match=f"picture {sends} cannot"):
        rig.run()
    assert len(rig.output.pictures) == sends
    assert rig.closes == (1, 1, 1, 1)


def test_a_source_that_does_not_open_ends_the_run() -> None:
    def open_source() -> Source:
        raise DeviceError("no camera")

    rig = Rig(ScriptedSource([]))
    with pytest.raises(DeviceError, match="no camera") as caught:
        rig.run(open_source=open_source)
    assert caught.value.__notes__ == ["stage: capture"]
    assert rig.closes == (0, 1, 1, 1)


def test_stages_that_do_not_open_end_the_run() -> None:
    def open_stages() -> Stages:
        raise DeviceError("no model")

    rig = Rig(ScriptedSource([frame()]))
    with pytest.raises(DeviceError, match="no model") as caught:
        rig.run(open_stages=open_stages)
    assert caught.value.__notes__ == ["stage: open"]
    assert rig.closes == (1, 0, 0, 1)
    assert {p.sequence for p in rig.output.pictures} <= {-1}


def test_a_renderer_of_another_size_than_the_card_is_refused() -> None:
    rig = Rig(ScriptedSource([frame()]), renderer=FakeRenderer((9, 6)))
    with pytest.raises(ValueError, match=r"draws \(9, 6\), card is \(8, 6\)"):
        rig.run()
    assert rig.closes == (1, 1, 1, 1)


class BrokenClose(RecordingOutput):
    def close(self) -> None:
        super().close()
        raise OutputError("disk full")


def test_a_failure_of_closing_the_output_surfaces() -> None:
    rig = Rig(ScriptedSource([frame()]), output=BrokenClose())
    with pytest.raises(OutputError, match="disk full") as caught:
        rig.run()
    assert caught.value.__notes__ == ["stage: output"]
    assert rig.closes == (1, 1, 1, 1)


class StuckRenderer(FakeRenderer):
    def close(self) -> None:
        super().close()
        raise DeviceError("graphics memory lost")


def test_a_failure_of_closing_a_stage_surfaces_after_a_stop() -> None:
    rig = Rig(ScriptedSource(frame(n) for n in itertools.count()), renderer=StuckRenderer((8, 6)))
    rig.output = RecordingOutput(on_send=lambda p: rig.stop.set() if p.sequence > 2 else None)
    with pytest.raises(DeviceError, match="graphics memory lost") as caught:
        rig.run()
    assert caught.value.__notes__ == ["stage: render"]
    assert rig.closes == (1, 1, 1, 1)


def test_the_first_failure_wins() -> None:
    rig = Rig(ScriptedSource([frame()]), output=BrokenClose(fail_at=0))
    with pytest.raises(OutputError, match="picture 0 cannot"):
        rig.run()
    assert rig.closes == (1, 1, 1, 1)


def test_stop_ends_a_run_whose_source_is_silent() -> None:
    gate = threading.Semaphore(1)
    rig = Rig(ScriptedSource([frame()], gate=gate))

    def on_send(picture: Picture) -> None:
        if picture.sequence == 0:
            rig.stop.set()

    rig.output = RecordingOutput(on_send=on_send)
    rig.run()
    assert rig.output.pictures[-1].sequence == 0
    assert not rig.source.ended.is_set()
    assert rig.closes == (1, 1, 1, 1)


def test_stop_before_the_start_sends_nothing() -> None:
    rig = Rig(ScriptedSource([frame()]))
    rig.stop.set()
    rig.run()
    assert rig.output.pictures == []
    assert rig.output.closes == 1


def test_ctrl_c_ends_the_run_and_closes_everything() -> None:
    def on_send(picture: Picture) -> None:
        if picture.sequence >= 0:
            raise KeyboardInterrupt

    rig = Rig(
        ScriptedSource(frame(n) for n in itertools.count()),
        output=RecordingOutput(on_send=on_send),
    )
    rig.run()
    assert len(rig.answers()) == 1
    assert rig.closes == (1, 1, 1, 1)


@pytest.mark.parametrize("late", ["capture", "track"])
def test_what_is_still_opening_is_left_and_closed_when_it_comes(
    late: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    released, opening = threading.Event(), threading.Event()
    rig = Rig(ScriptedSource([frame()]), patience_s=0.0)

    def wait_in(thread: str) -> None:
        if thread == late:
            opening.set()
            reached(released)

    def open_source() -> Source:
        wait_in("capture")
        return rig.source

    def open_stages() -> Stages:
        wait_in("track")
        return rig.open_stages()

    def on_send(_: Picture) -> None:
        reached(opening)
        rig.stop.set()

    rig.output = RecordingOutput(on_send=on_send)
    rig.run(open_source=open_source, open_stages=open_stages)
    assert rig.output.closes == 1
    assert "still busy" in caplog.text
    assert f"mimicam-{late}" in caplog.text
    left = threads_of_runs()
    released.set()
    for thread in left:
        thread.join(GUARD_S)
    assert rig.closes == (1, 1, 1, 1)
