"""The contact sheets of docs/fidelity.md.

    python -m bench.sheets [FOLDER]

Two portraits that anyone may see: the photograph that is there when nobody brings one (public
domain), and a face drawn here, marked as `mimicam avatar mark` would have it marked. Three sheets:
expressions and turns set by hand; the actor and both portraits driven by him, as `mimicam animate`
does it; and what is asked too much.
"""

import argparse
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from bench.inputs import folder_to_write, told_plainly
from realtime.avatar import Avatar, load_avatar
from realtime.capture.picture import read_picture
from realtime.demo_portrait import demo_portrait
from realtime.marking.file import save_marks
from realtime.marking.points import MARKED, Marks
from realtime.models.store import Store
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState, turn_head
from realtime.motion.rig import Expression, Rig
from realtime.motion.unfold import Unfolder
from realtime.offline import ACTOR, Transfer, open_driving, perform, track
from realtime.output.contact_sheet import contact_sheet
from realtime.provenance.badge import Badge
from realtime.types import RGB, Face, Motion, Presence

_CELL_PX = 220
_IN_A_ROW = 7
_SHOWN_FACES = 2.1
"Side of a cell, in heights of the face at rest."
_QUALITY = 77
_ACTED = (50, 88, 118, 174, 243, 306, 366, 462)
"The actor's frames: turned to both sides, nod, gaze, brows, smile and tilt, open mouth, speech."
_CUT_PX = 95
"Rows taken off the photograph's top, so that the picture's edge goes through the cap."
_SIDE_PX, _FINER = 512, 4
_BITS = 4
"Of a pixel's fraction, for OpenCV's drawing."


@dataclass(frozen=True, slots=True)
class Pose:
    """What the face is set to; angles are degrees away from the portrait's own."""

    expression: Expression = field(default_factory=Expression)
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0


POSES = (
    Pose(), Pose(Expression(blink=1)), Pose(Expression(jaw=0.6)), Pose(Expression(smile=1)),
    Pose(Expression(pucker=1, brows=1)), Pose(Expression(look_right=1)),
    Pose(Expression(look_right=-1, look_up=0.6)),
    Pose(yaw=-30), Pose(yaw=30), Pose(pitch=-20), Pose(pitch=20), Pose(roll=-15),
    Pose(Expression(smile=0.7, jaw=0.3), yaw=20, pitch=8), Pose(Expression(blink=0.5), yaw=-20),
)  # fmt: skip
TOO_MUCH = (
    Pose(yaw=-45), Pose(yaw=45), Pose(pitch=-30), Pose(pitch=30), Pose(Expression(jaw=1.3)),
    Pose(Expression(smile=1.2, jaw=1)), Pose(Expression(look_right=1.6, brows=1.8)),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=folder_to_write, nargs="?", default=Path("docs/images"))
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    store = Store()
    picture = read_picture(demo_portrait())
    photograph = load_avatar(picture, "the photograph", None, store)
    cut = load_avatar(np.ascontiguousarray(picture[_CUT_PX:]), "its lower part", None, store)
    drawing = _drawn_avatar(store)
    for name, rows in (
        ("expressions", [*_in_rows(photograph, POSES), *_in_rows(drawing, POSES)]),
        ("driven", _driven([photograph, drawing], store)),
        (
            "limits",
            [row for each in (photograph, drawing, cut) for row in _in_rows(each, TOO_MUCH)],
        ),
    ):
        sheet = contact_sheet(rows, _CELL_PX)
        Badge((sheet.shape[1], sheet.shape[0])).stamp(sheet)
        file = str(folder / f"{name}.jpg")
        cv2.imwrite(file, sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])


def _in_rows(avatar: Avatar, poses: tuple[Pose, ...]) -> list[list[RGB]]:
    cells = _drawn(avatar, poses)
    return [cells[start : start + _IN_A_ROW] for start in range(0, len(cells), _IN_A_ROW)]


def _drawn(avatar: Avatar, poses: tuple[Pose, ...]) -> list[RGB]:
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    rig, unfold, renderer = Rig(rest.shape), Unfolder(rest, avatar.mesh), avatar.open_renderer()
    cells = []
    for pose in poses:
        head = turn_head(rest, pose.yaw, pose.pitch, pose.roll)
        state = unfold(HeadState(head, rig(pose.expression)))
        motion = Motion(state.landmarks(), state.motion_from(rest), Presence.TRACKING, 0, 0)
        cells.append(np.empty_like(avatar.portrait.canvas))
        renderer.render(motion, cells[-1])
    return [_round_face(cell, avatar.face) for cell in cells]


def _driven(avatars: list[Avatar], store: Store) -> list[list[RGB]]:
    """The actor's row, then a row for each portrait."""
    sightings = track(open_driving(ACTOR, store), store, "the actor")
    actor = open_driving(ACTOR, store)
    frames = [actor.read() for _ in sightings]
    first = next(sighting.face for sighting in sightings if sighting.face is not None)
    rows = [[_round_face(frames[moment].pixels, first) for moment in _ACTED]]
    for avatar in avatars:
        outputs = list(perform(avatar, sightings, Transfer(), rehearse_with=store, badge=False))
        rows.append([_round_face(outputs[moment], avatar.face) for moment in _ACTED])
    return rows


def _round_face(picture: RGB, face: Face) -> RGB:
    """A square cut round where the face is at rest, within the picture."""
    low, high = face.landmarks[:, :2].min(axis=0), face.landmarks[:, :2].max(axis=0)
    side = min(*picture.shape[:2], round(_SHOWN_FACES * float(high[1] - low[1])))
    room = np.array([picture.shape[1] - side, picture.shape[0] - side])
    left, top = np.clip((low + high - side) / 2, 0, room).astype(int)
    return picture[top : top + side, left : left + side]


