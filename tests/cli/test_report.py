import pytest

from realtime.cli.report import print_report
from realtime.runtime.metrics import Metrics

MS = 1_000_000


def test_what_was_sent_and_what_was_lost_stand_above_the_stages_in_their_order(
    capsys: pytest.CaptureFixture[str],
) -> None:
    metrics = Metrics()
    for tick in range(4):
        metrics.ticked(tick * 500 * MS, tick * 500 * MS, missed=0)
    metrics.sent_card(0)
    metrics.took("output", 0, 2 * MS)
    metrics.took("track", 0, 20 * MS)
    metrics.took("capture", 0, 1 * MS)
    metrics.sent_picture(500 * MS, 450 * MS)
    metrics.sent_picture(1000 * MS, 950 * MS)
    metrics.sent_again(1500 * MS)
    metrics.dropped("track busy", 0, 3)
    metrics.dropped("source", 0)
    print_report(metrics.report())
    sent, lost, *table = capsys.readouterr().out.splitlines()
    assert sent == "4 pictures sent in 1.5 s: 2 new (2.0 fps), 1 repeated, 1 cards; 0 missed"
    assert lost == "frames dropped: 3 track busy, 1 source"
    rows = [row.split("  ")[0] for row in table]
    assert rows == ["latency, ms", "capture", "track", "output", "late by", "end to end"]
    assert table[-1].split()[-3:] == ["50.0", "50.0", "50.0"]
