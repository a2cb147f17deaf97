import sys

import pytest

from realtime.errors import DeviceError
from realtime.output.display import check_display

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is a display")


def test_no_display_is_said_so() -> None:
    with pytest.raises(DeviceError, match="DISPLAY is not set; run it on a desktop"):
        check_display({})


def test_wayland_without_x_is_said_so() -> None:
    with pytest.raises(DeviceError, match="it takes XWayland"):
        check_display({"WAYLAND_DISPLAY": "wayland-0"})


def test_a_display_that_does_not_answer_is_found_out_before_qt_aborts() -> None:
    # On a machine without X at all, the system library that is missing is named instead.
    with pytest.raises(DeviceError, match=r"display :4095 cannot be opened|sudo apt-get install"):
        check_display({"DISPLAY": ":4095"})
