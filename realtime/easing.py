"""How things begin and end softly."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", float, NDArray[np.float64])


def smoothstep(x: T) -> T:
    """0 up to 0, 1 from 1 on, and between them a curve that starts and ends level; any shape."""
    clipped: T = np.clip(x, 0.0, 1.0)
    return clipped * clipped * (3.0 - 2.0 * clipped)
