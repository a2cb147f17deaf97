"""Where a run's ticks go, in a time that passes only while everybody waits."""

from itertools import cycle, pairwise

import pytest

from realtime.types import Picture
from tests.faults.conftest import show  # noqa: F401 - a fixture
from tests.faults.devices import EARLY_NS, Painter
from tests.faults.show import Show
from tests.faults.world import PERIOD_NS, ticks


@pytest.mark.parametrize("early", [0.25, 0.9])
def test_ticks_move_to_where_pictures_are_ready(show: Show, early: float) -> None:  # noqa: F811
    ages_ns: list[int] = []
    sent_ns: list[int] = []

    def note(picture: Picture) -> None:
        sent_ns.append(show.world.now_ns())
        if picture.captured_ns is not None:
            ages_ns.append(show.world.now_ns() - picture.captured_ns)

    show.camera.early_ns = ticks(early)
    show.audience.on_send = note
    report = show.run(450)
    assert ages_ns[0] == pytest.approx(ticks(early), rel=0.05)
    assert ages_ns[-1] == pytest.approx(EARLY_NS, rel=0.1)
    assert max(abs(b - a - PERIOD_NS) for a, b in pairwise(sent_ns)) <= 100_001
    assert report.missed_ticks == report.repeats == 0


def test_no_picture_in_between_is_drawn_where_a_frames_own_is_expected(
    show: Show,  # noqa: F811
) -> None:
    painter, drawing_ns = Painter(), cycle([4_000_000, 8_000_000])
    painter.on_render = lambda: show.world.sleep_until(show.world.now_ns() + next(drawing_ns))
    show.renderer = painter
    show.camera.early_ns = ticks(0.4)
    drawn: list[int] = []
    show.world.at(300, lambda: drawn.append(len(painter.heads)))
    report = show.run(450)
    assert len(painter.heads) - drawn[0] == pytest.approx(150, abs=2)
    assert report.missed_ticks == 0
