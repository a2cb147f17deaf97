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
    """What one avatar has rehearsed for a live driver; it is asked by one thread."""

    def __init__(self, rehearse: Callable[[Driver | None], Rehearsing]) -> None:
        """`rehearse`: with a driver, or with an actor for one who is not known."""
        self._rehearse = rehearse
        self._with_actor = rehearse(None)
        self._with_driver: Rehearsing | None = None
        self._before: Rehearsal | None = None
        "With whoever was there before."
        self._faces: deque[Face] = deque(maxlen=_KEPT)
        self._smiles: deque[float] = deque(maxlen=_KEPT)
        self._passed = 0
        self._wants_anew = threading.Event()
        self._lock = threading.Lock()
        self._closed = False

    def __call__(self, face: Face, neutral: HeadState, at_rest: Floats) -> Rehearsal | None:
        """What is known when the driver shows `face`, which is remembered.

        Args:
            face: the driver's.
            neutral: what relative motion starts from.
            at_rest: (52,) the driver's blendshapes there.
        """
        if self._wants_anew.is_set():
            self._wants_anew.clear()
            self._forget()
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

    def meet_anew(self) -> None:
        """Get to know whoever is there from now on; until then what is known stays."""
        self._wants_anew.set()

    def close(self) -> None:
        """End what goes on; nothing begins any more."""
        with self._lock:
            self._closed = True
        for rehearsing in (self._with_actor, self._with_driver):
            if rehearsing is not None:
                rehearsing.close()

    def _forget(self) -> None:
        with self._lock:
            gone, self._with_driver = self._with_driver, None
        if gone is not None:
            self._before = gone.result() or self._before
            gone.close()
        self._faces.clear()
        self._smiles.clear()

    def _begin(self, neutral: HeadState, at_rest: Floats) -> None:
        faces = list(self._faces)
        self._faces.clear()
        unlike = np.abs(np.array([face.blendshapes for face in faces]) - at_rest).sum(axis=1)
        reference = replace(faces[int(unlike.argmin())], blendshapes=at_rest)
        with self._lock:
            if not self._closed:
                self._with_driver = self._rehearse(Driver(reference, neutral, faces))

    def _is_known(self) -> bool:
        smiled = max(self._smiles) - min(self._smiles) >= _SHOWN
        return smiled and len(self._faces) == _KEPT