def _drawn_avatar(store: Store) -> Avatar:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "drawing.png"
        picture, marks = drawing()
        cv2.imwrite(str(file), picture[..., ::-1])
        save_marks(file, (_SIDE_PX, _SIDE_PX), marks)
        return load_avatar(picture, file.name, None, store, file=file)


class _Pen:
    """Draws on a finer canvas than it gives; coordinates are the picture's pixels."""

    def __init__(self, paper: tuple[int, int, int]) -> None:
        side = _SIDE_PX * _FINER
        self._canvas = np.full((side, side, 3), paper, np.uint8)

    def ellipse(
        self,
        middle: tuple[float, float],
        half: tuple[float, float],
        colour: tuple[int, int, int],
        arc: tuple[float, float] = (0, 360),
        line: float = 0,
    ) -> None:
        """Filled, or an arc of `line` pixels; 0 degrees is to the right, 90 is down."""
        unit = _FINER << _BITS
        x, y, across, down = (round(value * unit) for value in (*middle, *half))
        width = round(line * _FINER) if line else -1
        cv2.ellipse(
            self._canvas, (x, y), (across, down), 0, *arc, colour, width, cv2.LINE_AA, _BITS
        )

    def shape(self, corners: list[tuple[float, float]], colour: tuple[int, int, int]) -> None:
        points = np.round(np.array(corners) * (_FINER << _BITS)).astype(np.int32)
        cv2.fillPoly(self._canvas, [points], colour, cv2.LINE_AA, _BITS)

    def soften(self, sigma_px: float) -> None:
        """Blur all that has been drawn so far."""
        cv2.GaussianBlur(self._canvas, (0, 0), sigma_px * _FINER, dst=self._canvas)

    def picture(self) -> RGB:
        size = (_SIDE_PX, _SIDE_PX)
        return np.asarray(cv2.resize(self._canvas, size, interpolation=cv2.INTER_AREA), np.uint8)


def drawing() -> tuple[RGB, Marks]:
    """A face of nobody, and where its points are."""
    pen = _Pen((178, 196, 202))
    _draw_head(pen)
    for x in (210, 302):
        _draw_eye(pen, x, 250)
    _draw_nose_and_mouth(pen)
    marks = {
        "left eye, outer corner": (184, 250), "left eye, inner corner": (236, 250),
        "left eye, upper lid": (210, 238), "left eye, lower lid": (210, 262),
        "right eye, inner corner": (276, 250), "right eye, outer corner": (328, 250),
        "right eye, upper lid": (302, 238), "right eye, lower lid": (302, 262),
        "left brow": (205, 216), "right brow": (307, 216), "tip of the nose": (256, 298),
        "left corner of the mouth": (222, 345), "right corner of the mouth": (290, 345),
        "upper lip, lower edge": (256, 346), "lower lip, upper edge": (256, 347),
        "tip of the chin": (256, 395),
        "left edge of the face": (156, 300), "right edge of the face": (356, 300),
    }  # fmt: skip
    return pen.picture(), np.array([marks[point.name] for point in MARKED], np.float64)


def _draw_head(pen: _Pen) -> None:
    skin, shade, blush, hair = (232, 188, 160), (208, 158, 132), (231, 178, 151), (78, 54, 42)
    pen.ellipse((256, 250), (128, 148), hair)
    pen.ellipse((256, 560), (200, 125), (66, 98, 138))
    pen.shape([(218, 360), (294, 360), (300, 452), (256, 470), (212, 452)], shade)
    for x in (150, 362):
        pen.ellipse((x, 268), (16, 28), shade)
    pen.ellipse((256, 260), (105, 135), skin)
    for x in (186, 326):
        pen.ellipse((x, 312), (26, 20), blush)
    pen.ellipse((256, 300), (20, 12), (222, 172, 144))
    pen.shape(
        [(150, 236), (156, 150), (256, 104), (356, 150), (362, 236), (338, 176), (212, 172)], hair
    )
    pen.soften(1.2)


def _draw_eye(pen: _Pen, x: float, y: float) -> None:
    pen.ellipse((x, y), (26, 12), (238, 236, 232))
    pen.ellipse((x, y), (11, 11), (74, 108, 122))
    pen.ellipse((x, y), (5, 5), (24, 22, 26))
    pen.ellipse((x - 4, y - 4), (2, 2), (246, 246, 246))
    pen.ellipse((x, y), (26, 12), (70, 44, 38), (180, 360), 3)
    pen.ellipse((x, y), (26, 12), (178, 124, 104), (0, 180), 1.5)
    pen.ellipse((x, y - 2), (28, 18), (196, 146, 120), (200, 340), 2)
    pen.ellipse((x, y - 18), (32, 14), (84, 58, 44), (200, 340), 6)


def _draw_nose_and_mouth(pen: _Pen) -> None:
    pen.ellipse((256, 300), (17, 9), (186, 132, 108), (20, 160), 3)
    upper = [(222, 345), (240, 337), (250, 334), (256, 336), (262, 334), (272, 337), (290, 345)]
    pen.shape([*upper, (256, 349)], (188, 98, 94))
    pen.ellipse((256, 345), (33, 17), (204, 116, 110), (0, 180))
    pen.ellipse((256, 342), (33, 5), (120, 58, 56), (8, 172), 1.5)


if __name__ == "__main__":
    with told_plainly():
        main()
