"""A rehearsal: some of the states that an avatar may have to show are drawn and looked at."""

from collections.abc import Sequence

from realtime.motion.amplitude import Amplitude, Look
from realtime.motion.head_state import HeadState
from realtime.motion.response import Response
from realtime.types import Face, Floats


class Rehearsal:
    """What one avatar learnt about performing."""

    def __init__(
        self,
        rest: HeadState,
        reference: Face,
        faces: Sequence[Face],
        states: Sequence[HeadState],
        look: Look,
        *,
        turns: bool = True,
    ) -> None:
        """Rehearse, about a hundred pictures; arguments as `Amplitude` takes them."""

        def landmarks(state: HeadState) -> Floats | None:
            found = look(state)
            return None if found is None else found.landmarks

        # Amplitude is judged as it will be seen, which is with the response undone.
        first = Response(rest, states, landmarks)
        self._amplitude = Amplitude(
            rest, reference, faces, states, lambda state: look(first.undo(state)), turns=turns
        )
        wanted = [
            self._amplitude.correct(face, state, reference.blendshapes)
            for face, state in zip(faces, states, strict=True)
        ]
        self._response = Response(rest, wanted, landmarks)

    def correct(self, face: Face, state: HeadState, at_rest: Floats) -> HeadState:
        """The state to draw, for a driver who shows `face`, so that `state` is seen.

        `at_rest`: (52,) blendshapes of the driver, who need not be the one rehearsed with.
        """
        return self._response.undo(self._amplitude.correct(face, state, at_rest))
