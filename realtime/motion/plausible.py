"""What is drawn of what is asked: brows, nose and mouth within limits, and skin without folds.

Whatever draws an avatar, or rehearses it, asks here: a rehearsal that looks at other pictures than
will be shown learns how to show those.
"""

from realtime.models.face_mesh import FaceMesh
from realtime.motion.brow_limits import BrowLimits
from realtime.motion.head_state import HeadState
from realtime.motion.lip_limits import LipLimits
from realtime.motion.lip_places import LipPlaces
from realtime.motion.mouth_limits import MouthLimits
from realtime.motion.nose_limits import NoseLimits
from realtime.motion.unfold import Unfolder


class Plausible:
    """One avatar's."""

    def __init__(self, rest: HeadState, mesh: FaceMesh) -> None:
        """`rest`: the avatar's own state."""
        limits = BrowLimits, NoseLimits, MouthLimits, LipPlaces, LipLimits
        self._limits = [each(rest) for each in limits]
        self._unfold = Unfolder(rest, mesh)

    def __call__(self, state: HeadState) -> HeadState:
        """The state itself, or one near to it that the avatar can be in."""
        for limited in self._limits:
            state = limited(state)
        return self._unfold(state)
