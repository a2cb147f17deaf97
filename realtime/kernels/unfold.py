"""Push triangles open that would show their back; `realtime.motion.unfold` says which and why."""

import numba as nb
import numpy as np
from numpy.typing import NDArray


@nb.njit(
    "i8(f8[:,::1], intp[:,::1], f8[::1], f8[::1], i8, f8, f8[:,::1])",
    nogil=True,
    cache=True,
)
def push_open(
    points: NDArray[np.float64],
    triangles: NDArray[np.intp],
    sign: NDArray[np.float64],
    least: NDArray[np.float64],
    rounds: int,
    eager: float,
    moves: NDArray[np.float64],
) -> int:
    """Move corners apart until every triangle has its area, or rounds are over.

    Args:
        points: (n, 2 or more) places in a plane, moved in place; further columns are not looked at.
        triangles: (t, 3) corners.
        sign: (t,) of the area of a triangle that shows its face.
        least: (t,) area that it must have, -inf for any.
        rounds: so many at most.
        eager: over-relaxation.
        moves: (n, 3) scratch: what a round asks of each corner, and for how many triangles.

    Returns:
        How many rounds moved anything.
    """
    for done in range(rounds):
        moves[:] = 0.0
        sound = True
        for t in range(len(triangles)):
            a, b, c = triangles[t]
            first_x, first_y = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1]
            second_x, second_y = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1]
            area = (first_x * second_y - first_y * second_x) / 2.0 * sign[t]
            if not least[t] > area:
                continue
            sound = False
            third_x, third_y = second_x - first_x, second_y - first_y
            sides = first_x**2 + first_y**2 + second_x**2 + second_y**2 + third_x**2 + third_y**2
            step = eager * (least[t] - area) / max(sides / 4.0, 1e-9) * sign[t] / 2.0
            # The area grows fastest when a corner leaves the side opposite to it at right angles.
            for corner in range(3):
                point = triangles[t, corner]
                start, end = triangles[t, (corner + 1) % 3], triangles[t, (corner + 2) % 3]
                moves[point, 0] -= step * (points[end, 1] - points[start, 1])
                moves[point, 1] += step * (points[end, 0] - points[start, 0])
                moves[point, 2] += 1.0
        if sound:
            return done
        for point in range(len(points)):
            if moves[point, 2] > 0.0:
                points[point, 0] += moves[point, 0] / moves[point, 2]
                points[point, 1] += moves[point, 1] / moves[point, 2]
    return rounds
