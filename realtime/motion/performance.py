"""The actor's script: a face that does everything a driver does, known to the last digit.

Twenty-four seconds, then again: rest, head turns, nods, tilts, blinks, brows, gaze, a smile,
speech, all at once, and back to rest. Time is in seconds; every channel is smooth.
"""

import math
from dataclasses import dataclass

from realtime.easing import smoothstep
from realtime.motion.head_state import HeadState, turn_head
from realtime.motion.idle import blink_at
from realtime.motion.rig import Expression, Rig
from realtime.types import Similarity

LENGTH_S = 24.0


@dataclass(frozen=True, slots=True)
class Cue:
    """What the actor does at one moment."""

    expression: Expression
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    lean: float
    "Towards the camera: share of the head's size."


class Performance:
    """The script, played by one face."""

    def __init__(self, face: HeadState) -> None:
        self._face = face
        self._rig = Rig(face.shape)

    def at(self, t_s: float) -> HeadState:
        """The face at time `t_s`."""
        cue = cue_at(t_s)
        pose = turn_head(self._face, cue.yaw_deg, cue.pitch_deg, cue.roll_deg)
        centre = pose.scale * pose.rotation @ self._face.shape.mean(axis=0) + pose.translation
        zoom = 1.0 + cue.lean
        pose = Similarity(
            pose.scale * zoom, pose.rotation, centre + zoom * (pose.translation - centre)
        )
        return HeadState(pose, self._rig(cue.expression))


def cue_at(t_s: float) -> Cue:
    """The script at time `t_s`."""
    t = t_s % LENGTH_S
    talk = _during(t, 13.0, 18.5) + 0.8 * _during(t, 19.5, 22.5)
    return Cue(
        expression=Expression(
            jaw=talk * _speech(t) + 0.75 * _during(t, 11.6, 12.8),
            smile=0.85 * _during(t, 9.0, 11.4) + 0.5 * _during(t, 20.0, 22.8),
            pucker=talk * 0.5 * max(0.0, math.sin(2 * math.pi * 1.1 * t + 1.0)) ** 2,
            brows=0.9 * _during(t, 7.4, 8.8) - 0.7 * _during(t, 15.0, 16.2),
            blink=max(blink_at(t_s), _during(t, 8.9, 9.3), _during(t, 18.7, 19.3)),
            look_right=_during(t, 5.4, 6.2) - _during(t, 6.4, 7.2),
            look_up=0.8 * _during(t, 7.3, 7.9),
        ),
        yaw_deg=_swing(t, 1.0, 3.6, 24.0) + _swing(t, 14.0, 22.0, 9.0, 2.5),
        pitch_deg=_swing(t, 3.4, 5.4, 13.0) + _swing(t, 13.5, 18.0, 4.0, 4.0),
        roll_deg=_swing(t, 10.0, 12.5, 14.0) + _swing(t, 19.0, 22.5, 7.0),
        lean=0.08 * _during(t, 16.0, 19.0),
    )


def _during(t: float, start: float, end: float) -> float:
    """1 between start and end, with eased flanks of a quarter of the span."""
    flank = (end - start) / 4
    return smoothstep(min((t - start) / flank, (end - t) / flank))


def _swing(t: float, start: float, end: float, amount: float, turns: float = 1.0) -> float:
    """To one side, to the other and back, `turns` times, eased in and out."""
    if not start < t < end:
        return 0.0
    phase = (t - start) / (end - start)
    return amount * math.sin(2 * math.pi * turns * phase) * math.sqrt(math.sin(math.pi * phase))


def _speech(t: float) -> float:
    """Jaw openings of about five syllables a second, none like the last."""
    syllables = 0.5 + 0.5 * math.sin(2 * math.pi * 4.6 * t)
    stress = 0.35 + 0.25 * math.sin(2 * math.pi * 0.9 * t) + 0.15 * math.sin(2 * math.pi * 2.3 * t)
    return syllables * max(0.0, stress)
