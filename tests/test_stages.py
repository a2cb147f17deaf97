import numpy as np

from realtime.stages import step
from realtime.types import Presence
from tests.fakes import FakeTracker, ScriptedSource, drawn_presence, drawn_sequence, frame
from tests.rig import CARD, Rig


def test_step_tracks_moves_and_draws_one_frame() -> None:
    rig = Rig(ScriptedSource([]), tracker=FakeTracker([None]))
    out = np.zeros_like(CARD)
    motion = step(rig.open_stages(), frame(300, captured_ns=5), out)
    assert (motion.sequence, motion.captured_ns) == (300, 5)
    assert motion.presence is Presence.AWAY
    assert (drawn_sequence(out), drawn_presence(out)) == (300, Presence.AWAY)
