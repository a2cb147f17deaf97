import numpy as np
import pytest

from realtime.errors import DeviceError
from realtime.fail_safe import FailSafeRenderer, FailSafeTracker
from realtime.types import RGB
from tests.fakes import FakeRenderer, FakeTracker, drawn_sequence, face, frame, motion

CARD: RGB = np.full((6, 8, 3), 77, np.uint8)


def failing(error: Exception | None) -> FakeRenderer:
    def fail(_: object) -> None:
        if error is not None:
            raise error

    return FakeRenderer(on_render=fail)


def test_a_tracker_that_fails_has_found_nobody(caplog: pytest.LogCaptureFixture) -> None:
    seen = face()
    tracker = FailSafeTracker(FakeTracker([seen, ValueError("two\nlines"), OSError(), seen]))
    assert [tracker.track(frame(n)) for n in range(4)] == [seen, None, None, seen]
    assert caplog.messages == ["tracking fails (ValueError: two lines); the avatar goes on alone"]


def test_what_is_broken_for_good_ends_the_tracking() -> None:
    with pytest.raises(DeviceError, match="it broke"):
        FailSafeTracker(FakeTracker([DeviceError("it broke")])).track(frame())


def test_one_picture_may_stay_out_then_a_card_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    broken = [True]

    def fail(_: object) -> None:
        if broken:
            raise ValueError

    renderer, out = FailSafeRenderer([FakeRenderer(on_render=fail)], CARD), np.empty_like(CARD)
    assert not renderer.render(motion(1), out)
    assert renderer.render(motion(2), out)
    was_failing = renderer.failing
    assert was_failing
    np.testing.assert_array_equal(out, CARD)
    broken.clear()
    assert renderer.render(motion(3), out)
    assert drawn_sequence(out) == 3
    assert not renderer.failing
    assert caplog.messages == ["drawing fails (ValueError); another picture stands in"]


@pytest.mark.parametrize("error", [RuntimeError("out of memory"), DeviceError("out of memory")])
def test_the_second_draws_what_the_first_does_not(error: Exception) -> None:
    renderer = FailSafeRenderer([failing(error), FakeRenderer()], CARD)
    out = np.empty_like(CARD)
    assert renderer.render(motion(9), out)
    assert drawn_sequence(out) == 9
    assert not renderer.failing


def test_the_last_one_that_is_broken_for_good_ends_the_drawing() -> None:
    renderer = FailSafeRenderer([failing(RuntimeError()), failing(DeviceError("it broke"))], CARD)
    with pytest.raises(DeviceError, match="it broke"):
        renderer.render(motion(), np.empty_like(CARD))
