"""The window in which a user places the points of a face, one after the other."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from realtime.errors import InputError
from realtime.marking.face import face_from_marks
from realtime.marking.points import MARKED, Marks
from realtime.marking.sheet import Legend, Sheet
from realtime.models.face_mesh import FaceMesh
from realtime.output.window import Screen
from realtime.types import RGB, Face

_ENTER = ("\r", "\n")
_BACKSPACE = ("\b", "\x7f")
_ESCAPE = "\x1b"
_KEYS = ("[Backspace] takes the last one back", "[Esc] leaves without saving")
_LINE_CHARACTERS = 40


class PointingScreen(Screen, Protocol):
    """A screen with a mouse."""

    def click(self) -> tuple[int, int] | None:
        """Where the mouse was pressed, x and y in pixels of what is shown; None if nowhere."""


def mark_face(
    picture: RGB,
    mesh: FaceMesh,
    open_screen: Callable[[tuple[int, int]], PointingScreen],
    pause: Callable[[], None],
) -> Marks | None:
    """Let the user place the points of `MARKED`; None when he leaves without saving.

    Args:
        picture: (h, w, 3) the portrait.
        mesh: the canonical face.
        open_screen: opens a window of a width and height; it is closed here.
        pause: waits a moment, between one look at mouse and keys and the next.

    Raises:
        DeviceError: there is no display to open a window on.
    """
    sheet = Sheet(picture, mesh)
    marking = Marking(picture.shape[1], picture.shape[0], mesh)
    screen = open_screen(sheet.size)
    try:
        screen.show(_drawn(sheet, marking))
        while screen.is_open:
            click, key = screen.click(), screen.key()
            place = None if click is None else sheet.to_picture(*click)
            if place is not None:
                marking.place(*place)
            if key in _BACKSPACE:
                marking.undo()
            if key == _ESCAPE:
                return None
            if key in _ENTER and marking.face is not None:
                return marking.marks
            if place is not None or key in _BACKSPACE:
                screen.show(_drawn(sheet, marking))
            pause()
        return None
    finally:
        screen.close()


class Marking:
    """The points placed so far, and the face that they make once all are there."""

    def __init__(self, width: int, height: int, mesh: FaceMesh) -> None:
        """`width` and `height` of the picture, pixels."""
        self._size = (width, height)
        self._mesh = mesh
        self.places: list[tuple[float, float]] = []
        self.face: Face | None = None
        self.complaint = ""
        "Why all points together make no face."

    @property
    def marks(self) -> Marks:
        """As many as there are."""
        return np.array(self.places, np.float64).reshape(-1, 2)

    def place(self, x: float, y: float) -> None:
        """The next point is here; once all are placed, the nearest one is."""
        if len(self.places) < len(MARKED):
            self.places.append((x, y))
        else:
            nearest = np.linalg.norm(self.marks - [x, y], axis=1).argmin()
            self.places[int(nearest)] = (x, y)
        self._derive()

    def undo(self) -> None:
        """Take the last point back, if there is one."""
        del self.places[-1:]
        self._derive()

    def legend(self) -> Legend:
        """What to tell the user now."""
        count = len(self.places)
        if count < len(MARKED):
            asked = MARKED[count]
            lines = [f"{count + 1} of {len(MARKED)}: press where this is", asked.name, asked.hint]
            return Legend([*lines, "", *_KEYS], asked.landmark)
        if self.face is None:
            return Legend([*_broken(self.complaint), "", *_KEYS], None)
        lines = ["Do the lines lie on the face?", "Press beside a point to move it there", ""]
        return Legend([*lines, "[Enter] saves", *_KEYS], None)

    def _derive(self) -> None:
        self.face, self.complaint = None, ""
        if len(self.places) < len(MARKED):
            return
        try:
            self.face = face_from_marks(self.marks, self._size, self._mesh)
        except InputError as error:
            self.complaint = str(error)


def _drawn(sheet: Sheet, marking: Marking) -> RGB:
    landmarks = None if marking.face is None else marking.face.landmarks
    drawn = sheet.draw(marking.places, marking.legend(), landmarks)
    return np.ascontiguousarray(drawn[..., ::-1])


def _broken(text: str) -> list[str]:
    """The text in lines that fit beside the picture."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= _LINE_CHARACTERS:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".lstrip()
    return lines
