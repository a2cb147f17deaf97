"""The still picture that leaves while there is nothing to animate yet."""

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFont

from realtime.types import RGB

_TOP, _BOTTOM = (34, 39, 52), (12, 14, 20)
_FIGURE = (78, 90, 118)
_TITLE, _DETAIL = (240, 242, 247), (160, 168, 184)
_SMOOTHED = 2
_WIDEST_LINE = 0.88


def starting_card(
    size: tuple[int, int],
    title: str = "mimicam is starting…",
    detail: str = "the avatar appears in a moment",
) -> RGB:
    """A calm dark picture with a figure and two lines of text; `size` is width and height."""
    width, height = size
    image = Image.fromarray(_backdrop(width, height))
    draw = ImageDraw.Draw(image)
    unit = min(height, width * 3 // 4) / 100
    middle = height / 2 - 6 * unit
    _paste_figure(image, width / 2, middle - 14 * unit, 17 * unit)
    _write(draw, (width / 2, middle + 20 * unit), title, 8.5 * unit, _TITLE)
    _write(draw, (width / 2, middle + 31.5 * unit), detail, 5.2 * unit, _DETAIL)
    return np.array(image)


def _backdrop(width: int, height: int) -> RGB:
    down = np.linspace(0.0, 1.0, height)[:, None, None]
    shade = np.array(_TOP) * (1.0 - down) + np.array(_BOTTOM) * down
    return np.ascontiguousarray(np.broadcast_to(shade.round().astype(np.uint8), (height, width, 3)))


def _paste_figure(image: Image.Image, x: float, y: float, radius_px: float) -> None:
    """A head and shoulders, cut out by a circle around (x, y)."""
    side = max(2, round(2 * radius_px)) * _SMOOTHED
    circle = Image.new("L", (side, side), 0)
    ImageDraw.Draw(circle).ellipse((0, 0, side - 1, side - 1), fill=255)
    figure = Image.new("L", (side, side), 70)
    draw = ImageDraw.Draw(figure)
    draw.ellipse((0.335 * side, 0.20 * side, 0.665 * side, 0.55 * side), fill=255)
    draw.ellipse((0.17 * side, 0.62 * side, 0.83 * side, 1.35 * side), fill=255)
    mask = ImageChops.darker(figure, circle)
    small = mask.resize((side // _SMOOTHED, side // _SMOOTHED), Image.Resampling.BOX)
    image.paste(_FIGURE, (round(x - small.width / 2), round(y - small.height / 2)), small)


def _write(
    draw: ImageDraw.ImageDraw,
    centre: tuple[float, float],
    text: str,
    text_px: float,
    colour: tuple[int, int, int],
) -> None:
    font = ImageFont.load_default(size=max(8.0, text_px))
    too_wide = font.getlength(text) / (_WIDEST_LINE * draw.im.size[0])
    if too_wide > 1.0:
        font = ImageFont.load_default(size=max(6.0, text_px / too_wide))
    draw.text(centre, text, font=font, fill=colour, anchor="mm")
