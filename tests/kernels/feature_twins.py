"""Arguments for the painters of eyes and mouths, and the same painting in plain NumPy."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from realtime.kernels.features import CURVE_SAMPLES, paint_eye, paint_lids, paint_mouth, shade_teeth

Array = NDArray[np.float64]
U = np.linspace(-1, 1, CURVE_SAMPLES)
SKIN = 90
WHITE = np.full((40, 60, 3), 220, np.uint8)
BLACK = np.zeros((40, 60, 3), np.uint8)


def rims(up_px: float, down_px: float) -> Array:
    """Two parabolas that meet at the corners."""
    return np.array([-up_px * (1 - U**2), down_px * (1 - U**2)])


def canvas() -> NDArray[np.uint8]:
    return np.full((50, 80, 3), SKIN, np.uint8)


@dataclass(frozen=True)
class Eye:
    """Arguments of paint_eye; by default an eye 60 px wide, half open, that looks ahead."""

    frame: tuple[float, ...] = (40, 25, 1, 0, 30)
    rims: Array = field(default_factory=lambda: rims(10, 8))
    source_frame: tuple[float, ...] = (30, 20, 1, 0, 28)
    source_rims: Array = field(default_factory=lambda: rims(9, 9))
    iris: tuple[float, ...] = (40, 25, 30, 20, 9, 1, 0)
    sclera: NDArray[np.uint8] = field(default_factory=lambda: WHITE)
    iris_picture: NDArray[np.uint8] = field(default_factory=lambda: BLACK)
    light: float = 1.0
    strength: float = 1.0
    box: tuple[int, ...] = (0, 0, 80, 50)

    def paint(self, out: NDArray[np.uint8]) -> NDArray[np.uint8]:
        paint_eye(
            out, np.array(self.box), _f32(self.frame), _f32(self.rims), _f32(self.source_frame),
            _f32(self.source_rims), _f32(self.iris), self.sclera, self.iris_picture,
            self.light, self.strength,
        )  # fmt: skip
        return out


@dataclass(frozen=True)
class Mouth:
    """Arguments of paint_mouth; by default a mouth 60 px wide and 26 px open, without teeth."""

    frame: tuple[float, ...] = (40, 22, 1, 0, 30)
    rims: Array = field(default_factory=lambda: rims(8, 18))
    upper_map: tuple[float, ...] = (1, 0, -10.5, 0, 1, -10.5)
    lower_map: tuple[float, ...] = (1, 0, -10.5, 0, 1, -28.5)
    upper_teeth: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((12, 60, 4), np.uint8))
    lower_teeth: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((12, 60, 4), np.uint8))
    colours: Array = field(default_factory=lambda: np.array([[30, 10, 10], [150, 60, 60]]))
    light: float = 1.0
    strength: float = 1.0
    box: tuple[int, ...] = (0, 0, 80, 50)

    def paint(self, out: NDArray[np.uint8]) -> NDArray[np.uint8]:
        paint_mouth(
            out, np.array(self.box), _f32(self.frame), _f32(self.rims), _f32(self.upper_map),
            _f32(self.lower_map), self.upper_teeth, self.lower_teeth, _f32(self.colours),
            self.light, self.strength,
        )  # fmt: skip
        return out

    def shade(self, shape: tuple[int, int]) -> NDArray[np.float32]:
        shade = np.ones(shape, np.float32)
        shade_teeth(_f32(self.frame), _f32(self.rims), shade)
        return shade


@dataclass(frozen=True)
class Lids:
    """Arguments of paint_lids; by default over an eye 60 px wide that is nearly shut."""

    frame: tuple[float, ...] = (40, 25, 1, 0, 30)
    rims: Array = field(default_factory=lambda: rims(2, 3))
    source_frame: tuple[float, ...] = (40, 25, 1, 0, 30)
    skin: NDArray[np.uint8] = field(default_factory=lambda: np.full((50, 80, 4), 255, np.uint8))
    lash: Array = field(default_factory=lambda: np.array([5, 5, 5]))
    light: float = 1.0
    above: float = 1.0
    below: float = 1.0
    lashes: float = 0.8
    box: tuple[int, ...] = (0, 0, 80, 50)

    def paint(self, out: NDArray[np.uint8]) -> NDArray[np.uint8]:
        paint_lids(
            out, np.array(self.box), _f32(self.frame), _f32(self.rims), _f32(self.source_frame),
            self.skin, _f32(self.lash), self.light, self.above, self.below, self.lashes,
        )  # fmt: skip
        return out


def _f32(values: object) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, np.float32)


def opening(part: Eye | Lids | Mouth, shape: tuple[int, ...]) -> tuple[Array, Array, Array, Array]:
    """u, q, upper and lower rim for every pixel of a picture."""
    cx, cy, ax, ay, half = part.frame
    ys, xs = np.mgrid[: shape[0], : shape[1]] + 0.5
    u = ((xs - cx) * ax + (ys - cy) * ay) / half
    q = (ys - cy) * ax - (xs - cx) * ay
    return u, q, np.interp(u, U, part.rims[0]), np.interp(u, U, part.rims[1])


def sample(picture: NDArray[np.uint8], x: Array, y: Array) -> Array:
    """Bilinear, pixel centres at integers, edges repeated."""
    x, y = np.clip(x, 0, picture.shape[1] - 1.001), np.clip(y, 0, picture.shape[0] - 1.001)
    i, j = x.astype(int), y.astype(int)
    fx, fy = (x - i)[..., None], (y - j)[..., None]
    above = picture[j, i] * (1 - fx) + picture[j, i + 1] * fx
    below = picture[j + 1, i] * (1 - fx) + picture[j + 1, i + 1] * fx
    result: Array = above * (1 - fy) + below * fy
    return result


def sprite_at(sprite: NDArray[np.uint8], x: Array, y: Array) -> tuple[Array, Array]:
    """Colour, and alpha 0..1, which is 0 beside the sprite."""
    on_sprite = (x >= 0) & (y >= 0) & (x <= sprite.shape[1] - 1) & (y <= sprite.shape[0] - 1)
    texture = sample(sprite, x, y)
    return texture[..., :3], np.where(on_sprite, texture[..., 3] / 255, 0)[..., None]


def mix(out: Array | NDArray[np.uint8], value: Array, share: Array, box: tuple[int, ...]) -> Array:
    left, top, right, bottom = box
    in_box = np.zeros(out.shape[:2], bool)
    in_box[top:bottom, left:right] = True
    share = np.where(in_box, share, 0)[..., None]
    return np.clip(out * (1 - share) + value * share, 0, 255)


def eye_reference(eye: Eye, out: NDArray[np.uint8]) -> Array:
    u, q, upper, lower = opening(eye, out.shape)
    half = eye.frame[4]
    inside = np.minimum(q - upper, lower - q)
    painted = (np.abs(u) < 1) & (inside > -0.5)
    share = np.where(painted, np.minimum(1, (inside + 0.5) * 0.6) * eye.strength, 0)
    v = np.clip((q - upper) / np.maximum(lower - upper, 0.5), 0, 1)
    sx, sy, sax, say, shalf = eye.source_frame
    source_q = np.interp(u, U, eye.source_rims[0]) * (1 - v) + v * np.interp(
        u, U, eye.source_rims[1]
    )
    white = sample(
        eye.sclera,
        sx + u * shalf * sax - source_q * say - 0.5,
        sy + u * shalf * say + source_q * sax - 0.5,
    )
    x, y, ix, iy, radius, a, b = eye.iris
    ys, xs = np.mgrid[: out.shape[0], : out.shape[1]] + 0.5
    rx, ry = a * (xs - x) - b * (ys - y), b * (xs - x) + a * (ys - y)
    from_edge = (1.06 * radius - np.hypot(rx, ry)) / max(0.16 * radius, 1.4)
    in_iris = np.clip(from_edge + 0.5, 0, 1)[..., None]
    shade = 0.72 + 0.28 * np.clip((q - upper) / (0.16 * half), 0, 1)[..., None]
    ball = sample(eye.iris_picture, ix + rx - 0.5, iy + ry - 0.5) * shade
    return mix(out, eye.light * (white * (1 - in_iris) + ball * in_iris), share, eye.box)


def from_lips(mouth: Mouth, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Distances of pixels from the upper rim and from the lower one, inwards."""
    u, q, upper, lower = opening(mouth, shape)
    index = np.clip(((u + 1) * (CURVE_SAMPLES - 1) / 2).astype(int), 0, CURVE_SAMPLES - 2)
    slopes = np.diff(mouth.rims, axis=1)[:, index] * (CURVE_SAMPLES - 1) / 2 / mouth.frame[4]
    steep_upper, steep_lower = 1 / np.sqrt(1 + slopes**2)
    return (q - upper) * steep_upper, (lower - q) * steep_lower


