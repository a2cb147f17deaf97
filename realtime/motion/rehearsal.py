"""A rehearsal: some of the states that an avatar may have to show are drawn and looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from realtime.motion.amplitude import Amplitude, Look
from realtime.motion.head_state import HeadState
from realtime.motion.response import Response
from realtime.types import Face, Floats


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What one avatar learnt about performing."""

    amplitude: Amplitude
    response: Response

    @classmethod
    def hold(
        cls,
        rest: HeadState,
        reference: Face,
        faces: Sequence[Face],
        states: Sequence[HeadState],
        look: Look,
        limit: Callable[[HeadState], HeadState],
        *,
        turns: bool = True,
    ) -> "Rehearsal":
        """Rehearse, about 150 pictures; all other arguments as `Amplitude.learn` takes them.

        `limit` is `Plausible`, say: what it holds back is no fault of the landmarker's, and is not
        pushed further for not being seen.
        """

        def learn(wanted: Sequence[HeadState]) -> Response:
            return Response.learn(rest, [limit(state) for state in wanted], landmarks)

        def landmarks(state: HeadState) -> Floats | None:
            found = look(state)
            return None if found is None else found.landmarks

        # Amplitude is judged as it will be seen, which is with the response undone.
        first = learn(states)
        amplitude = Amplitude.learn(
            rest,
            reference,
            faces,
            states,
            lambda state: look(limit(first.undo(state))),
            turns=turns,
        )
        wanted = [
            amplitude.correct(face, state, reference.blendshapes)
            for face, state in zip(faces, states, strict=True)
        ]
        return cls(amplitude, learn(wanted))

    def correct(self, face: Face, state: HeadState, at_rest: Floats) -> HeadState:
        """The state to draw, for a driver who shows `face`, so that `state` is seen.

        `at_rest`: (52,) blendshapes of the driver, who need not be the one rehearsed with.
        """
        return self.response.undo(self.amplitude.correct(face, state, at_rest))


class RehearsalSource(Protocol):
    """Whoever knows what an avatar has rehearsed."""

    def update(self, face: Face, neutral: HeadState, at_rest: Floats) -> Rehearsal | None:
        """What to go by for this face of the driver's; None while nothing is known.

        Args:
            face: the driver's.
            neutral: what relative motion starts from.
            at_rest: (52,) the driver's blendshapes there.
        """

    def reset(self) -> None:
        """Somebody else may be there: learn him anew."""


@dataclass(frozen=True, slots=True)
class FixedRehearsal:
    """One that was held beforehand, or none."""

    rehearsal: Rehearsal | None = None

    def update(self, face: Face, neutral: HeadState, at_rest: Floats) -> Rehearsal | None:  # noqa: ARG002 - the contract's
        """See `RehearsalSource.update`."""
        return self.rehearsal

    def reset(self) -> None:
        """See `RehearsalSource.reset`: what was held beforehand stays."""
