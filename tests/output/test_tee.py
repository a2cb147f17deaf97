import numpy as np
import pytest

from realtime.errors import DeviceError, MimicamError, OutputError
from realtime.output.tee import Tee
from realtime.types import Picture

PICTURE = Picture(np.full((2, 2, 3), 7, np.uint8), sequence=5, captured_ns=11)


class ScriptedOutput:
    """Writes what happens to it into a shared diary; fails where told to."""

    def __init__(
        self,
        name: str,
        diary: list[str],
        send_error: Exception | None = None,
        close_error: Exception | None = None,
    ) -> None:
        self.name = name
        self.diary = diary
        self.send_error = send_error
        self.close_error = close_error
        self.received: list[Picture] = []

    def send(self, picture: Picture) -> None:
        self.diary.append(f"send {self.name}")
        self.received.append(picture)
        if self.send_error:
            raise self.send_error

    def close(self) -> None:
        self.diary.append(f"close {self.name}")
        if self.close_error:
            raise self.close_error


def test_every_output_gets_the_picture_in_order() -> None:
    diary: list[str] = []
    outputs = [ScriptedOutput(name, diary) for name in "abc"]
    Tee(outputs).send(PICTURE)
    assert diary == ["send a", "send b", "send c"]
    assert [output.received for output in outputs] == [[PICTURE]] * 3


def test_an_output_that_fails_is_left_out_told_once_and_surfaces_at_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    diary: list[str] = []
    tee = Tee(
        [
            ScriptedOutput("a", diary),
            ScriptedOutput("b", diary, send_error=OutputError("disk full")),
            ScriptedOutput("c", diary),
        ]
    )
    tee.send(PICTURE)
    tee.send(PICTURE)
    assert diary == ["send a", "send b", "send c", "send a", "send c"]
    assert caplog.messages == ["disk full; the other outputs go on"]
    diary.clear()
    with pytest.raises(OutputError, match="disk full"):
        tee.close()
    assert diary == ["close a", "close b", "close c"]


def test_the_last_output_that_fails_surfaces_at_once() -> None:
    diary: list[str] = []
    tee = Tee(
        [
            ScriptedOutput("a", diary, send_error=OutputError("disk full")),
            ScriptedOutput("b", diary, send_error=DeviceError("camera gone")),
        ]
    )
    with pytest.raises(DeviceError, match="camera gone"):
        tee.send(PICTURE)
    with pytest.raises(OutputError, match="disk full"):
        tee.close()
    assert diary == ["send a", "send b", "close a", "close b"]


def test_all_are_closed_and_the_first_error_surfaces() -> None:
    diary: list[str] = []
    tee = Tee(
        [
            ScriptedOutput("a", diary),
            ScriptedOutput("b", diary, close_error=DeviceError("first")),
            ScriptedOutput("c", diary, close_error=OutputError("second")),
            ScriptedOutput("d", diary),
        ]
    )
    with pytest.raises(MimicamError, match="first"):
        tee.close()
    assert diary == ["close a", "close b", "close c", "close d"]


def test_a_bug_in_one_output_still_closes_the_others() -> None:
    diary: list[str] = []
    tee = Tee(
        [ScriptedOutput("a", diary, close_error=ZeroDivisionError()), ScriptedOutput("b", diary)]
    )
    with pytest.raises(ZeroDivisionError):
        tee.close()
    assert diary == ["close a", "close b"]
