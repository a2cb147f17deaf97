"""Two rows of teeth as sprites, in the light of a portrait.

Widths and lengths are those of an average adult (central incisor 8.5 mm, inter-ocular distance
63 mm), foreshortened towards the sides as the dental arch turns away.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.types import RGB

_UPPER_WIDTHS = (0.128, 0.098, 0.094, 0.066, 0.046, 0.040, 0.030)
"Centre to side, in inter-ocular distances; half of the row."
_UPPER_LENGTHS = (0.165, 0.149, 0.161, 0.140, 0.125, 0.115, 0.105)
_LOWER_WIDTHS = (0.080, 0.082, 0.084, 0.064, 0.046, 0.040, 0.030)
_LOWER_LENGTHS = (0.120, 0.123, 0.128, 0.135, 0.142, 0.148, 0.153)
"The lower arch is seen from above: its edge rises to the sides as the lip before it does."
LOWER_RISE = max(_LOWER_LENGTHS) - _LOWER_LENGTHS[0]
"How much higher than in the middle it gets, likewise."
_ROW_HEIGHT = 0.22
_SIDE_LIGHT, _SIDE_FADE = 0.42, 0.10
"Light on the last tooth, over that on the first; over so many inter-ocular distances the row ends."
_LOST, _LOST_FROM, _LOST_OVER = 0.8, 0.10, 0.30
"Opacity that the last teeth lose in dark shadows, and where it begins, from the middle, and over \
how much more it grows, in inter-ocular distances: mouths' corners are dark red then, not grey."
EDGE_ROWS = 8
"Transparent rows beyond the cutting edge, that it may be drawn softly."
_FINER = 4
"Drawn so much finer than it is given: gaps and edges are narrower than a pixel."
_GUM = np.array([0.72, 0.42, 0.42])
"Gum over skin."
_ENAMEL = np.array([1.01, 0.985, 0.98])
"Enamel over what is white."
_SKIN_CHROMA = 0.18
"(max - min) / max of a colour portrait's skin; less is a faded or grey one."


def draw_teeth(
    unit_px: int,
    skin: NDArray[np.float64],
    enamel: NDArray[np.float64],
    softness_px: float = 0.0,
    darkness: float = 0.0,
) -> tuple[RGB, RGB]:
    """Upper and lower row, RGBA uint8, cutting edges up to `EDGE_ROWS` from the bottom and the top.

    Args:
        unit_px: pixels of the sprite per inter-ocular distance.
        skin: (3,) the portrait's skin colour: gums are lit as it is.
        enamel: (3,) the teeth's colour.
        softness_px: of edges and gaps, pixels of the sprite.
        darkness: of the portrait's shadows, 0..1; the rows' ends are lost in them.
    """
    upper, lower = (
        _softened(_draw_row(unit_px, skin, enamel, *sizes, darkness), softness_px)
        for sizes in ((_UPPER_WIDTHS, _UPPER_LENGTHS), (_LOWER_WIDTHS, _LOWER_LENGTHS))
    )
    return upper, np.ascontiguousarray(lower[::-1])


def flesh(skin: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """`share` (..., 3) of the skin's colour, grey where the portrait is."""
    colours = skin * share
    chroma = float(np.ptp(skin)) / max(float(skin.max()), 1.0)
    grey = colours.mean(axis=-1, keepdims=True)
    result: NDArray[np.float64] = grey + min(1.0, chroma / _SKIN_CHROMA) * (colours - grey)
    return result


def _draw_row(
    unit_px: int,
    skin: NDArray[np.float64],
    colour: NDArray[np.float64],
    widths: tuple[float, ...],
    lengths: tuple[float, ...],
    darkness: float,
) -> RGB:
    half = sum(widths)
    fine_px = _FINER * unit_px
    width, height = int(2 * half * unit_px), int(_ROW_HEIGHT * unit_px)
    xs = (np.arange(_FINER * width) + 0.5) / fine_px - half
    # Distance above the longest cutting edge, bottom row first to be 0.
    ys = _ROW_HEIGHT - (np.arange(_FINER * height) + 0.5) / fine_px
    x, y = np.meshgrid(np.abs(xs), ys)
    tooth, gap = _coverage(x, y, widths, lengths, max(0.008, 0.75 / unit_px))
    side = np.clip(x / half, 0.0, 1.0)
    enamel = colour * (1.0 - (1.0 - _SIDE_LIGHT) * side**2)[..., None]
    # Enamel is a little darker at the gum and, lit through, at the edge; gaps are soft shadows.
    enamel = enamel * (1.0 - 0.18 * np.clip((y - 0.07) / 0.09, 0, 1))[..., None]
    enamel = enamel * (1.0 - 0.10 * np.clip((0.02 - y) / 0.02, 0, 1))[..., None]
    enamel = enamel * (1.0 - 0.28 * gap)[..., None]
    gum = flesh(skin, _GUM) * (1.0 - 0.55 * side**2)[..., None]
    in_gum = np.clip((y - 0.155) / 0.012, 0.0, 1.0)[..., None]
    shown = enamel * (1.0 - in_gum) + gum * in_gum
    alpha = np.maximum(tooth, in_gum[..., 0]) * np.clip((half - x) / _SIDE_FADE, 0.0, 1.0)
    alpha *= 1.0 - _LOST * darkness * smoothstep((x - _LOST_FROM) / _LOST_OVER)
    row = np.dstack([np.clip(shown, 0, 255), 255.0 * alpha]).astype(np.float32)
    sprite = cv2.resize(row, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
    edged = np.pad(sprite, ((0, EDGE_ROWS), (0, 0), (0, 0)), mode="edge")
    edged[height:, :, 3] = 0
    return edged


def _softened(row: RGB, softness_px: float) -> RGB:
    return np.asarray(cv2.GaussianBlur(row, (0, 0), max(0.1, softness_px)), np.uint8)


def _coverage(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    widths: tuple[float, ...],
    lengths: tuple[float, ...],
    softness: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where teeth are (rounded at the cutting edge), and how near a gap between two is."""
    longest, start = max(lengths), 0.0
    tooth, gap = np.zeros_like(x), np.zeros_like(x)
    for width, length in zip(widths, lengths, strict=True):
        across = np.clip(np.abs((x - start) / width * 2.0 - 1.0), 0.0, 1.0)
        here = (x >= start) & (x < start + width)
        # A superellipse rounds the corners; shorter teeth end higher.
        edge = longest - length + 0.022 * across**5
        tooth[here] = np.clip((y - edge)[here] / softness, 0.0, 1.0)
        gap[here] = np.clip((across[here] - 0.86) / 0.14, 0.0, 1.0) ** 2
        start += width
    return tooth, gap


def enamel_beside(skin: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) how bright teeth are beside this skin: measured on videos of talking people.

    They take on most of its tint, by the light and by what surrounds them.
    """
    light = float(skin.mean())
    tint = (skin / max(light, 1.0)) ** 0.55
    return flesh(min(226.0, 0.90 * light + 40.0) * tint / tint.mean(), _ENAMEL)
