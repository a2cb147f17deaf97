"""The mover: from what tracking saw to what the avatar does."""

import threading

from realtime.easing import smoothstep
from realtime.models.face_mesh import FaceMesh
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState, blend
from realtime.motion.idle import Breathing, Idle
from realtime.motion.neutral import NeutralCalibrator, NeutralSource
from realtime.motion.plausible import Plausible
from realtime.motion.rehearsal import FixedRehearsal, Rehearsal, RehearsalSource
from realtime.motion.retarget import Retargeter, Strengths
from realtime.types import Face, Motion, Sighting

_JOIN_S = 0.5
"From idle to the driver's motion once the neutral is known; to what each rehearsal makes of it."


class RelativeMover:
    """Implements `realtime.motion.Mover`.

    Until the driver's neutral is known, and while nobody is there, the avatar idles; from there to
    the driver's motion and back it glides.
    """

    def __init__(
        self,
        avatar: Face,
        mesh: FaceMesh,
        *,
        strengths: Strengths | None = None,
        relative: bool = True,
        neutral: NeutralSource | None = None,
        rehearsal: RehearsalSource | None = None,
        breathing: float = 0.0,
    ) -> None:
        """Prepare for one avatar.

        Args:
            avatar: the portrait's own face, landmarks in the pixels that the renderer draws.
            mesh: the canonical face.
            strengths: how much of the driver's motion to show.
            relative: False for the driver's own shape and angles, see `Retargeter`.
            neutral: the driver's rest; None learns it from the driver.
            rehearsal: what the avatar is known to show of what it is told, to be made up for; None
                takes it at its word.
            breathing: how much to breathe under a driver who sits still; 0 adds nothing to him.
        """
        self._fitter = PoseFitter(mesh)
        self._rest = HeadState.of(avatar.landmarks, self._fitter)
        self._retarget = Retargeter(self._rest, strengths or Strengths(), relative=relative)
        self._rehearsal = rehearsal or FixedRehearsal()
        self._known: Rehearsal | None = None
        self._known_before: Rehearsal | None = None
        self._plausible = Plausible(self._rest, mesh)
        self._neutral = neutral or NeutralCalibrator(avatar, self._fitter)
        self._known_at_once = neutral is not None
        self._idle = Idle(self._rest)
        self._breathing = Breathing(breathing)
        self._join = self._made_up = 0.0
        self._moved_ns: int | None = None
        self._wants_recalibration = threading.Event()

    def move(self, sighting: Sighting) -> Motion:
        """See `Mover.move`."""
        if self._wants_recalibration.is_set():
            self._wants_recalibration.clear()
            self._neutral.reset()
            self._rehearsal.reset()
            self._join = 0.0
        driven = self._drive(sighting)
        share = 0.0 if driven is None else smoothstep(sighting.follow) * smoothstep(self._join)
        state = self._idle.at(sighting.captured_ns) if share < 1.0 or driven is None else driven
        if driven is not None:
            state = blend(state, driven, share)
        return Motion(
            landmarks=state.landmarks(),
            head=state.motion_from(self._rest),
            presence=sighting.presence,
            sequence=sighting.sequence,
            captured_ns=sighting.captured_ns,
        )

    def recalibrate(self) -> None:
        """See `Mover.recalibrate`."""
        self._wants_recalibration.set()

    def _drive(self, sighting: Sighting) -> HeadState | None:
        elapsed_ns = 0 if self._moved_ns is None else sighting.captured_ns - self._moved_ns
        self._moved_ns = sighting.captured_ns
        if sighting.face is None:
            return None
        neutral = self._neutral.update(sighting.face, sighting.captured_ns)
        if neutral is None:
            return None
        step = 1.0 if self._known_at_once else elapsed_ns * 1e-9 / _JOIN_S
        self._join = min(1.0, self._join + step)
        state = self._retarget(HeadState.of(sighting.face.landmarks, self._fitter), neutral)
        state = self._plausible(self._make_up(sighting.face, state, neutral, step))
        return self._breathing(state, sighting.captured_ns)

    def _make_up(self, face: Face, state: HeadState, neutral: HeadState, step: float) -> HeadState:
        """The state to draw so that `state` is seen, as far as that is known."""
        known = self._rehearsal.update(face, neutral, self._neutral.blendshapes)
        if known is not self._known:
            self._known_before, self._known, self._made_up = self._known, known, 0.0
        self._made_up = min(1.0, self._made_up + step)
        corrected = self._corrected(self._known, face, state)
        if self._made_up == 1.0:
            return corrected
        before = self._corrected(self._known_before, face, state)
        return blend(before, corrected, smoothstep(self._made_up))

    def _corrected(self, rehearsal: Rehearsal | None, face: Face, state: HeadState) -> HeadState:
        if rehearsal is None:
            return state
        return rehearsal.correct(face, state, self._neutral.blendshapes)
