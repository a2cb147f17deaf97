"""How things begin and end softly."""

from typing import overload

import numpy as np
from numpy.typing import NDArray


@overload
def smoothstep(x: float) -> float: ...
@overload
def smoothstep(x: NDArray[np.float64]) -> NDArray[np.float64]: ...
def smoothstep(x: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
    """0 up to 0, 1 from 1 on, and between them a curve that starts and ends level; any shape."""
    # NumPy would take ten times as long for a single number.
    clipped = min(max(x, 0.0), 1.0) if isinstance(x, float) else np.clip(x, 0.0, 1.0)
    return clipped * clipped * (3.0 - 2.0 * clipped)
