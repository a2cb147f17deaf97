from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.marking.points import LANDMARKS, MARKED, Marks
from realtime.marking.sheet import Sheet
from realtime.marking.window import Marking, mark_face
from realtime.models.face_mesh import FaceMesh
from realtime.types import RGB

PICTURE: RGB = np.full((400, 400, 3), (40, 80, 120), np.uint8)
SCALE = 760 / 400
"The picture is enlarged to the height of its box."
Act = tuple[float, float] | str


class FakeScreen:
    """Obeys a script: pairs are presses of the mouse, in pixels of the picture, strings keys."""

    def __init__(self, script: Sequence[Act], *, closes: bool = False) -> None:
        self._script = list(script)
        self._closes = closes
        self.size = (0, 0)
        self.shown: list[NDArray[np.uint8]] = []
        self.closed = 0

    def open(self, size: tuple[int, int]) -> "FakeScreen":
        self.size = size
        return self

    @property
    def is_open(self) -> bool:
        assert self._script or self._closes, "the script is over and the window still waits"
        return bool(self._script)

    def show(self, bgr: NDArray[np.uint8]) -> None:
        self.shown.append(bgr.copy())

    def click(self) -> tuple[int, int] | None:
        act = self._script[0] if self._script else ""
        if isinstance(act, str):
            return None
        del self._script[0]
        return round(act[0] * SCALE - 0.5), round(act[1] * SCALE - 0.5)

    def key(self) -> str:
        if self._script and isinstance(self._script[0], str):
            return str(self._script.pop(0))
        return ""

    def close(self) -> None:
        self.closed += 1


def placed(marks: Marks) -> list[Act]:
    return [(float(x), float(y)) for x, y in marks]


def marked(mesh: FaceMesh, screen: FakeScreen) -> Marks | None:
    result = mark_face(PICTURE, mesh, screen.open, lambda: None)
    assert screen.closed == 1
    return result


@pytest.mark.parametrize("enter", ["\r", "\n"])
def test_points_in_order_and_enter_give_the_marks(enter: str, mesh: FaceMesh, marks: Marks) -> None:
    screen = FakeScreen([*placed(marks), "", "", enter])
    result = marked(mesh, screen)
    assert result is not None
    np.testing.assert_allclose(result, marks, atol=0.5 / SCALE + 1e-6)
    assert len(screen.shown) == 1 + len(MARKED), "drawn anew only when something changed"
    assert screen.shown[0].shape == (screen.size[1], screen.size[0], 3)
    assert screen.shown[0][300, 20].tolist() == [120, 80, 40], "the screen takes BGR"


@pytest.mark.parametrize("backspace", ["\b", "\x7f"])
def test_backspace_takes_the_last_point_back(backspace: str, mesh: FaceMesh, marks: Marks) -> None:
    script = placed(marks)
    script[3:3] = [(9.0, 9.0), backspace]
    result = marked(mesh, FakeScreen([backspace, *script, "\r"]))
    assert result is not None
    np.testing.assert_allclose(result, marks, atol=0.3)


def test_enter_before_the_last_point_does_nothing(mesh: FaceMesh, marks: Marks) -> None:
    script = placed(marks)
    result = marked(mesh, FakeScreen([*script[:5], "\r", *script[5:], "\r"]))
    assert result is not None
    assert len(result) == len(MARKED)


def test_escape_leaves_without_marks(mesh: FaceMesh, marks: Marks) -> None:
    assert marked(mesh, FakeScreen([*placed(marks), "\x1b"])) is None


def test_closing_the_window_leaves_without_marks(mesh: FaceMesh, marks: Marks) -> None:
    assert marked(mesh, FakeScreen(placed(marks), closes=True)) is None


def test_press_beside_the_picture_places_nothing(mesh: FaceMesh, marks: Marks) -> None:
    result = marked(mesh, FakeScreen([(450.0, 10.0), (10.0, 500.0), *placed(marks), "\r"]))
    assert result is not None
    np.testing.assert_allclose(result, marks, atol=0.3)


def test_press_after_the_last_point_moves_the_nearest(mesh: FaceMesh, marks: Marks) -> None:
    chin = LANDMARKS.index(152)
    moved = marks.copy()
    moved[chin] += [3, 8]
    x, y = moved[chin]
    result = marked(mesh, FakeScreen([*placed(marks), (float(x), float(y)), "\r"]))
    assert result is not None
    np.testing.assert_allclose(result, moved, atol=0.3)


def test_every_point_is_asked_for_by_name_and_glows(mesh: FaceMesh, marks: Marks) -> None:
    marking = Marking(400, 400, mesh)
    for number, (point, (x, y)) in enumerate(zip(MARKED, marks, strict=True), 1):
        legend = marking.legend()
        assert legend.asked == point.landmark
        assert f"{number} of 18" in legend.lines[0]
        assert point.name in legend.lines
        marking.place(x, y)
    assert marking.legend().asked is None
    assert "[Enter] saves" in marking.legend().lines


def test_points_without_a_face_are_told_and_not_saved(mesh: FaceMesh, marks: Marks) -> None:
    mirrored = [400, 0] + marks * [-1, 1]
    marking = Marking(400, 400, mesh)
    for x, y in mirrored:
        marking.place(x, y)
    lines = marking.legend().lines
    assert "make no face" in " ".join(lines)
    assert "[Enter] saves" not in lines
    assert marked(mesh, FakeScreen([*placed(mirrored), "\r", "\x1b"])) is None


def test_sheet_shows_marks_face_and_the_asked_point(mesh: FaceMesh, marks: Marks) -> None:
    marking = Marking(400, 400, mesh)
    sheet = Sheet(PICTURE, mesh)
    blank = sheet.draw([], marking.legend(), None)
    for x, y in marks:
        marking.place(x, y)
    assert marking.face is not None
    full = sheet.draw(marking.places, marking.legend(), marking.face.landmarks)
    x, y = np.round(marks[0] * SCALE).astype(int)
    assert blank[y, x].tolist() == [40, 80, 120]
    assert full[y, x].tolist() == [90, 220, 120]
    outlined = (full[:, : round(400 * SCALE)] != blank[:, : round(400 * SCALE)]).any(axis=2)
    assert outlined.sum() > 18 * 100, "more than the dots"
    glowing = (blank == (255, 150, 40)).all(axis=2)
    assert glowing.any()
    assert not (full == (255, 150, 40)).all(axis=2).any()


@pytest.mark.parametrize("shape", [(3000, 200), (40, 40), (500, 4000)])
def test_pictures_of_any_shape_fit_and_map_back(shape: tuple[int, int], mesh: FaceMesh) -> None:
    height, width = shape
    sheet = Sheet(np.zeros((height, width, 3), np.uint8), mesh)
    assert sheet.size[0] <= 1400
    assert sheet.size[1] <= 760
    start = sheet.to_picture(0, 0)
    assert start is not None
    assert 0 <= start[0] < 0.02 * width + 1
    assert sheet.to_picture(-1, 0) is None
    assert sheet.to_picture(sheet.size[0] - 1, 0) is None
