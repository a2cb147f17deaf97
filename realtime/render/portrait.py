"""The avatar's picture, laid out on the canvas that the renderer draws."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.types import RGB, Landmarks

_FILL_DARKEN = 0.55
_FILL_BLUR = 0.03


@dataclass(frozen=True, slots=True)
class Portrait:
    """A still portrait at drawing size."""

    canvas: RGB
    "(height, width, 3) the finished still: portrait in its place, the rest filled."
    window: tuple[int, int, int, int]
    "left, top, right, bottom of the portrait on the canvas, pixels."
    landmarks: Landmarks
    "On the canvas."
    matte: NDArray[np.float32]
    "(height, width) on the canvas, 0..1: how much of each pixel is the person."


def lay_out(
    pixels: RGB, landmarks: Landmarks, matte: NDArray[np.float32], size: tuple[int, int]
) -> Portrait:
    """Fit a portrait into a canvas of `size` (width, height), whole and centred.

    What the portrait leaves free is filled with its own blurred, darkened enlargement.
    """
    width, height = size
    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    fitted = (
        max(1, min(width, round(pixels.shape[1] * scale))),
        max(1, min(height, round(pixels.shape[0] * scale))),
    )
    left, top = (width - fitted[0]) // 2, (height - fitted[1]) // 2
    right, bottom = left + fitted[0], top + fitted[1]
    canvas = _fill(pixels, size) if fitted != size else np.empty((height, width, 3), np.uint8)
    canvas[top:bottom, left:right] = _resize(pixels, fitted)
    canvas_matte = np.zeros((height, width), np.float32)
    canvas_matte[top:bottom, left:right] = _resize(matte, fitted)
    ratio = np.array(
        [fitted[0] / pixels.shape[1], fitted[1] / pixels.shape[0], fitted[0] / pixels.shape[1]]
    )
    placed = landmarks * ratio + np.array([left, top, 0.0])
    return Portrait(canvas, (left, top, right, bottom), placed.astype(np.float32), canvas_matte)


def _resize(picture: RGB | NDArray[np.float32], size: tuple[int, int]) -> NDArray[Any]:
    smaller = size[0] < picture.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return cv2.resize(picture, size, interpolation=method)


def _fill(pixels: RGB, size: tuple[int, int]) -> RGB:
    """The portrait enlarged over the whole canvas, blurred and darkened: present, not busy."""
    width, height = size
    scale = max(width / pixels.shape[1], height / pixels.shape[0])
    span_x, span_y = width / scale, height / scale
    left, top = int((pixels.shape[1] - span_x) / 2), int((pixels.shape[0] - span_y) / 2)
    cover = pixels[top : top + max(1, int(span_y)), left : left + max(1, int(span_x))]
    small = cv2.resize(
        cover, (max(8, width // 8), max(8, height // 8)), interpolation=cv2.INTER_AREA
    )
    small = cv2.GaussianBlur(small, (0, 0), max(1.0, _FILL_BLUR * width / 8))
    filled = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    result: RGB = (filled * _FILL_DARKEN).astype(np.uint8)
    return result
