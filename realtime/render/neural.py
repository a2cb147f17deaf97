"""The first-order model as a renderer: its square of the face, set into the whole portrait."""

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.models.fomm.square import Square
from realtime.render import Renderer
from realtime.render.portrait import Portrait
from realtime.types import RGB, Driving, Motion, Presence

_FEATHER = 0.09
"Sides of the square over which it fades into the portrait."
_MOST_GAIN = 1.25
"A colour that needs more correction than this is not the model's tint but its mistake."


class Animator(Protocol):
    """The model at work, see `realtime.models.fomm.animator.Animator`."""

    @property
    def size(self) -> int:
        """Side of its pictures, pixels."""

    def set_source(self, source: RGB) -> None:
        """The picture to animate."""

    def set_reference(self, reference: RGB) -> None:
        """The driving picture that relative motion starts from."""

    def animate(self, driving: RGB) -> RGB:
        """The source moved as `driving`; valid until the next call."""


class NeuralRenderer:
    """Implements `realtime.render.Renderer`.

    A driver who is overlooked for a moment is held; while there is none, `idle` draws.
    """

    def __init__(
        self, portrait: Portrait, square: Square, animator: Animator, idle: Renderer
    ) -> None:
        """Prepare the avatar: `square` frames its face on the portrait's canvas."""
        self._canvas = portrait.canvas
        self._animator = animator
        self._idle = idle
        self._rest: RGB | None = None
        self._driving: Driving | None = None
        self._source = square.cut(portrait.canvas, animator.size)
        animator.set_source(self._source)
        self.box, weight = _seam(portrait, square)
        "left, top, right, bottom of its own pictures on the canvas, pixels."
        left, top, right, bottom = self.box
        self._seen = np.round(256 * weight).astype(np.uint16)
        still = self._canvas[top:bottom, left:right].astype(np.uint16)
        self._behind = still * (256 - self._seen) + 128
        self._to_canvas = _to_canvas(square, self.box, animator.size)
        self._colours = _match(self.draw_rest(), self._source)

    @property
    def size(self) -> tuple[int, int]:
        """See `Renderer.size`."""
        return self._canvas.shape[1], self._canvas.shape[0]

    def render(self, motion: Motion, out: RGB) -> None:
        """See `Renderer.render`."""
        held = self._driving if motion.presence is Presence.HELD else None
        self._driving = motion.driving or held
        if self._driving is None:
            self._idle.render(motion, out)
            return
        self.paste(self.draw(self._driving), out)

    def draw(self, driving: Driving) -> RGB:
        """The model's picture of a driver, of the box's size; the caller's own."""
        picture = cv2.LUT(self._animate(driving), self._colours)
        left, top, right, bottom = self.box
        drawn = cv2.warpAffine(
            picture, self._to_canvas, (right - left, bottom - top),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return np.asarray(drawn, np.uint8)

    def paste(self, picture: RGB, out: RGB) -> None:
        """Set a picture of the box's size into the portrait, in `out`. Safe from any thread."""
        left, top, right, bottom = self.box
        np.copyto(out, self._canvas)
        mixed = picture * self._seen
        mixed += self._behind
        mixed >>= 8
        out[top:bottom, left:right] = mixed

    @property
    def square_px(self) -> int:
        """Side of the model's own pictures."""
        return self._animator.size

    def draw_rest(self) -> RGB:
        """The model's square at rest; valid until the next picture."""
        return self._animator.animate(self._source)

    def close(self) -> None:
        """See `Renderer.close`."""
        self._idle.close()

    def _animate(self, driving: Driving) -> RGB:
        if driving.rest is not None and driving.rest is not self._rest:
            self._animator.set_reference(driving.rest)
            self._rest = driving.rest
        return self._animator.animate(driving.pixels)


def _seam(
    portrait: Portrait, square: Square
) -> tuple[tuple[int, int, int, int], NDArray[np.float32]]:
    """The pixels that the square covers, and how much of it shows in each, (h, w, 1), 0..1.

    At the portrait's own border nothing has to be hidden, and nothing fades.
    """
    left, top, right, bottom = portrait.window
    box = (
        max(left, int(np.ceil(square.left))),
        max(top, int(np.ceil(square.top))),
        min(right, int(square.left + square.side)),
        min(bottom, int(square.top + square.side)),
    )
    weights = []
    for start, low, high, edge_low, edge_high in (
        (square.left, box[0], box[2], left, right),
        (square.top, box[1], box[3], top, bottom),
    ):
        place = (np.arange(low, high) + 0.5 - start) / square.side
        rise = place if low > edge_low else np.ones_like(place)
        fall = 1.0 - place if high < edge_high else np.ones_like(place)
        weights.append(smoothstep(np.minimum(rise, fall) / _FEATHER))
    weight = weights[1][:, None] * weights[0][None, :]
    return box, weight[..., None].astype(np.float32)


def _to_canvas(square: Square, box: tuple[int, int, int, int], size: int) -> NDArray[np.float64]:
    """(2, 3) from the box's pixel numbers to the model's."""
    scale = size / square.side
    offset = 0.5 * scale - 0.5
    return np.array(
        [
            [scale, 0.0, (box[0] - square.left) * scale + offset],
            [0.0, scale, (box[1] - square.top) * scale + offset],
        ]
    )


def _match(drawn: RGB, source: RGB) -> NDArray[np.uint8]:
    """(1, 256, 3) table from the model's colours to the portrait's.

    Measured where both show the same: the source as the model draws it, not moved.
    """
    levels = np.arange(256, dtype=np.float64)
    table = np.empty((1, 256, 3), np.uint8)
    for channel in range(3):
        model = drawn[..., channel].astype(np.float64)
        truth = source[..., channel].astype(np.float64)
        gain = np.clip(truth.std() / max(model.std(), 1.0), 1 / _MOST_GAIN, _MOST_GAIN)
        matched = (levels - model.mean()) * gain + truth.mean()
        table[0, :, channel] = np.clip(np.round(matched), 0, 255)
    return table
