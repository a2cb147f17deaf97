"""Paint what lies behind the openings of a face: eyeballs behind lids, teeth behind lips.

An opening is described in a frame of its own: u runs from -1 at its right corner (the picture's
left) to 1 at the other, or farther out, if it bulges beyond them; q is the distance from the line
between the corners, downwards, in pixels.
Its rims are curves q(u), sampled at `CURVE_SAMPLES` equal steps of u. An opening with a NaN in it
is not painted.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

CURVE_SAMPLES = 49
_CURVE_STEPS = (CURVE_SAMPLES - 1) / 2
_LASH_HANG = 1.5
"Lashes reach so much farther down from the lid's edge than up."
_LASH_END = 2.2
"Thicknesses from the lid's edge at which lashes are under a hundredth."


@nb.njit(nogil=True)
def _clamp(x: float, low: float, high: float) -> float:
    return min(max(x, low), high)


@nb.njit(nogil=True)
def _curve(samples: NDArray[np.float32], u: float) -> float:
    position = (u + 1) * _CURVE_STEPS
    index = min(int(position), CURVE_SAMPLES - 2)
    value: float = samples[index] + (position - index) * (samples[index + 1] - samples[index])
    return value


@nb.njit(nogil=True)
def _steepness(samples: NDArray[np.float32], u: float, half: float) -> float:
    """Distance from a rim over distance measured along q: below 1 where the rim is steep."""
    index = min(int((u + 1) * _CURVE_STEPS), CURVE_SAMPLES - 2)
    slope = (samples[index + 1] - samples[index]) * _CURVE_STEPS / half
    return float(1 / np.sqrt(1 + slope * slope))


@nb.njit(nogil=True)
def _is_sound(frame: NDArray[np.float32], rims: NDArray[np.float32]) -> bool:
    """Whether an opening has numbers alone: a NaN would become a wild index."""
    return bool(np.isfinite(frame.sum() + rims.sum()))


@nb.njit(nogil=True)
def _sample(picture: NDArray[np.uint8], x: float, y: float, channel: int) -> float:
    """Bilinear, x and y in pixels with centres at integers, edges repeated."""
    x = _clamp(x, 0, picture.shape[1] - 1.001)
    y = _clamp(y, 0, picture.shape[0] - 1.001)
    i, j = int(x), int(y)
    fx, fy = x - i, y - j
    top: float = picture[j, i, channel] * (1 - fx) + picture[j, i + 1, channel] * fx
    bottom: float = picture[j + 1, i, channel] * (1 - fx) + picture[j + 1, i + 1, channel] * fx
    return top * (1 - fy) + bottom * fy


@nb.njit(nogil=True)
def _sprite_alpha(sprite: NDArray[np.uint8], x: float, y: float) -> float:
    if x < 0 or y < 0 or x > sprite.shape[1] - 1 or y > sprite.shape[0] - 1:
        return 0.0
    return _sample(sprite, x, y, 3) / 255


@nb.njit(nogil=True)
def _lay_over(
    value: float,
    sprite: NDArray[np.uint8],
    x: float,
    y: float,
    channel: int,
    share: float,
    light: float,
) -> float:
    if share <= 0:
        return value
    return value * (1 - share) + _sample(sprite, x, y, channel) * light * share


@nb.njit(nogil=True)
def _mix(out: NDArray[np.uint8], y: int, x: int, channel: int, value: float, share: float) -> None:
    mixed = out[y, x, channel] * (1 - share) + value * share
    out[y, x, channel] = int(_clamp(mixed + 0.5, 0, 255))


@nb.njit(
    "void(uint8[:,:,::1], int64[::1], float32[::1], float32[:,::1], float32[::1], float32[:,::1],"
    " float32[::1], uint8[:,:,::1], uint8[:,:,::1], float32, float32)",
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
    light: float,
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
        light: how many times as bright as in the portrait.
        strength: 0..1, share of the painting in the result.
    """
    if not _is_sound(frame, rims):
        return
    cx, cy, ax, ay, half = frame[0], frame[1], frame[2], frame[3], frame[4]
    sx, sy, sax, say, shalf = (
        source_frame[0], source_frame[1], source_frame[2], source_frame[3], source_frame[4],
    )  # fmt: skip
    radius = iris[4]
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            dx, dy = x + 0.5 - cx, y + 0.5 - cy
            u = (dx * ax + dy * ay) / half
            if u <= -1 or u >= 1:
                continue
            q = dy * ax - dx * ay
            upper, lower = _curve(rims[0], u), _curve(rims[1], u)
            inside = min(q - upper, lower - q)
            if inside <= -0.5:
                continue
            share = min(1, (inside + 0.5) * 0.6) * strength
            v = _clamp((q - upper) / max(lower - upper, 0.5), 0, 1)
            source_upper = _curve(source_rims[0], u)
            source_q = source_upper + v * (_curve(source_rims[1], u) - source_upper)
            px = sx + u * shalf * sax - source_q * say - 0.5
            py = sy + u * shalf * say + source_q * sax - 0.5
            ox, oy = x + 0.5 - iris[0], y + 0.5 - iris[1]
            rx, ry = iris[5] * ox - iris[6] * oy, iris[6] * ox + iris[5] * oy
            distance = np.sqrt(rx * rx + ry * ry)
            in_iris = _clamp((radius * 1.06 - distance) / max(radius * 0.16, 1.4) + 0.5, 0, 1)
            # The lid's shadow falls on the iris too.
            shade = 0.72 + 0.28 * _clamp((q - upper) / (0.16 * half), 0, 1)
            for c in range(3):
                value = _sample(sclera, px, py, c)
                if in_iris > 0:
                    ball = _sample(iris_picture, iris[2] + rx - 0.5, iris[3] + ry - 0.5, c)
                    value = value * (1 - in_iris) + ball * shade * in_iris
                _mix(out, y, x, c, light * value, share)


