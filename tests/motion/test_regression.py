"""Regression: the samples that are learnt from differ, and each stands for those like it."""

import numpy as np

from realtime.motion.regression import most_different, stood_for

AT_REST = np.full((50, 2), 0.1) + np.linspace(0.0, 0.01, 50)[:, None]
FEATURES = np.concatenate([AT_REST, [[3.0, 0.0], [0.0, 2.0], [0.1, 2.1]]])


def test_the_most_different_come_first() -> None:
    assert most_different(FEATURES, 2) == [50, 51]


def test_each_chosen_row_stands_for_those_that_are_nearest_to_it() -> None:
    assert stood_for(FEATURES, [50, 52, 7]).tolist() == [1.0, 2.0, 50.0]
