"""Draw a textured triangle mesh: straight from the source picture's pixels to the output's."""

import numba as nb
import numpy as np
from numpy.typing import NDArray

_FAR = np.float32(1e30)
_EDGE = 1e-3
"Pixels that spans are widened by."
_ONE = np.uint64(1)
_ROUND = np.uint64(0x0080_0080_0080_0080)
_THREE_LANES, _OUTER_LANES = np.uint64(0x00FF_00FF_00FF), np.uint64(0xFFFF_0000_FFFF)
_LANE, _ROOM = np.uint64(0xFFFF), np.uint64(0xFFFF_FFFF)
"One lane, and what red has to itself where green is taken out."
_GREEN_LANE, _BLUE_LANE, _ALPHA_LANE = (np.uint64(bit) for bit in (16, 32, 48))
_LIT_BITS, _WEIGHT_BITS = np.uint64(20), np.uint64(8)
"Below a lane's grey levels, once it is lit, and while it is weighed."
_WHITE = np.uint64(255)
_OPAQUE = np.uint64(255 << 8)
_FIXED = 65536.0
_FINE = 4294967296.0
_WIDENED = int(_EDGE * _FINE)
_ALMOST_ONE = 0xFFFF_FFFF
_HALF_WEIGHT = 128
"Half a step of the 8-bit weights: they are rounded then, and a mesh at rest is drawn exactly."
_UNUSED_LIGHT_BITS, _HALF_LIGHT = np.uint64(20), 1 << 19
"Of light in 32.32 fixed point, beyond the 12 that it has in the end; half a step of those."
_UNSEEN = 1 / 512
"Light that is nearer to 1 than this changes no level by more than half of one."
_STEEPEST = 50.0
"Light that changes more than this from pixel to pixel is even: in a sliver the edges' widening \
would reach far."


