"""Getting to know a live driver: the avatar rehearses with an actor first, then with the driver.

What holds of the actor holds of him in part only: how far his jaw goes for a score, and what of
his brows can be seen at all, is his own. Once he has been seen for a minute, his own faces are
rehearsed, in the same way. They are landmarks and scores; no pixel of his is kept. He must have
smiled by then, or does it later: smiles are what the actor is best at, and what an avatar that had
learnt from a grave driver alone would show too little of.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np

from realtime.models.blendshapes import NAMES
from realtime.motion.head_state import HeadState
from realtime.motion.rehearsal import Rehearsal
from realtime.rehearsing import Driver
from realtime.types import Face, Floats

_EVERY = 5
"Of his faces, one in so many is kept."
_KEPT = 360
"A minute at thirty a second; older ones are forgotten."
ENOUGH = _EVERY * _KEPT
"Faces after which a driver is known, if they show enough."
_SMILE = [NAMES.index("mouthSmileLeft"), NAMES.index("mouthSmileRight")]
_SHOWN = 0.35
"By how much the score of a smile must have changed."


class Rehearsing(Protocol):
    """A rehearsal that goes on elsewhere."""

    def result(self) -> Rehearsal | None:
        """What it taught, once it is over; the first call begins it."""

    def close(self) -> None:
        """End it."""


class Acquaintance:
    """Implements `realtime.motion.rehearsal.RehearsalSource` for a live driver.

    All but `close` is for one thread.
    """

    def __init__(self, rehearse: Callable[[Driver | None], Rehearsing]) -> None:
        """`rehearse`: with a driver, or with an actor for one who is not known."""
        self._rehearse = rehearse
        self._with_actor = rehearse(None)
        self._with_driver: Rehearsing | None = None
        self._before: Rehearsal | None = None
        "With whoever was there before."
        self._faces: deque[Face] = deque(maxlen=_KEPT)
        self._smiles: deque[float] = deque(maxlen=_KEPT)
        "Of those faces, since a picture waits while they are compared."
        self._passed = 0
        self._lock = threading.Lock()
        self._closed = False

    def update(self, face: Face, neutral: HeadState, at_rest: Floats) -> Rehearsal | None:
        """See `RehearsalSource.update`; the face is remembered."""
        with_actor = self._with_actor.result()
        if self._with_driver is not None:
            return self._with_driver.result() or self._before or with_actor
        self._passed += 1
        if self._passed % _EVERY == 0:
            self._faces.append(face)
            self._smiles.append(float(face.blendshapes[_SMILE].mean()))
            # One after the other: a live run has little room for either.
            if with_actor is not None and self._is_known():
                self._begin(neutral, at_rest)
        return self._before or with_actor

    def reset(self) -> None:
        """See `RehearsalSource.reset`; until he is known, what is known of the last one counts."""
        with self._lock:
            gone, self._with_driver = self._with_driver, None
        if gone is not None:
            self._before = gone.result() or self._before
            gone.close()
        self._faces.clear()
        self._smiles.clear()

    def close(self) -> None:
        """End what goes on; nothing begins any more."""
        with self._lock:
            self._closed = True
        for rehearsing in (self._with_actor, self._with_driver):
            if rehearsing is not None:
                rehearsing.close()

    def _begin(self, neutral: HeadState, at_rest: Floats) -> None:
        faces = list(self._faces)
        self._faces.clear()
        unlike = np.abs(np.array([face.blendshapes for face in faces]) - at_rest).sum(axis=1)
        reference = replace(faces[int(unlike.argmin())], blendshapes=at_rest)
        with self._lock:
            if not self._closed:
                self._with_driver = self._rehearse(Driver(reference, neutral, faces))

    def _is_known(self) -> bool:
        return len(self._faces) == _KEPT and max(self._smiles) - min(self._smiles) >= _SHOWN