def lip_shade(mouth: Mouth, shape: tuple[int, ...]) -> Array:
    """Share of the light that gets behind the lips."""
    u, *_ = opening(mouth, shape)
    rim = from_lips(mouth, shape)[0] / (0.22 * mouth.frame[4]) + 0.2
    shade: Array = (0.55 + 0.45 * np.minimum(1, rim)) * (1 - 0.7 * u**4)
    return shade


def teeth_shade_reference(mouth: Mouth, shape: tuple[int, ...]) -> Array:
    u, *_ = opening(mouth, shape)
    below_upper, above_lower = from_lips(mouth, shape)
    between = (np.abs(u) < 1) & (below_upper >= 0) & (above_lower >= 0)
    return np.where(between, 0.5 + 0.5 * lip_shade(mouth, shape), 1.0)


def mouth_reference(mouth: Mouth, out: NDArray[np.uint8]) -> Array:
    u, q, upper, lower = opening(mouth, out.shape)
    half, gap = mouth.frame[4], lower - upper
    below_upper, above_lower = from_lips(mouth, out.shape)
    inside = np.minimum(below_upper, above_lower)
    painted = (np.abs(u) < 1) & (inside > -0.5) & (gap >= 0.3)
    share = np.minimum(1, (inside + 0.5) * 0.6) * np.minimum(1, gap / 2.5) * mouth.strength
    down = np.clip((q - upper) / np.maximum(gap, 0.3), 0, 1)
    mound = np.clip((down - 0.15 - 0.9 * u**4) * 2, 0, 1)
    tongue = (mound**2 * (3 - 2 * mound) * np.clip((gap / half - 0.15) * 4, 0, 1))[..., None]
    shade = lip_shade(mouth, out.shape)[..., None]
    teeth_shade = 0.5 + 0.5 * shade
    value = (mouth.colours[0] * (1 - tongue) + mouth.colours[1] * tongue) * shade
    ys, xs = np.mgrid[: out.shape[0], : out.shape[1]] + 0.5
    a, b, c, d, e, f = mouth.upper_map
    above = d * xs + e * ys + f - 0.15 * len(mouth.upper_teeth)
    _, shadow = sprite_at(mouth.upper_teeth, a * xs + b * ys + c, above)
    for sprite, (a, b, c, d, e, f), light in (
        (mouth.lower_teeth, mouth.lower_map, 0.84 * (1 - 0.5 * shadow)),
        (mouth.upper_teeth, mouth.upper_map, 1.0),
    ):
        colour, alpha = sprite_at(sprite, a * xs + b * ys + c, d * xs + e * ys + f)
        value = value * (1 - alpha) + colour * light * teeth_shade * alpha
    return mix(out, mouth.light * value, np.where(painted, share, 0), mouth.box)


def lids_reference(lids: Lids, out: NDArray[np.uint8]) -> Array:
    u, q, upper, lower = opening(lids, out.shape)
    half = lids.frame[4]
    sx, sy, sax, say, shalf = lids.source_frame
    along, scale = u * half, shalf / half
    x = sx + scale * (along * sax - q * say) - 0.5
    y = sy + scale * (along * say + q * sax) - 0.5
    colour, alpha = sprite_at(lids.skin, x, y)
    above, below = np.clip(upper - q + 0.5, 0, 1), np.clip(q - lower + 0.5, 0, 1)
    share = np.minimum(above * lids.above + below * lids.below, 1) * alpha[..., 0]
    thickness = np.maximum(0.125 * half * (1 - 0.4 * np.clip(u, -1, 1) ** 4), 0.45)
    edge = np.exp(-(((q - upper) / np.where(q > upper, 1.5 * thickness, thickness)) ** 2))
    dark = lids.lashes * edge * np.clip(6 * (1.12 - np.abs(u)), 0, 1)
    skin = mix(out, lids.light * colour, share, lids.box)
    return mix(skin, lids.light * lids.lash, dark, lids.box)
