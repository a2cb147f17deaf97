"""Soften the outlines of a folded mesh: where a surface turns its back, pixels end in stairs."""

import numba as nb
import numpy as np
from numpy.typing import NDArray

_BESIDE_PX = 1.2
"How far beyond an outline a pixel looks for what is on the other side."


@nb.njit(nogil=True)
def _side(vertices: NDArray[np.float32], i: int, j: int, k: int) -> float:
    """Twice the signed area: on which side of the line from i to j vertex k lies."""
    ax, ay = vertices[i, 0], vertices[i, 1]
    across = (vertices[j, 0] - ax) * (vertices[k, 1] - ay)
    return float(across - (vertices[j, 1] - ay) * (vertices[k, 0] - ax))


@nb.njit(nogil=True)
def _reach(p: float, q: float, low: int, high: int) -> tuple[int, int]:
    """Pixels from first to end that a line from p to q may touch, within low and high."""
    return max(low, int(np.floor(min(p, q))) - 1), min(high, int(np.floor(max(p, q))) + 2)


@nb.njit(nogil=True)
def _soften(out: NDArray[np.uint8], x: int, y: int, across: float, nx: float, ny: float) -> None:
    """Give a pixel `across` inside the outline its share of what is on the outline's other side."""
    way = -_BESIDE_PX if across >= 0 else _BESIDE_PX
    there_x, there_y = int(np.floor(x + 0.5 + way * nx)), int(np.floor(y + 0.5 + way * ny))
    if not (0 <= there_x < out.shape[1] and 0 <= there_y < out.shape[0]):
        return
    share = 0.5 - abs(across)
    for c in range(3):
        own = float(out[y, x, c])
        out[y, x, c] = int(own + share * (out[there_y, there_x, c] - own) + 0.5)


@nb.njit(
    "void(float32[:,::1], float32[::1], int32[:,::1], int64[::1], float32[:,::1], float32,"
    " uint8[:,:,::1])",
    nogil=True,
    cache=True,
)
def soften_outlines(
    vertices: NDArray[np.float32],
    vertex_depth: NDArray[np.float32],
    edges: NDArray[np.int32],
    window: NDArray[np.int64],
    depth: NDArray[np.float32],
    tolerance: float,
    out: NDArray[np.uint8],
) -> None:
    """Cover pixels on visible outlines as far as the mesh reaches into them.

    An edge is on an outline when both of its triangles lie on one side of it.

    Args:
        vertices: (n, 2) output pixels.
        vertex_depth: (n,).
        edges: (e, 4) numbers of an edge's two vertices and of its two triangles' third ones.
        window: (4,) left, top, right, bottom: pixels outside are left alone; inside `out`.
        depth: (H, W) what `draw_mesh` left.
        tolerance: an outline deeper than what is drawn by more than this is hidden.
        out: (H, W, 3) drawn by `draw_mesh`.
    """
    for e in range(edges.shape[0]):
        i, j = edges[e, 0], edges[e, 1]
        side = _side(vertices, i, j, edges[e, 2])
        if not side * _side(vertices, i, j, edges[e, 3]) > 0:  # also skips a NaN
            continue
        ax, ay, bx, by = vertices[i, 0], vertices[i, 1], vertices[j, 0], vertices[j, 1]
        length = np.hypot(bx - ax, by - ay)
        tx, ty = (bx - ax) / length, (by - ay) / length
        nx, ny = (-ty, tx) if side > 0 else (ty, -tx)
        z, z_step = vertex_depth[i], (vertex_depth[j] - vertex_depth[i]) / length
        left, right = _reach(ax, bx, window[0], window[2])
        top, bottom = _reach(ay, by, window[1], window[3])
        for y in range(top, bottom):
            for x in range(left, right):
                dx, dy = x + 0.5 - ax, y + 0.5 - ay
                along, across = dx * tx + dy * ty, dx * nx + dy * ny
                is_on_line = 0 <= along < length and abs(across) < 0.5
                if is_on_line and depth[y, x] > z + along * z_step - tolerance:
                    _soften(out, x, y, across, nx, ny)
