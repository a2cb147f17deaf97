"""What is drawn of what is asked: a mouth within its limits, and skin without folds.

Whatever draws an avatar, or rehearses it, asks here: a rehearsal that looks at other pictures than
will be shown learns how to show those.
"""

from realtime.models.face_mesh import FaceMesh
from realtime.motion.head_state import HeadState
from realtime.motion.mouth_limits import MouthLimits
from realtime.motion.unfold import Unfolder


class Plausible:
    """One avatar's."""

    def __init__(self, rest: HeadState, mesh: FaceMesh) -> None:
        """`rest`: the avatar's own state."""
        self._limit_mouth = MouthLimits(rest)
        self._unfold = Unfolder(rest, mesh)

    def __call__(self, state: HeadState) -> HeadState:
        """The state itself, or one near to it that the avatar can be in."""
        return self._unfold(self._limit_mouth(state))
