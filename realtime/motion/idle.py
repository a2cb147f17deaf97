"""What the avatar does by itself: breathes, sways a little, blinks slowly.

All of it while nobody drives it; a small share of the breathing, and no blinks, under a driver who
sits still.
"""

import math

import numpy as np

from realtime.easing import smoothstep
from realtime.motion.geometry import rotation_angle_deg
from realtime.motion.head_state import HeadState, blend_pose, turn_head
from realtime.motion.rig import Expression, Rig
from realtime.types import Similarity

_BREATH_S = 4.2
_BREATH_CM = 0.10
_SWAY_DEG = 0.7
_BLINK_EVERY_S = 4.6
_BLINK_S = 0.36

_UNDER_DRIVER = 0.4
"Of the idle sway: a quarter of a degree and a pixel, less than a driver moves who sits still."
_UNSEEN = 1e-3
"A share of which nothing can be seen."
_TRAIL_S = 0.7
"The driver's head against where it was about so long ago says how still he is."
_STILL_DEG, _MOVING_DEG = 0.5, 2.0
_DEG_PER_CM = 4.0
"A head that moves sideways or leans is as little still as one that turns about its neck."
_CALM_DOWN_S, _GIVE_WAY_S = 2.0, 0.3
_LONGEST_STEP_S = 0.1


class Idle:
    """The idle motion of one avatar, a function of time."""

    def __init__(self, avatar: HeadState) -> None:
        self._avatar = avatar
        self._rig = Rig(avatar.shape)

    def at(self, t_ns: int) -> HeadState:
        """The avatar's state at time `t_ns`."""
        pose = _breathe(self._avatar, t_ns, 1.0)
        return HeadState(pose, self._rig(Expression(blink=blink_at(t_ns * 1e-9))))


class Breathing:
    """The breath under a driver, in proportion to his stillness; gone as soon as he moves."""

    def __init__(self, amount: float) -> None:
        """`amount`: 1 breathes, 0 does not."""
        self._amount = amount
        self._trail: Similarity | None = None
        self._stillness = 0.0
        self._updated_ns = 0

    def __call__(self, state: HeadState, t_ns: int) -> HeadState:
        """The driven avatar's `state` at time `t_ns`, breathing."""
        if self._amount == 0.0:
            return state
        elapsed_s = min(max(0.0, (t_ns - self._updated_ns) * 1e-9), _LONGEST_STEP_S)
        self._updated_ns = t_ns
        trail = self._trail or state.pose
        moved_deg = _moved_deg(trail, state.pose)
        still = 1.0 - smoothstep((moved_deg - _STILL_DEG) / (_MOVING_DEG - _STILL_DEG))
        pace_s = _CALM_DOWN_S if still > self._stillness else _GIVE_WAY_S
        self._stillness += (still - self._stillness) * -math.expm1(-elapsed_s / pace_s)
        self._trail = blend_pose(trail, state.pose, -math.expm1(-elapsed_s / _TRAIL_S))
        share = _UNDER_DRIVER * self._amount * self._stillness
        if share < _UNSEEN:
            return state
        return HeadState(_breathe(state, t_ns, share), state.shape)


def _breathe(state: HeadState, t_ns: int, share: float) -> Similarity:
    """The pose of a head that breathes and sways, `share` of the idle way."""
    t_s = t_ns * 1e-9
    breath = math.sin(2 * math.pi * t_s / _BREATH_S)
    pose = turn_head(
        state,
        share * _SWAY_DEG * math.sin(2 * math.pi * t_s / 11.0),
        share * 0.5 * _SWAY_DEG * breath,
        share * 0.6 * _SWAY_DEG * math.sin(2 * math.pi * t_s / 7.3),
    )
    rise = np.array([0.0, -share * _BREATH_CM * breath * pose.scale, 0.0])
    return Similarity(pose.scale, pose.rotation, pose.translation + rise)


def _moved_deg(start: Similarity, end: Similarity) -> float:
    """How far the head went, turns, shifts and leaning in one."""
    turned_deg = rotation_angle_deg(end.rotation @ start.rotation.T)
    shifted_cm = math.dist(end.translation[:2], start.translation[:2]) / end.scale
    leant_deg = math.degrees(abs(math.log(end.scale / start.scale)))
    return turned_deg + _DEG_PER_CM * shifted_cm + leant_deg


def blink_at(t_s: float) -> float:
    """0 open to 1 shut: lids that fall fast and rise slowly, at uneven intervals."""
    turn = int(t_s / _BLINK_EVERY_S)
    # The golden ratio's multiples spread evenly and never repeat.
    start_s = turn * _BLINK_EVERY_S + (turn * 0.618034) % 1.0 * (_BLINK_EVERY_S - _BLINK_S)
    phase = (t_s - start_s) / _BLINK_S
    if not 0.0 < phase < 1.0:
        return 0.0
    return math.sin(math.pi * phase**0.7) ** 2
