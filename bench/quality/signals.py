"""What two signals over time have in common: correlation, gain, range and lag."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.quality.landmarks import angles_deg
from realtime.models.blendshapes import NAMES
from realtime.types import Face

Array = NDArray[np.float64]

ANGLES = ("yaw", "pitch", "roll")
CHANNELS = (*NAMES[1:], *ANGLES)
"""All blendshapes but the neutral, then the head's angles in degrees."""
GROUPS = {
    "jaw": ("jawOpen",),
    "smile": ("mouthSmileLeft", "mouthSmileRight"),
    "blink": ("eyeBlinkLeft", "eyeBlinkRight"),
    "brows": (
        "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    ),
    "pucker": ("mouthPucker",),
    "funnel": ("mouthFunnel",),
    "gaze": (
        "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight",
        "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight",
    ),
    "angles": ANGLES,
}  # fmt: skip
CORE = (
    "jawOpen", "mouthSmileLeft", "mouthSmileRight", "eyeBlinkLeft", "eyeBlinkRight", "browInnerUp",
    "mouthPucker", "mouthFunnel", "eyeLookInLeft", "eyeLookOutLeft",
)  # fmt: skip
"""The prototype's choice, for figures that compare with its."""
VARIES_DEG = 1.5
_LONGEST_LAG = 8
_CLEAR = 0.5
"A lag is read where the two signals correlate at least this much."


def channels(faces: Sequence[Face]) -> Array:
    """(frames, channels), in the order of CHANNELS."""
    rows = [(*face.blendshapes[1:], *angles_deg(face)) for face in faces]
    return np.array(rows, np.float64).reshape(-1, len(CHANNELS))


def varying(driver: Array, least_score: float) -> list[str]:
    """The channels whose standard deviation is above `least_score`, or 1.5 degrees."""
    if not len(driver):
        return []
    return [
        name
        for name, spread in zip(CHANNELS, driver.std(axis=0), strict=True)
        if spread > (VARIES_DEG if name in ANGLES else least_score)
    ]


def correlation(driver: Array, output: Array) -> float:
    """Pearson's r; 0 where either stands still."""
    if driver.std() < 1e-6 or output.std() < 1e-6:
        return 0.0
    return float(np.corrcoef(driver, output)[0, 1])


def gain(driver: Array, output: Array) -> float:
    """How much the output moves for each unit of the driver: slope of least squares.

    Unlike a ratio of spreads, noise of the output does not raise it.
    """
    return float(np.polyfit(driver, output, 1)[0])


def range_ratio(driver: Array, output: Array) -> float:
    """The output's span from the 5th to the 95th percentile over the driver's."""
    low, high = np.percentile(driver, (5, 95))
    out_low, out_high = np.percentile(output, (5, 95))
    return float((out_high - out_low) / max(high - low, 1e-6))


def lag_frames(driver: Array, output: Array) -> float | None:
    """How far the output is behind, in frames: the peak of correlation, by a parabola.

    None where no lag of up to eight frames makes them alike.
    """
    longest = min(_LONGEST_LAG, len(driver) // 4)
    if longest < 1:
        return None
    scores = [_shifted(driver, output, lag) for lag in range(-longest, longest + 1)]
    peak = int(np.argmax(scores))
    if scores[peak] < _CLEAR or peak in (0, len(scores) - 1):
        return None
    before, at, after = scores[peak - 1 : peak + 2]
    bend = before - 2 * at + after
    vertex = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return peak - longest + vertex


def _shifted(driver: Array, output: Array, lag: int) -> float:
    if lag < 0:
        return _shifted(output, driver, -lag)
    return correlation(driver[: len(driver) - lag], output[lag:])
