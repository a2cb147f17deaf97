"""No face folds over: triangles that would show their back are pushed open again.

Faces differ, and a motion that is natural on one may carry an eyelid or a lip corner of another
across its neighbours. Each skin triangle must keep a share of the area that the head's turn alone
would leave it; where one does not, its corners are moved apart along the area's gradient, as in
position-based dynamics (Mueller et al., 2007).
"""

import numpy as np

from realtime.kernels.unfold import push_open
from realtime.models.face_mesh import FaceMesh
from realtime.motion.head_state import HeadState

_LEAST_SHARE = 0.1
_LEAST_AREA_PX2 = 0.4
"Triangles that the turned head shows this little of may go as they like."
_ROUNDS = 512
"Most folds are open after a few; a rare grimace needs hundreds."
_EAGER = 2.5
"Over-relaxation: corners are shared, and each round satisfies its triangles only in part."


class Unfolder:
    """Keeps one avatar's skin in order."""

    def __init__(self, rest: HeadState, mesh: FaceMesh) -> None:
        """`rest`: the avatar's own state."""
        self._triangles = np.ascontiguousarray(mesh.triangles[~mesh.in_openings], np.intp)
        corners = rest.shape[self._triangles]
        across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2.0
        self._sign = np.sign(across @ rest.pose.rotation[2])
        # As long as a triangle is large: what a turn shows of it is the last coordinate.
        self._normals = self._sign[:, None] * across
        self._scratch = np.empty_like(rest.shape)

    def __call__(self, state: HeadState) -> HeadState:
        """The state itself, or one without folds as near to it as a few rounds come."""
        turn = state.pose.rotation.T
        turned = self._normals @ state.pose.rotation[2]
        least_cm2 = _LEAST_AREA_PX2 / state.pose.scale**2
        least = np.where(turned > least_cm2, _LEAST_SHARE * turned, -np.inf)
        points = state.shape @ turn
        moved = push_open(
            points, self._triangles, self._sign, least, _ROUNDS, _EAGER, self._scratch
        )
        return HeadState(state.pose, points @ turn.T) if moved else state
