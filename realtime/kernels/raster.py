"""Draw a textured triangle mesh: straight from the source picture's pixels to the output's."""

import numba as nb
import numpy as np
from numpy.typing import NDArray

_FAR = np.float32(1e30)
_EDGE = 1e-3
_ONE = np.uint64(1)
_ROUND = np.uint64(0x0080_0080_0080_0080)
_FIXED = 65536.0
_HALF_WEIGHT = 128
"Half a step of the 8-bit weights: they are rounded then, and a mesh at rest is drawn exactly."


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
def _clip_span(
    ax: float, ay: float, by: float, slope: float, y: int, flipped: bool, left: float, right: float
) -> tuple[float, float]:
    """Shorten a row's span to one edge's inner side.

    Widened by a thousandth of a pixel: a pixel centre on an edge that two triangles share may be
    drawn twice, which does no harm, but never not at all.
    """
    if ay == by:
        return left, right
    x = ax + (y - ay) * slope
    if (by < ay) != flipped:
        return max(left, x - _EDGE), right
    return left, min(right, x + _EDGE)


@nb.njit(nogil=True)
def _draw_span(
    depth: NDArray[np.float32],
    out: NDArray[np.uint8],
    plate: NDArray[np.uint8],
    texels: NDArray[np.uint64],
    y: int,
    x_first: int,
    x_last: int,
    z: float,
    z_step: float,
    u: int,
    u_step: int,
    v: int,
    v_step: int,
) -> None:
    # Unsigned indices: signed ones would each be tested for counting from the end.
    row = nb.uint64(y)
    for x in range(nb.uint64(x_first), nb.uint64(x_last + 1)):
        if z <= depth[row, x]:
            depth[row, x] = z
            su, sv = nb.uint64(u >> 16), nb.uint64(v >> 16)
            fu, fv = (u >> 8) & 255, (v >> 8) & 255
            # Four weights of 8 bits that sum to 256, so that no lane overflows.
            w11 = (fu * fv + 128) >> 8
            lanes = (
                texels[sv, su] * nb.uint64(256 - fu - fv + w11)
                + texels[sv, su + _ONE] * nb.uint64(fu - w11)
                + texels[sv + _ONE, su] * nb.uint64(fv - w11)
                + texels[sv + _ONE, su + _ONE] * nb.uint64(w11)
                + _ROUND
            )
            alpha = (lanes >> nb.uint64(56)) & nb.uint64(255)
            red = (lanes >> nb.uint64(8)) & nb.uint64(255)
            green = (lanes >> nb.uint64(24)) & nb.uint64(255)
            blue = (lanes >> nb.uint64(40)) & nb.uint64(255)
            if alpha < nb.uint64(255):
                rest, half = nb.uint64(255) - alpha, nb.uint64(127)
                red = (red * alpha + plate[row, x, 0] * rest + half) // nb.uint64(255)
                green = (green * alpha + plate[row, x, 1] * rest + half) // nb.uint64(255)
                blue = (blue * alpha + plate[row, x, 2] * rest + half) // nb.uint64(255)
            out[row, x, 0] = red
            out[row, x, 1] = green
            out[row, x, 2] = blue
        z += z_step
        u += u_step
        v += v_step


@nb.njit(
    "void(float32[:,::1], float32[::1], float32[:,::1], int32[:,::1],"
    " uint64[:,::1], uint8[:,:,::1], int64[::1], float32[:,::1], uint8[:,:,::1])",
    nogil=True,
    cache=True,
)
def draw_mesh(
    vertices: NDArray[np.float32],
    vertex_depth: NDArray[np.float32],
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
    have 8 bits: within 2 grey levels of exact.

    Args:
        vertices: (n, 2) output pixels; pixel centres lie at integers plus a half.
        vertex_depth: (n,) smaller is nearer; the nearest surface wins.
        source_vertices: (n, 2) where the same vertices lie in the texture, in its pixels.
        triangles: (t, 3) vertex numbers, any winding.
        texels: (h, w) from `pack_texels`. What falls outside is not drawn.
        plate: (H, W, 3) what shows where alpha is below 255.
        window: (4,) left, top, right, bottom: pixels outside are left alone; inside `out`.
        depth: (H, W) nearest depth so far; kept between calls that draw layers of one picture.
        out: (H, W, 3) written where triangles fall, untouched elsewhere.
    """
    x_low, x_high = float(window[0]), float(window[2] - 1)
    y_low, y_high = window[1], window[3] - 1
    u_end, v_end = (texels.shape[1] - 1) << 16, (texels.shape[0] - 1) << 16
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
        flipped = area < 0
        # The barycentric weights of b and c, and so all else, are linear in x and y.
        b_x, b_y = (cy - ay) / area, (ax - cx) / area
        c_x, c_y = (ay - by) / area, (bx - ax) / area
        z0, u0, v0 = vertex_depth[i], source_vertices[i, 0] - 0.5, source_vertices[i, 1] - 0.5
        z_b, z_c = vertex_depth[j] - vertex_depth[i], vertex_depth[k] - vertex_depth[i]
        u_b = source_vertices[j, 0] - source_vertices[i, 0]
        u_c = source_vertices[k, 0] - source_vertices[i, 0]
        v_b = source_vertices[j, 1] - source_vertices[i, 1]
        v_c = source_vertices[k, 1] - source_vertices[i, 1]
        z_step, u_x, v_x = b_x * z_b + c_x * z_c, b_x * u_b + c_x * u_c, b_x * v_b + c_x * v_c
        u_step, v_step = int(np.rint(u_x * _FIXED)), int(np.rint(v_x * _FIXED))
        slope_ab = (bx - ax) / (by - ay) if by != ay else 0.0
        slope_bc = (cx - bx) / (cy - by) if cy != by else 0.0
        slope_ca = (ax - cx) / (ay - cy) if ay != cy else 0.0
        for y in range(y_first, y_last + 1):
            left, right = _clip_span(ax, ay, by, slope_ab, y, flipped, x_low, x_high)
            left, right = _clip_span(bx, by, cy, slope_bc, y, flipped, left, right)
            left, right = _clip_span(cx, cy, ay, slope_ca, y, flipped, left, right)
            x_first, x_last = int(np.ceil(left)), int(np.floor(right))
            if x_first > x_last:
                continue
            wb = (x_first - ax) * b_x + (y - ay) * b_y
            wc = (x_first - ax) * c_x + (y - ay) * c_y
            u = int((u0 + wb * u_b + wc * u_c) * _FIXED) + _HALF_WEIGHT
            v = int((v0 + wb * v_b + wc * v_c) * _FIXED) + _HALF_WEIGHT
            u_last, v_last = u + u_step * (x_last - x_first), v + v_step * (x_last - x_first)
            # A sliver's span may reach past the texture: the only guard against reading there.
            if min(u, u_last) < 0 or max(u, u_last) >= u_end:
                continue
            if min(v, v_last) < 0 or max(v, v_last) >= v_end:
                continue
            _draw_span(
                depth, out, plate, texels, y, x_first, x_last,
                z0 + wb * z_b + wc * z_c, z_step, u, u_step, v, v_step,
            )  # fmt: skip
