"""Paint what lies behind the openings of a face: eyeballs behind lids, teeth behind lips.

An opening is described in a frame of its own: u runs from -1 at its right corner (the picture's
left) to 1 at the other, q is the distance from the line between the corners, downwards, in pixels.
Its rims are curves q(u), sampled at `CURVE_SAMPLES` equal steps of u.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

CURVE_SAMPLES = 49
_CURVE_STEPS = np.float32((CURVE_SAMPLES - 1) / 2)


@nb.njit(nogil=True)
def _curve(samples: NDArray[np.float32], u: float) -> float:
    position = (u + np.float32(1)) * _CURVE_STEPS
    index = min(int(position), CURVE_SAMPLES - 2)
    share = position - np.float32(index)
    return samples[index] + share * (samples[index + 1] - samples[index])


@nb.njit(nogil=True)
def _sample(picture: NDArray[np.uint8], x: float, y: float, channel: int) -> float:
    """Bilinear, x and y in pixels with centres at integers, edges repeated."""
    x = min(max(x, np.float32(0)), np.float32(picture.shape[1] - 1.001))
    y = min(max(y, np.float32(0)), np.float32(picture.shape[0] - 1.001))
    i, j = int(x), int(y)
    fx, fy = x - np.float32(i), y - np.float32(j)
    top = picture[j, i, channel] * (1 - fx) + picture[j, i + 1, channel] * fx
    bottom = picture[j + 1, i, channel] * (1 - fx) + picture[j + 1, i + 1, channel] * fx
    return top * (1 - fy) + bottom * fy


@nb.njit(nogil=True)
def _sprite_alpha(sprite: NDArray[np.uint8], x: float, y: float) -> float:
    if x < 0 or y < 0 or x > sprite.shape[1] - 1 or y > sprite.shape[0] - 1:
        return np.float32(0)
    return _sample(sprite, x, y, 3) / np.float32(255)


@nb.njit(nogil=True)
def _mix(out: NDArray[np.uint8], y: int, x: int, channel: int, value: float, share: float) -> None:
    mixed = out[y, x, channel] * (np.float32(1) - share) + value * share
    out[y, x, channel] = int(min(max(mixed + np.float32(0.5), np.float32(0)), np.float32(255)))


@nb.njit(
    "void(uint8[:,:,::1], int64[::1], float32[::1], float32[:,::1], float32[::1], float32[:,::1],"
    " float32[::1], uint8[:,:,::1], uint8[:,:,::1], float32)",
    nogil=True,
    cache=True,
)
def paint_eye(
    out: NDArray[np.uint8],
    box: NDArray[np.int64],
    frame: NDArray[np.float32],
    rims: NDArray[np.float32],
    source_frame: NDArray[np.float32],
    source_rims: NDArray[np.float32],
    iris: NDArray[np.float32],
    sclera: NDArray[np.uint8],
    iris_picture: NDArray[np.uint8],
    strength: float,
) -> None:
    """Draw an eyeball between its lids.

    The white is stretched with the lids, so that their shadow stays under them; the iris keeps
    its shape and moves rigidly.

    Args:
        out: (H, W, 3).
        box: (4,) left, top, right, bottom of the pixels to look at, inside `out`.
        frame: (5,) the opening in `out`: centre x, y, unit axis x, y, half width.
        rims: (2, CURVE_SAMPLES) upper and lower lid.
        source_frame: (5,) the same opening in `sclera`'s pixels.
        source_rims: (2, CURVE_SAMPLES).
        iris: (7,) wanted centre x, y in `out`; centre x, y and radius in `iris_picture`; 2 x 2
            matrix entries a, b (out offset to picture offset: [a -b; b a]).
        sclera: (h, w, 3) the eye with its iris taken out.
        iris_picture: (h, w, 3) the eye with its iris made whole.
        strength: 0..1, share of the painting in the result.
    """
    cx, cy, ax, ay, half = frame[0], frame[1], frame[2], frame[3], frame[4]
    sx, sy, sax, say, shalf = (
        source_frame[0], source_frame[1], source_frame[2], source_frame[3], source_frame[4],
    )  # fmt: skip
    radius = iris[4]
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            dx, dy = np.float32(x) + np.float32(0.5) - cx, np.float32(y) + np.float32(0.5) - cy
            u = (dx * ax + dy * ay) / half
            if u <= -1 or u >= 1:
                continue
            q = dy * ax - dx * ay
            upper, lower = _curve(rims[0], u), _curve(rims[1], u)
            inside = min(q - upper, lower - q)
            if inside <= np.float32(-0.5):
                continue
            share = min(np.float32(1), (inside + np.float32(0.5)) * np.float32(0.6)) * strength
            v = min(max((q - upper) / max(lower - upper, np.float32(0.5)), np.float32(0)), np.float32(1))
            source_upper = _curve(source_rims[0], u)
            source_q = source_upper + v * (_curve(source_rims[1], u) - source_upper)
            px = sx + u * shalf * sax - source_q * say - np.float32(0.5)
            py = sy + u * shalf * say + source_q * sax - np.float32(0.5)
            ox = np.float32(x) + np.float32(0.5) - iris[0]
            oy = np.float32(y) + np.float32(0.5) - iris[1]
            rx, ry = iris[5] * ox - iris[6] * oy, iris[6] * ox + iris[5] * oy
            distance = np.sqrt(rx * rx + ry * ry)
            in_iris = min(max((radius * np.float32(1.06) - distance) / (radius * np.float32(0.16)),
                              np.float32(0)), np.float32(1))  # fmt: skip
            # The lid's shadow falls on the iris too.
            shade = np.float32(0.72) + np.float32(0.28) * min(
                np.float32(1), max(q - upper, np.float32(0)) / (np.float32(0.16) * half)
            )
            for c in range(3):
                value = _sample(sclera, px, py, c)
                if in_iris > 0:
                    ball = _sample(iris_picture, iris[2] + rx - np.float32(0.5),
                                   iris[3] + ry - np.float32(0.5), c) * shade  # fmt: skip
                    value = value * (np.float32(1) - in_iris) + ball * in_iris
                _mix(out, y, x, c, value, share)


@nb.njit(
    "void(uint8[:,:,::1], int64[::1], float32[::1], float32[:,::1], float32[::1], float32[::1],"
    " uint8[:,:,::1], uint8[:,:,::1], float32[:,::1], float32)",
    nogil=True,
    cache=True,
)
def paint_mouth(
    out: NDArray[np.uint8],
    box: NDArray[np.int64],
    frame: NDArray[np.float32],
    rims: NDArray[np.float32],
    upper_map: NDArray[np.float32],
    lower_map: NDArray[np.float32],
    upper_teeth: NDArray[np.uint8],
    lower_teeth: NDArray[np.uint8],
    colours: NDArray[np.float32],
    strength: float,
) -> None:
    """Draw cavity, tongue and teeth between the lips.

    Upper teeth hang from the skull and lower teeth stand on the jaw: their places come from the
    head's and the jaw's motion, never from the lips, which only uncover them.

    Args:
        out: (H, W, 3).
        box: (4,) left, top, right, bottom of the pixels to look at, inside `out`.
        frame: (5,) the opening: centre x, y, unit axis x, y, half width.
        rims: (2, CURVE_SAMPLES) inner edges of upper and lower lip.
        upper_map: (6,) out pixel to `upper_teeth` pixel, [a b c; d e f].
        lower_map: (6,) likewise.
        upper_teeth: (h, w, 4) RGB and alpha.
        lower_teeth: (h, w, 4).
        colours: (2, 3) cavity, tongue.
        strength: 0..1, share of the painting in the result.
    """
    cx, cy, ax, ay, half = frame[0], frame[1], frame[2], frame[3], frame[4]
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            px, py = np.float32(x) + np.float32(0.5), np.float32(y) + np.float32(0.5)
            dx, dy = px - cx, py - cy
            u = (dx * ax + dy * ay) / half
            if u <= -1 or u >= 1:
                continue
            q = dy * ax - dx * ay
            upper, lower = _curve(rims[0], u), _curve(rims[1], u)
            gap = lower - upper
            inside = min(q - upper, lower - q)
            if gap < np.float32(0.3) or inside <= np.float32(-0.5):
                continue
            share = min(np.float32(1), (inside + np.float32(0.5)) * np.float32(0.7))
            share *= min(np.float32(1), gap / np.float32(2.5)) * strength
            down = min(max((q - upper) / gap, np.float32(0)), np.float32(1))
            # The tongue lies low in the middle and shows only in an opening of some height.
            tongue = min(max((down - np.float32(0.45)) * np.float32(2.6), np.float32(0)), np.float32(1))
            tongue *= max(np.float32(0), np.float32(1) - np.float32(1.5) * u * u)
            tongue *= min(np.float32(1), max(np.float32(0), gap / half - np.float32(0.25)) * np.float32(2))
            ux = upper_map[0] * px + upper_map[1] * py + upper_map[2]
            uy = upper_map[3] * px + upper_map[4] * py + upper_map[5]
            lx = lower_map[0] * px + lower_map[1] * py + lower_map[2]
            ly = lower_map[3] * px + lower_map[4] * py + lower_map[5]
            upper_share = _sprite_alpha(upper_teeth, ux, uy)
            lower_share = _sprite_alpha(lower_teeth, lx, ly)
            # Lips shade what is close behind them, the corners most.
            rim = min(np.float32(1), inside / (np.float32(0.22) * half) + np.float32(0.2))
            shade = (np.float32(0.55) + np.float32(0.45) * rim) * (
                np.float32(1) - np.float32(0.55) * u * u * u * u
            )
            for c in range(3):
                value = colours[0, c] * (np.float32(1) - tongue) + colours[1, c] * tongue
                if lower_share > 0:
                    teeth = _sample(lower_teeth, lx, ly, c) * np.float32(0.82)
                    value = value * (np.float32(1) - lower_share) + teeth * lower_share
                if upper_share > 0:
                    teeth = _sample(upper_teeth, ux, uy, c)
                    value = value * (np.float32(1) - upper_share) + teeth * upper_share
                _mix(out, y, x, c, value * shade, share)
