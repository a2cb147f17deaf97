import numpy as np

from realtime.render.own_teeth import OwnTeeth, lay_over


def test_teeth_that_lie_beside_the_row_leave_it_as_it_was() -> None:
    row = np.full((30, 80, 4), 200, np.uint8)
    before = row.copy()
    seen = np.zeros((100, 100), np.bool_)
    seen[40:50, 40:60] = True
    far_away = np.array([1.0, 0.0, 500.0, 0.0, 1.0, 0.0], np.float32)
    picture = np.full((100, 100, 3), 90, np.uint8)
    assert not lay_over(row, picture, OwnTeeth(seen, seen), far_away, 100)
    assert (row == before).all()


def test_lips_lend_no_colour_to_teeth_and_those_end_where_they_are_seen_to() -> None:
    row = np.zeros((30, 80, 4), np.uint8)
    row[..., :] = (220, 210, 190, 255)
    seen, between = np.zeros((2, 60, 100), np.bool_)
    seen[10:20, 30:70] = True
    between[10:34, 30:70] = True
    picture = np.full((60, 100, 3), (200, 60, 70), np.uint8)
    picture[seen] = (240, 235, 225)
    straight = np.array([1.0, 0.0, -10.0, 0.0, 1.0, -5.0], np.float32)
    assert not lay_over(row, picture, OwnTeeth(seen, between), straight, 100)
    assert (row[5:15, 20:60, :3] >= (219, 209, 189)).all()
    assert (row[17:, 25:55, 3] == 0).all()
