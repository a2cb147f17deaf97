"""The road not taken: a mesh rasterised into a dense backward map for cv2.remap."""

import numba as nb
import numpy as np
from numpy.typing import NDArray

_EDGE = 1e-3


@nb.njit(nogil=True)
def _clip_span(
    ax: float, ay: float, by: float, slope: float, y: int, flipped: bool, left: float, right: float
) -> tuple[float, float]:
    """Shorten a row's span to one edge's inner side."""
    if ay == by:
        return left, right
    x = ax + (y - ay) * slope
    if (by < ay) != flipped:
        return max(left, x - _EDGE), right
    return left, min(right, x + _EDGE)


@nb.njit(
    "void(float32[:,::1], float32[::1], float32[:,::1], int32[:,::1], int64[::1],"
    " float32[:,::1], float32[:,::1], float32[:,::1])",
    nogil=True,
    cache=True,
)
def draw_map(
    vertices: NDArray[np.float32],
    vertex_depth: NDArray[np.float32],
    source_vertices: NDArray[np.float32],
    triangles: NDArray[np.int32],
    window: NDArray[np.int64],
    depth: NDArray[np.float32],
    map_x: NDArray[np.float32],
    map_y: NDArray[np.float32],
) -> None:
    """Write where each pixel comes from; `realtime.kernels.raster.draw_mesh` in all else."""
    x_low, x_high = float(window[0]), float(window[2] - 1)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay = vertices[i, 0] - 0.5, vertices[i, 1] - 0.5
        bx, by = vertices[j, 0] - 0.5, vertices[j, 1] - 0.5
        cx, cy = vertices[k, 0] - 0.5, vertices[k, 1] - 0.5
        y_first = max(window[1], int(np.ceil(min(ay, by, cy))))
        y_last = min(window[3] - 1, int(np.floor(max(ay, by, cy))))
        if y_first > y_last or max(ax, bx, cx) < x_low or min(ax, bx, cx) > x_high:
            continue
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if not abs(area) > 1e-6:
            continue
        b_x, b_y = (cy - ay) / area, (ax - cx) / area
        c_x, c_y = (ay - by) / area, (bx - ax) / area
        z0, u0, v0 = vertex_depth[i], source_vertices[i, 0] - 0.5, source_vertices[i, 1] - 0.5
        z_b, z_c = vertex_depth[j] - vertex_depth[i], vertex_depth[k] - vertex_depth[i]
        u_b = source_vertices[j, 0] - source_vertices[i, 0]
        u_c = source_vertices[k, 0] - source_vertices[i, 0]
        v_b = source_vertices[j, 1] - source_vertices[i, 1]
        v_c = source_vertices[k, 1] - source_vertices[i, 1]
        z_step, u_step, v_step = b_x * z_b + c_x * z_c, b_x * u_b + c_x * u_c, b_x * v_b + c_x * v_c
        flipped = area < 0
        slope_ab = (bx - ax) / (by - ay) if by != ay else 0.0
        slope_bc = (cx - bx) / (cy - by) if cy != by else 0.0
        slope_ca = (ax - cx) / (ay - cy) if ay != cy else 0.0
        for y in range(y_first, y_last + 1):
            left, right = _clip_span(ax, ay, by, slope_ab, y, flipped, x_low, x_high)
            left, right = _clip_span(bx, by, cy, slope_bc, y, flipped, left, right)
            left, right = _clip_span(cx, cy, ay, slope_ca, y, flipped, left, right)
            x_first, x_last = int(np.ceil(left)), int(np.floor(right))
            wb = (x_first - ax) * b_x + (y - ay) * b_y
            wc = (x_first - ax) * c_x + (y - ay) * c_y
            z = z0 + wb * z_b + wc * z_c
            u = u0 + wb * u_b + wc * u_c
            v = v0 + wb * v_b + wc * v_c
            for x in range(x_first, x_last + 1):
                if z <= depth[y, x]:
                    depth[y, x] = z
                    map_x[y, x] = u
                    map_y[y, x] = v
                z += z_step
                u += u_step
                v += v_step
