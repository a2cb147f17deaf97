"""What the avatar does while nobody drives it: breathes, sways a little, blinks slowly."""

import math

import numpy as np

from realtime.motion.head_state import HeadState, turn_head
from realtime.motion.rig import Expression, Rig
from realtime.types import Similarity

_BREATH_S = 4.2
_BREATH_CM = 0.10
_SWAY_DEG = 0.7
_BLINK_EVERY_S = 4.6
_BLINK_S = 0.36


class Idle:
    """The idle motion of one avatar, a function of time."""

    def __init__(self, avatar: HeadState) -> None:
        self._avatar = avatar
        self._rig = Rig(avatar.shape)

    def at(self, t_ns: int) -> HeadState:
        """The avatar's state at time `t_ns`."""
        t_s = t_ns * 1e-9
        breath = math.sin(2 * math.pi * t_s / _BREATH_S)
        pose = turn_head(
            self._avatar,
            _SWAY_DEG * math.sin(2 * math.pi * t_s / 11.0),
            0.5 * _SWAY_DEG * breath,
            0.6 * _SWAY_DEG * math.sin(2 * math.pi * t_s / 7.3),
        )
        rise = np.array([0.0, -_BREATH_CM * breath * pose.scale, 0.0])
        pose = Similarity(pose.scale, pose.rotation, pose.translation + rise)
        return HeadState(pose, self._rig(Expression(blink=blink_at(t_s))))


def blink_at(t_s: float) -> float:
    """0 open to 1 shut: lids that fall fast and rise slowly, at uneven intervals."""
    turn = int(t_s / _BLINK_EVERY_S)
    # The golden ratio's multiples spread evenly and never repeat.
    start_s = turn * _BLINK_EVERY_S + (turn * 0.618034) % 1.0 * (_BLINK_EVERY_S - _BLINK_S)
    phase = (t_s - start_s) / _BLINK_S
    if not 0.0 < phase < 1.0:
        return 0.0
    return math.sin(math.pi * phase**0.7) ** 2