@nb.njit(nogil=True)
def _lashes_at(from_lid: float, u: float, half: float) -> float:
    """How dense lashes are: thinner towards the corners, and reaching a little over them."""
    bent = min(u * u, 1.0)
    thick = max(0.125 * half * (1 - 0.4 * bent * bent), 0.45)
    from_edge = from_lid / (_LASH_HANG * thick if from_lid > 0 else thick)
    if abs(from_edge) > _LASH_END:
        return 0.0
    return float(np.exp(-from_edge * from_edge) * _clamp(6 * (1.12 - abs(u)), 0, 1))


@nb.njit(
    "void(uint8[:,:,::1], int64[::1], float32[::1], float32[:,::1], float32[::1], uint8[:,:,::1],"
    " float32[::1], float32, float32, float32, float32)",
    nogil=True,
    cache=True,
)
def paint_lids(
    out: NDArray[np.uint8],
    box: NDArray[np.int64],
    frame: NDArray[np.float32],
    rims: NDArray[np.float32],
    source_frame: NDArray[np.float32],
    lids: NDArray[np.uint8],
    lash: NDArray[np.float32],
    light: float,
    above: float,
    below: float,
    lashes: float,
) -> None:
    """Lay lid skin over an eye that closes, and lashes along the upper lid's edge.

    Args:
        out: (H, W, 3).
        box: (4,) left, top, right, bottom of the pixels to look at, inside `out`.
        frame: (5,) the opening in `out`, as for `paint_eye`.
        rims: (2, CURVE_SAMPLES) upper and lower lid.
        source_frame: (5,) the same opening in `lids`' pixels.
        lids: (h, w, 4) the eye's place as if it were skin; alpha where the skin shall lie.
        lash: (3,) RGB.
        light: how many times as bright as in the portrait.
        above: 0..1, share of the skin above the upper lid's edge.
        below: 0..1, share of the skin below the lower lid's edge.
        lashes: 0..1, share of the lashes where they are densest.
    """
    if not _is_sound(frame, rims):
        return
    cx, cy, ax, ay, half = frame[0], frame[1], frame[2], frame[3], frame[4]
    sx, sy, sax, say = source_frame[0], source_frame[1], source_frame[2], source_frame[3]
    scale = source_frame[4] / half
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            dx, dy = x + 0.5 - cx, y + 0.5 - cy
            along, q = dx * ax + dy * ay, dy * ax - dx * ay
            u = _clamp(along / half, -1, 1)
            upper, lower = _curve(rims[0], u), _curve(rims[1], u)
            px = sx + scale * (along * sax - q * say) - 0.5
            py = sy + scale * (along * say + q * sax) - 0.5
            share = above * _clamp(upper - q + 0.5, 0, 1) + below * _clamp(q - lower + 0.5, 0, 1)
            if share > 0:
                share = min(share, 1) * _sprite_alpha(lids, px, py)
            dark = lashes * _lashes_at(q - upper, along / half, half)
            if share <= 0 and dark <= 0:
                continue
            for c in range(3):
                _mix(out, y, x, c, light * _sample(lids, px, py, c), share)
                _mix(out, y, x, c, light * lash[c], dark)