def pack_texels(rgba: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """(h, w, 4) uint8 as (h, w) uint64 with a channel in each 16-bit lane, red lowest.

    Lanes wide enough for a weighted sum let one multiplication weigh four channels.
    """
    lanes = np.ascontiguousarray(rgba.astype(np.uint16))
    return lanes.view("<u8")[..., 0].astype(np.uint64)


@nb.njit(nb.void(nb.float32[:, ::1]), nogil=True, cache=True)
def clear_depth(depth: NDArray[np.float32]) -> None:
    """Set every pixel's depth to far away."""
    for y in range(depth.shape[0]):
        for x in range(depth.shape[1]):
            depth[y, x] = _FAR


@nb.njit(nogil=True)
def _by_height(
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float
) -> tuple[float, float, float, float, float, float]:
    """A triangle's vertices, the top one first."""
    if by < ay:
        ax, ay, bx, by = bx, by, ax, ay
    if cy < by:
        bx, by, cx, cy = cx, cy, bx, by
        if by < ay:
            ax, ay, bx, by = bx, by, ax, ay
    return ax, ay, bx, by, cx, cy


@nb.njit(nogil=True)
def _edge_at(x0: float, y0: float, x1: float, y1: float, y: int) -> tuple[int, int]:
    """Where an edge crosses row `y`, and its step to the next row; 32.32 fixed point."""
    if y0 == y1:
        return int(x1 * _FINE), 0
    slope = (x1 - x0) / (y1 - y0)
    return int((x0 + (y - y0) * slope) * _FINE), int(slope * _FINE)


@nb.njit(nogil=True)
def _is_within(first: float, b: float, c: float, reach: float, size: int) -> bool:
    """Whether texture coordinates first, first + b and first + c lie inside by more than reach."""
    low, high = first + min(b, c, 0.0), first + max(b, c, 0.0)
    return low > reach and high < size - 1 - reach


@nb.njit(nogil=True)
def _leaves(start: int, step: int, steps: int, end: int) -> bool:
    """Whether a walk from `start` goes below 0 or to `end`."""
    last = start + step * steps
    return min(start, last) < 0 or max(start, last) >= end


@nb.njit(nogil=True)
def _draw_span(
    depth: NDArray[np.float32],
    out: NDArray[np.uint8],
    plate: NDArray[np.uint8],
    texels: NDArray[np.uint64],
    texture_width: int,
    y: int,
    x_first: int,
    x_last: int,
    z: float | np.float32,
    z_step: float | np.float32,
    u: int,
    u_step: int,
    v: int,
    v_step: int,
    is_lit: bool,
    light: int,
    light_step: int,
) -> None:
    # Unsigned indices: signed ones would each be tested for counting from the end.
    row, below = nb.uint64(y), nb.uint64(texture_width)
    for x in range(nb.uint64(x_first), nb.uint64(x_last + 1)):
        if z <= depth[row, x]:
            depth[row, x] = z
            at = nb.uint64((v >> 16) * texture_width + (u >> 16))
            fu, fv = (u >> 8) & 255, (v >> 8) & 255
            # Four weights of 8 bits that sum to 256, so that no lane overflows.
            w11 = (fu * fv + 128) >> 8
            lanes = (
                texels[at] * nb.uint64(256 - fu - fv + w11)
                + texels[at + _ONE] * nb.uint64(fu - w11)
                + texels[at + below] * nb.uint64(fv - w11)
                + texels[at + below + _ONE] * nb.uint64(w11)
                + _ROUND
            )
            alpha = lanes >> _ALPHA_LANE  # with 8 bits more than the texture's
            if is_lit:
                lit = nb.uint64(light) >> _UNUSED_LIGHT_BITS
                # Two lanes at once, each with the next one's room, for light has 12 bits.
                outer = (lanes & _OUTER_LANES) * lit
                red = min((outer & _ROOM) >> _LIT_BITS, _WHITE)
                green = min((((lanes >> _GREEN_LANE) & _LANE) * lit) >> _LIT_BITS, _WHITE)
                blue = min(outer >> (_BLUE_LANE + _LIT_BITS), _WHITE)
                lanes = red | green << _GREEN_LANE | blue << _BLUE_LANE
            else:
                lanes = (lanes >> _WEIGHT_BITS) & _THREE_LANES
            if alpha < _OPAQUE:
                # 0..256, from the weighted sum itself: rounded once, not twice.
                share = (alpha + (alpha >> _WEIGHT_BITS)) >> _WEIGHT_BITS
                behind = (
                    nb.uint64(plate[row, x, 0])
                    | nb.uint64(plate[row, x, 1]) << _GREEN_LANE
                    | nb.uint64(plate[row, x, 2]) << _BLUE_LANE
                )
                lanes = (lanes * share + behind * (nb.uint64(256) - share) + _ROUND) >> _WEIGHT_BITS
            out[row, x, 0] = lanes
            out[row, x, 1] = lanes >> _GREEN_LANE
            out[row, x, 2] = lanes >> _BLUE_LANE
        z += z_step
        u += u_step
        v += v_step
        light += light_step


@nb.njit(
    "void(float32[:,::1], float32[::1], float32[::1], float32[:,::1], int32[:,::1],"
    " uint64[:,::1], uint8[:,:,::1], int64[::1], float32[:,::1], uint8[:,:,::1])",
    nogil=True,
    cache=True,
)
def draw_mesh(
    vertices: NDArray[np.float32],
    vertex_depth: NDArray[np.float32],
    vertex_light: NDArray[np.float32],
    source_vertices: NDArray[np.float32],
    triangles: NDArray[np.int32],
    texels: NDArray[np.uint64],
    plate: NDArray[np.uint8],
    window: NDArray[np.int64],
    depth: NDArray[np.float32],
    out: NDArray[np.uint8],
) -> None:
    """Rasterise, sample bilinearly, and lay over the plate by the texture's alpha.

    Each triangle is walked in rows; a row's span is where its three half-planes meet, so no pixel
    is tested for being inside. Texture coordinates are stepped in 16.16 fixed point and weights
    have 8 bits, light 12: within 2 grey levels of exact.

    Args:
        vertices: (n, 2) output pixels; pixel centres lie at integers plus a half.
        vertex_depth: (n,) smaller is nearer; the nearest surface wins.
        vertex_light: (n,) how many times as bright as in the texture, 0.1 to 1.9.
        source_vertices: (n, 2) where the same vertices lie in the texture, in its pixels.
        triangles: (t, 3) vertex numbers, any winding.
        texels: (h, w) from `pack_texels`. What falls outside is not drawn.
        plate: (H, W, 3) what shows where alpha is below 255.
        window: (4,) left, top, right, bottom: pixels outside are left alone; inside `out`.
        depth: (H, W) nearest depth so far; kept between calls that draw layers of one picture.
        out: (H, W, 3) written where triangles fall, untouched elsewhere.
    """
    x_low, x_high = window[0], window[2] - 1
    y_low, y_high = window[1], window[3] - 1
    texture_height, texture_width = texels.shape
    u_end, v_end = (texture_width - 1) << 16, (texture_height - 1) << 16
    row_after_row = texels.reshape(-1)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        # Shifted by half a pixel: from here on, pixel centres are integers.
        ax, ay = vertices[i, 0] - 0.5, vertices[i, 1] - 0.5
        bx, by = vertices[j, 0] - 0.5, vertices[j, 1] - 0.5
        cx, cy = vertices[k, 0] - 0.5, vertices[k, 1] - 0.5
        y_first = max(y_low, int(np.ceil(min(ay, by, cy))))
        y_last = min(y_high, int(np.floor(max(ay, by, cy))))
        if y_first > y_last or max(ax, bx, cx) < x_low or min(ax, bx, cx) > x_high:
            continue
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if not abs(area) > 1e-6:  # also skips triangles with a NaN
            continue
        # The barycentric weights of b and c, and so depth and texture coordinates, are linear.
        b_x, b_y = (cy - ay) / area, (ax - cx) / area
        c_x, c_y = (ay - by) / area, (bx - ax) / area
        z0, u0, v0 = vertex_depth[i], source_vertices[i, 0] - 0.5, source_vertices[i, 1] - 0.5
        z_b, z_c = vertex_depth[j] - vertex_depth[i], vertex_depth[k] - vertex_depth[i]
        u_b = source_vertices[j, 0] - source_vertices[i, 0]
        u_c = source_vertices[k, 0] - source_vertices[i, 0]
        v_b = source_vertices[j, 1] - source_vertices[i, 1]
        v_c = source_vertices[k, 1] - source_vertices[i, 1]
        light0 = vertex_light[i]
        light_b, light_c = vertex_light[j] - light0, vertex_light[k] - light0
        light_x, light_y = b_x * light_b + c_x * light_c, b_y * light_b + c_y * light_c
        if abs(light_x) + abs(light_y) > _STEEPEST:
            light0 += (light_b + light_c) / 3
            light_x = light_y = 0.0
        z_x, u_x, v_x = b_x * z_b + c_x * z_c, b_x * u_b + c_x * u_c, b_x * v_b + c_x * v_c
        z_y, u_y, v_y = b_y * z_b + c_y * z_c, b_y * u_b + c_y * u_c, b_y * v_b + c_y * v_c
        u_step, v_step = int(np.rint(u_x * _FIXED)), int(np.rint(v_x * _FIXED))
        u_reach, v_reach = (
            1 + 2 * _EDGE * (abs(u_x) + abs(u_y)),
            1 + 2 * _EDGE * (abs(v_x) + abs(v_y)),
        )
        is_within = _is_within(u0, u_b, u_c, u_reach, texture_width) and _is_within(
            v0, v_b, v_c, v_reach, texture_height
        )
        # Rows are stepped in fixed point, from the pixel centre at x_start, y_first.
        x_start = int(np.floor(ax))
        dx, dy = x_start - ax, y_first - ay
        u_start = int((u0 + dx * u_x + dy * u_y) * _FIXED) + _HALF_WEIGHT
        v_start = int((v0 + dx * v_x + dy * v_y) * _FIXED) + _HALF_WEIGHT
        z_start, z_step, z_down = (
            np.float32(z0 + dx * z_x + dy * z_y),
            np.float32(z_x),
            np.float32(z_y),
        )
        u_down, v_down = int(np.rint(u_y * _FIXED)), int(np.rint(v_y * _FIXED))
        is_lit = (
            max(abs(light0 - 1), abs(light0 + light_b - 1), abs(light0 + light_c - 1)) > _UNSEEN
        )
        light_start = int((light0 + dx * light_x + dy * light_y) * _FINE) + _HALF_LIGHT
        light_step, light_down = int(light_x * _FINE), int(light_y * _FINE)
        # From top to bottom lead one long edge and, by way of the middle, two short ones.
        # Neighbours that share an edge walk it from the same end, to the same pixels.
        tx, ty, mx, my, ex, ey = _by_height(ax, ay, bx, by, cx, cy)
        y_middle = min(max(y_first, int(np.ceil(my))), y_last + 1)
        long_x, long_step = _edge_at(tx, ty, ex, ey, y_first)
        above_x, above_step = _edge_at(tx, ty, mx, my, y_first)
        below_x, below_step = _edge_at(mx, my, ex, ey, y_middle)
        for y in range(y_first, y_last + 1):
            row = y - y_first
            x_long = long_x + row * long_step
            x_short = (
                above_x + row * above_step
                if y < y_middle
                else below_x + (y - y_middle) * below_step
            )
            # Widened: a pixel centre on an edge that two triangles share may be drawn twice, which
            # does no harm, but never not at all.
            x_first = max(x_low, (min(x_long, x_short) - _WIDENED + _ALMOST_ONE) >> 32)
            x_last = min(x_high, (max(x_long, x_short) + _WIDENED) >> 32)
            if x_first > x_last:
                continue
            column = x_first - x_start
            u = u_start + row * u_down + column * u_step
            v = v_start + row * v_down + column * v_step
            # At the texture's border, and in slivers, a span may reach out of the texture.
            if not is_within and (
                _leaves(u, u_step, x_last - x_first, u_end)
                or _leaves(v, v_step, x_last - x_first, v_end)
            ):
                continue
            light = light_start + row * light_down + column * light_step
            z = z_start + np.float32(row) * z_down + np.float32(column) * z_step
            _draw_span(
                depth, out, plate, row_after_row, texture_width, y, x_first, x_last,
                z, z_step, u, u_step, v, v_step, is_lit, light, light_step,
            )  # fmt: skip
