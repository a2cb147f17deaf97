"""The document tells of every fault, in order; each fault's own test compares its row."""

from tests.faults.table import DOCUMENT, FAULTS, Row, rows_in, with_table


def test_every_fault_has_its_row() -> None:
    assert tuple(rows_in(DOCUMENT.read_text(encoding="utf-8"))) == FAULTS


def test_a_table_that_was_written_is_read_and_the_rest_stays() -> None:
    rows = {fault: Row(fault, "avatar 1, card", "after | 3", "nothing") for fault in FAULTS}
    before = DOCUMENT.read_text(encoding="utf-8")
    after = with_table(before, rows)
    assert rows_in(after) == {fault: str(rows[fault]) for fault in FAULTS}
    assert "after / 3" in after
    assert after.splitlines()[0] == before.splitlines()[0]
    assert after.splitlines()[-1] == before.splitlines()[-1]
