"""Draw bare skin out below brows; `realtime.render.brows` says which and why."""

import numba as nb
import numpy as np
from numpy.typing import NDArray


@nb.njit(nogil=True)
def _along(x: float, y: float, axis: NDArray[np.float64]) -> float:
    """How far a way goes along a unit vector (2,)."""
    return float(x * axis[0] + y * axis[1])


@nb.njit(
    "void(f8[:,::1], f8[:,::1], f8[::1], i8[:,::1], i8[:,::1], i8[:,::1], f8[:,::1], f8[::1], f8,"
    " f8, f8[:,::1])",
    nogil=True,
    cache=True,
)
def draw_skin_out(
    told: NDArray[np.float64],
    still: NDArray[np.float64],
    up: NDArray[np.float64],
    lids: NDArray[np.int64],
    columns: NDArray[np.int64],
    moved: NDArray[np.int64],
    shares: NDArray[np.float64],
    most: NDArray[np.float64],
    fold_share: float,
    drawn: float,
    wanted: NDArray[np.float64],
) -> None:
    """Where lids' folds and the vertices between them and the brows go, folded over or not.

    Args:
        told: (n, 2) where landmarks alone put each vertex, pixels.
        still: (n, 2) where each is on a head that has moved so, with the face at rest.
        up: (2,) unit vector up the face.
        lids: (f, 2) a lid's vertex and its fold's above.
        columns: (c, 2) the fold's vertex at which a column begins, and the brow's at which it ends.
        moved: (c, 2) the vertices on the lower and the upper edge of its bare skin.
        shares: (c, 2) how far up the column those are at rest, 0..1.
        most: (c,) by how much of its length a column's bare skin alone gives way.
        fold_share: of what a fold is told to go up by more than its lid does, it goes this share.
        drawn: a column that is longer by this share of its length is drawn out.
        wanted: (n, 2) written for folds and `moved`.
    """
    for i in range(len(lids)):
        lid, fold = lids[i]
        opened = _along(told[lid, 0] - still[lid, 0], told[lid, 1] - still[lid, 1], up)
        x, y = told[fold, 0] - still[fold, 0], told[fold, 1] - still[fold, 1]
        less = (1.0 - fold_share) * max(_along(x, y, up) - max(opened, 0.0), 0.0)
        wanted[fold, 0] = told[fold, 0] - less * up[0]
        wanted[fold, 1] = told[fold, 1] - less * up[1]
    for i in range(len(columns)):
        foot, top = columns[i]
        foot_x, foot_y = wanted[foot, 0] - still[foot, 0], wanted[foot, 1] - still[foot, 1]
        further_x, further_y = told[top, 0] - still[top, 0], told[top, 1] - still[top, 1]
        further_x, further_y = further_x - foot_x, further_y - foot_y
        x, y = still[top, 0] - still[foot, 0], still[top, 1] - still[foot, 1]
        longer = (further_x * x + further_y * y) / max(x * x + y * y, 1e-6)
        is_drawn = min(max(longer / drawn, 0.0), 1.0)
        # Only what the column gets longer by: what it is pushed aside by, all of it shares.
        by_skin = min(longer, most[i])
        for edge in range(2):
            vertex, share = moved[i, edge], shares[i, edge]
            skin = by_skin * (edge - share)  # below it nothing of that is seen, above it all
            there_x = still[vertex, 0] + foot_x + share * further_x + skin * x
            there_y = still[vertex, 1] + foot_y + share * further_y + skin * y
            wanted[vertex, 0] = told[vertex, 0] + is_drawn * (there_x - told[vertex, 0])
            wanted[vertex, 1] = told[vertex, 1] + is_drawn * (there_y - told[vertex, 1])


@nb.njit(nogil=True)
def _area(
    start: NDArray[np.float64], end: NDArray[np.float64], share: float, triangle: NDArray[np.int64]
) -> float:
    """Signed, of a triangle whose corners have gone so much of their way."""
    a, b, c = triangle
    ax, ay = start[a, 0], start[a, 1]
    ax, ay = ax + share * (end[a, 0] - ax), ay + share * (end[a, 1] - ay)
    bx, by = start[b, 0], start[b, 1]
    bx, by = bx + share * (end[b, 0] - bx), by + share * (end[b, 1] - by)
    cx, cy = start[c, 0], start[c, 1]
    cx, cy = cx + share * (end[c, 0] - cx), cy + share * (end[c, 1] - cy)
    return float(((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / 2.0)


@nb.njit("f8(f8[:,::1], f8[:,::1], i8[:,::1], f8, f8)", nogil=True, cache=True)
def sound_share(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    triangles: NDArray[np.int64],
    least: float,
    sliver: float,
) -> float:
    """How much of the way from `start` to `end` can be gone without triangles folding over.

    Args:
        start: (n, 2) vertices.
        end: (n, 2) likewise.
        triangles: (t, 3) corners, in such an order that areas are positive.
        least: share of its area at the start that each triangle must keep, if that is positive.
        sliver: area, in the vertices' unit squared, that it may lack all the same.

    Returns:
        0..1.
    """
    share, before = 1.0, 2.0
    while share < before:
        before = share
        for t in range(len(triangles)):
            room = _area(start, end, 0.0, triangles[t])
            bound = min(least * room, room) - sliver
            if not _area(start, end, share, triangles[t]) < bound:
                continue
            # Area is quadratic in the way: from `room` on it first comes down to the bound here.
            half, whole = _area(start, end, 0.5, triangles[t]), _area(start, end, 1.0, triangles[t])
            bend = 2.0 * (room + whole - 2.0 * half)
            slope = whole - room - bend
            root = np.sqrt(max(slope**2 - 4.0 * bend * (room - bound), 0.0))
            share = min(share, 2.0 * (room - bound) / (root - slope))
    return share
