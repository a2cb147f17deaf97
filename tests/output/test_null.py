import numpy as np

from realtime.output.null import NullOutput
from realtime.types import Picture


def test_counts_what_it_is_sent() -> None:
    output = NullOutput()
    pixels = np.zeros((4, 6, 3), np.uint8)
    for sequence in range(3):
        output.send(Picture(pixels, sequence, captured_ns=None))
    output.close()
    assert output.sent == 3
