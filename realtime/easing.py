"""How things begin, end and reach their limits softly."""

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


def soft_limit(
    value: NDArray[np.float64] | float, limit: NDArray[np.float64] | float, *, knee: float = 0.7
) -> NDArray[np.float64]:
    """Unchanged up to `knee` of the limit, then bent so that the limit is never passed."""
    magnitude = np.abs(value)
    bend = knee * np.asarray(limit)
    if (magnitude <= bend).all():
        return np.asarray(value)
    room = np.asarray(limit) - bend
    bent = np.minimum(magnitude, bend) + room * np.tanh(np.maximum(magnitude - bend, 0.0) / room)
    result: NDArray[np.float64] = np.sign(value) * bent
    return result
