import numpy as np
import pytest

from realtime.output.leavable import Leavable
from realtime.runtime.interruptible import Interruptible
from realtime.types import Picture
from tests.fakes import RecordingOutput

PICTURE = Picture(np.zeros((2, 2, 3), np.uint8), sequence=1, captured_ns=1)


def test_a_send_can_be_left_and_the_output_is_closed_all_the_same() -> None:
    calls = Interruptible()
    output = RecordingOutput(on_send=lambda _: calls.leave())
    leavable = Leavable(output, calls)
    leavable.send(PICTURE)
    calls.late = True
    with pytest.raises(KeyboardInterrupt):
        leavable.send(PICTURE)
    leavable.close()
    assert (len(output.pictures), output.closes) == (2, 1)


def test_closing_cannot_be_left() -> None:
    calls, output = Interruptible(), RecordingOutput()
    calls.late = True

    class Asked:
        def send(self, picture: Picture) -> None:
            raise AssertionError

        def close(self) -> None:
            calls.leave()
            output.close()

    Leavable(Asked(), calls).close()
    assert output.closes == 1
