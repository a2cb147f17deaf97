"""A rehearsal tells what the landmarker does not see from what is not drawn."""

from dataclasses import replace

import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState
from realtime.motion.rehearsal import Rehearsal
from realtime.types import Face

ASKED = [float(each) for each in np.linspace(-0.5, 1.0, 12)]
"Whole motions."


@pytest.mark.parametrize(("shown", "drawn"), [(1.0, 0.5), (0.5, 1.0)])
def test_only_what_is_drawn_and_not_seen_is_made_up_for(
    avatar: Avatar, shown: float, drawn: float
) -> None:
    """`shown` of what is drawn is seen, and `drawn` of what is asked is within the limits."""
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    way = np.random.default_rng(2).normal(0.0, 0.1, rest.shape.shape) * [1.0, 1.0, 0.0]

    def moved(state: HeadState, share: float) -> HeadState:
        return HeadState(state.pose, rest.shape + share * (state.shape - rest.shape))

    def look(state: HeadState) -> Face:
        return replace(avatar.face, landmarks=moved(state, shown).landmarks())

    states = [HeadState(rest.pose, rest.shape + share * way) for share in ASKED]
    learnt = Rehearsal.hold(
        rest,
        avatar.face,
        [avatar.face] * len(states),
        states,
        look,
        lambda state: moved(state, drawn),
    )
    wanted = moved(states[-1], drawn)
    pushed = learnt.response.undo(wanted).shape - wanted.shape
    assert (np.abs(pushed).mean() > 0.01) == (shown < 1.0)
