"""Whether the driver is there: tracking, held, away, returning.

face seen            lost <= hold            lost > hold              seen again
TRACKING ──────────▶ HELD ────────────────▶ AWAY ──────────────────▶ RETURNING ─▶ TRACKING
follow 1             follow 1 (last face)   follow 1 -> 0 (fade)     follow -> 1 (return)

The very first face is followed at once; easing into it is the mover's matter, which must learn the
driver's neutral first.
"""

from dataclasses import dataclass

from realtime.types import Face, Presence, Sighting

_LONGEST_STEP_S = 0.1


@dataclass(frozen=True, slots=True)
class PresenceSettings:
    """Times in seconds."""

    hold_s: float = 1.2
    "How long a lost face is held before the avatar goes idle."
    fade_s: float = 0.9
    "From full motion to idle."
    return_s: float = 0.5
    "From idle back to full motion."


class PresenceFilter:
    """The state machine above; time is an argument."""

    def __init__(self, settings: PresenceSettings | None = None) -> None:
        self._settings = settings or PresenceSettings()
        self._face: Face | None = None
        self._presence = Presence.AWAY
        self._follow = 0.0
        self._seen_ns = 0
        self._updated_ns: int | None = None

    def update(self, face: Face | None, sequence: int, captured_ns: int) -> Sighting:
        """What to show for the moment `captured_ns`, given the face found in it or None."""
        last_ns = captured_ns if self._updated_ns is None else self._updated_ns
        # After a gap the fade goes on from where it was.
        elapsed_s = min(_LONGEST_STEP_S, max(0, captured_ns - last_ns) / 1e9)
        self._updated_ns = captured_ns
        if face is not None:
            self._seen(face, captured_ns, elapsed_s)
        else:
            self._missed(captured_ns, elapsed_s)
        return Sighting(self._face, self._presence, self._follow, sequence, captured_ns)

    def between(self, face: Face | None, sequence: int, t_ns: int) -> Sighting:
        """As `update`, for a moment at which nobody looked: `face` is expected, and not seen."""
        seen_ns = self._seen_ns
        sighting = self.update(face, sequence, t_ns)
        self._seen_ns = seen_ns
        return sighting

    def _seen(self, face: Face, t_ns: int, elapsed_s: float) -> None:
        if self._face is None:
            self._follow = 1.0
        self._face = face
        self._seen_ns = t_ns
        if self._presence in (Presence.AWAY, Presence.RETURNING):
            self._follow = min(1.0, self._follow + elapsed_s / self._settings.return_s)
            self._presence = Presence.RETURNING
        if self._follow >= 1.0 or self._presence is Presence.HELD:
            self._presence = Presence.TRACKING

    def _missed(self, t_ns: int, elapsed_s: float) -> None:
        lost_s = (t_ns - self._seen_ns) / 1e9
        held = self._presence in (Presence.TRACKING, Presence.HELD)
        if self._face is not None and held and lost_s <= self._settings.hold_s:
            self._presence = Presence.HELD
            return
        self._presence = Presence.AWAY
        self._follow = max(0.0, self._follow - elapsed_s / self._settings.fade_s)
