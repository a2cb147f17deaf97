"""A benchmark as a picture: for every configuration, how old its pictures were, and when."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.benchmark.measure import Measured
from realtime.output.lettering import Patch, panel
from realtime.types import RGB

_WIDTH, _ROW, _MARGIN = 1280, 300, 64
_HISTOGRAM_WIDTH = 420
_TEXT_PX = 14
_PAPER, _GRID = (24, 27, 34), (52, 57, 68)
_AGE, _LOST, _REPEATED = (96, 178, 255), (255, 92, 92), (240, 190, 80)
_BIN_MS = 2.0
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)

Box = tuple[int, int, int, int]
"Left, top, right and bottom of the area that data is drawn in, pixels."


def plot(measured: Sequence[Measured]) -> RGB:
    """A row for each: a histogram of the ages, and the ages over the measured time."""
    canvas: RGB = np.full((_ROW * len(measured), _WIDTH, 3), _PAPER, np.uint8)
    for row, each in enumerate(measured):
        top = row * _ROW + 56
        bottom = (row + 1) * _ROW - 40
        most_ms = _most_ms(each.timeline.age_ms)
        left = (_MARGIN, top, _MARGIN + _HISTOGRAM_WIDTH, bottom)
        right = (_HISTOGRAM_WIDTH + 2 * _MARGIN, top, _WIDTH - 24, bottom)
        _write(canvas, _title(each), (_MARGIN - 8, top - 46))
        _histogram(canvas, left, each.timeline.age_ms, most_ms)
        _over_time(canvas, right, each, most_ms)
    return canvas


def _title(each: Measured) -> str:
    age, report = each.report.age, each.report
    return (
        f"{each.name}: capture to send, p50 {age.p50_ms:.1f}  p95 {age.p95_ms:.1f}  "
        f"p99 {age.p99_ms:.1f} ms;  {report.fps:.1f} fps;  yellow: {report.repeats} repeated, "
        f"red: {sum(report.drops.values())} dropped, {report.missed_ticks} ticks missed"
    )


def _most_ms(age_ms: NDArray[np.float64]) -> float:
    """The end of the scale: the slowest few are drawn at its edge."""
    return max(20.0, 1.3 * float(np.percentile(age_ms, 99))) if age_ms.size else 20.0


def _histogram(canvas: RGB, box: Box, age_ms: NDArray[np.float64], most_ms: float) -> None:
    left, top, right, bottom = box
    for at_ms in _marks(most_ms):
        x = round(left + at_ms / most_ms * (right - left))
        cv2.line(canvas, (x, top), (x, bottom), _GRID)
        _write(canvas, f"{at_ms:g} ms", (x - 22, bottom + 4))
    edges = np.arange(0, most_ms + _BIN_MS, _BIN_MS)
    counts, _ = np.histogram(np.minimum(age_ms, edges[-1]), edges)
    scale = (right - left) / most_ms
    for count, start_ms in zip(counts.tolist(), edges.tolist(), strict=False):
        height = round((bottom - top) * count / max(1, counts.max()))
        corner = (round(left + start_ms * scale), bottom - height)
        opposite = (round(left + (start_ms + _BIN_MS) * scale) - 2, bottom)
        if height:
            cv2.rectangle(canvas, corner, opposite, _AGE, cv2.FILLED)


def _over_time(canvas: RGB, box: Box, each: Measured, most_ms: float) -> None:
    left, top, right, bottom = box
    shown = each.timeline
    length_s = max(1e-9, *(float(t.max(initial=0)) for t in (shown.sent_s, shown.lost_s)))
    scale = (right - left) / length_s
    for at_ms in _marks(most_ms):
        y = round(bottom - at_ms / most_ms * (bottom - top))
        cv2.line(canvas, (left, y), (right, y), _GRID)
        _write(canvas, f"{at_ms:g}", (left - 44, y - 10))
    for at_s in _marks(length_s):
        _write(canvas, f"{at_s:g} s", (round(left + at_s * scale) - 18, bottom + 4))
    for times_s, colour in ((shown.repeated_s, _REPEATED), (shown.lost_s, _LOST)):
        for x in np.round(left + times_s * scale).astype(int).tolist():
            cv2.line(canvas, (x, bottom - 8), (x, bottom), colour)
    xs = np.round(left + shown.sent_s * scale).astype(int)
    share = np.minimum(shown.age_ms / most_ms, 1.0)
    ys = np.round(bottom - share * (bottom - top)).astype(int)
    for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
        cv2.circle(canvas, (x, y), 1, _AGE, cv2.FILLED)


def _marks(most: float) -> list[float]:
    """Round numbers from zero to `most`, about five."""
    step = next((step for step in _STEPS if most / step <= 7), _STEPS[-1])
    return [float(mark) for mark in np.arange(0, most, step)]


def _write(canvas: RGB, text: str, at: tuple[int, int]) -> None:
    rgba = panel([text], _TEXT_PX, 0.0)
    height, width = canvas.shape[:2]
    left, top = max(0, at[0]), max(0, at[1])
    Patch(rgba[: height - top, : width - left]).blend(canvas, left, top)