@nb.njit(nogil=True)
def _shade_of_lips(below_upper: float, u: float, half: float) -> float:
    """Share of the light that gets behind lips.

    The upper one shades what is close behind it, the corners most, the lower lip nothing: light
    comes from above.
    """
    rim = min(1, below_upper / (0.22 * half) + 0.2)
    return float((0.55 + 0.45 * rim) * (1 - 0.7 * u * u * u * u))


@nb.njit(nogil=True)
def _shade_of_teeth(shade: float) -> float:
    """The same of teeth, which stand in front."""
    return 0.5 + 0.5 * shade


@nb.njit("void(float32[::1], float32[:,::1], float32[:,::1])", nogil=True, cache=True)
def shade_teeth(
    frame: NDArray[np.float32], rims: NDArray[np.float32], shade: NDArray[np.float32]
) -> None:
    """Tell how much of their light `paint_mouth` leaves teeth.

    Args:
        frame: (5,) the opening, as for `paint_mouth`.
        rims: (2, CURVE_SAMPLES) likewise.
        shade: (H, W) written within the opening, and left alone outside.
    """
    if not _is_sound(frame, rims):
        return
    cx, cy, ax, ay, half = frame[0], frame[1], frame[2], frame[3], frame[4]
    for y in range(shade.shape[0]):
        for x in range(shade.shape[1]):
            dx, dy = x + 0.5 - cx, y + 0.5 - cy
            u, q = (dx * ax + dy * ay) / half, dy * ax - dx * ay
            if u <= -1 or u >= 1:
                continue
            upper = _curve(rims[0], u)
            if upper <= q <= _curve(rims[1], u):
                below_upper = (q - upper) * _steepness(rims[0], u, half)
                shade[y, x] = _shade_of_teeth(_shade_of_lips(below_upper, u, half))


@nb.njit(
    "void(uint8[:,:,::1], int64[::1], float32[::1], float32[:,::1], float32[::1], float32[::1],"
    " uint8[:,:,::1], uint8[:,:,::1], float32[:,::1], float32, float32)",
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
    light: float,
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
        light: how many times as bright as in the portrait, and how much of it gets in.
        strength: 0..1, share of the painting in the result.
    """
    if not _is_sound(frame, rims):
        return
    cx, cy, ax, ay, half = frame[0], frame[1], frame[2], frame[3], frame[4]
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            px, py = x + 0.5, y + 0.5
            dx, dy = px - cx, py - cy
            u = (dx * ax + dy * ay) / half
            if u <= -1 or u >= 1:
                continue
            q = dy * ax - dx * ay
            upper, lower = _curve(rims[0], u), _curve(rims[1], u)
            gap = lower - upper
            below_upper = (q - upper) * _steepness(rims[0], u, half)
            above_lower = (lower - q) * _steepness(rims[1], u, half)
            inside = min(below_upper, above_lower)
            if gap < 0.3 or inside <= -0.5:
                continue
            share = min(1, (inside + 0.5) * 0.6) * min(1, gap / 2.5) * strength
            down = _clamp((q - upper) / gap, 0, 1)
            # The tongue is a mound, which people's pictures show so far up: dark on either side,
            # and behind the teeth in a small opening.
            mound = _clamp((down - 0.15 - 0.9 * u * u * u * u) * 2, 0, 1)
            tongue = mound * mound * (3 - 2 * mound)
            tongue *= _clamp((gap / half - 0.15) * 4, 0, 1)
            ux = upper_map[0] * px + upper_map[1] * py + upper_map[2]
            uy = upper_map[3] * px + upper_map[4] * py + upper_map[5]
            lx = lower_map[0] * px + lower_map[1] * py + lower_map[2]
            ly = lower_map[3] * px + lower_map[4] * py + lower_map[5]
            upper_share = _sprite_alpha(upper_teeth, ux, uy)
            lower_share = _sprite_alpha(lower_teeth, lx, ly)
            lower_light = 0.84
            if lower_share > 0:
                # The row above shades the one below it, as far as it stands in front.
                shadow = _sprite_alpha(upper_teeth, ux, uy - 0.15 * upper_teeth.shape[0])
                lower_light *= 1 - 0.5 * shadow
            shade = _shade_of_lips(below_upper, u, half)
            teeth_shade = _shade_of_teeth(shade)
            for c in range(3):
                value = (colours[0, c] * (1 - tongue) + colours[1, c] * tongue) * shade
                value = _lay_over(
                    value, lower_teeth, lx, ly, c, lower_share, lower_light * teeth_shade
                )
                value = _lay_over(value, upper_teeth, ux, uy, c, upper_share, teeth_shade)
                _mix(out, y, x, c, light * value, share)
