import sys

import pytest

from realtime.output.display import display_missing

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is a display")


def test_no_display_is_said_so() -> None:
    assert "DISPLAY is not set; run it on a desktop" in (display_missing({}) or "")


def test_wayland_without_x_is_said_so() -> None:
    assert "it takes XWayland" in (display_missing({"WAYLAND_DISPLAY": "wayland-0"}) or "")


def test_a_display_that_does_not_answer_is_found_out_before_qt_aborts() -> None:
    reason = display_missing({"DISPLAY": ":4095"}) or ""
    # On a machine without X at all, the system library that is missing is named instead.
    assert "display :4095 cannot be opened" in reason or "sudo apt-get install" in reason
