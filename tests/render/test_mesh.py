import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.avatar import Avatar
from realtime.kernels.raster import draw_mesh
from realtime.models.face_mesh import EYES, INNER_LIP_LOWER, INNER_LIP_UPPER, inter_ocular
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState, turn_head
from realtime.motion.rig import Expression, Rig
from realtime.render.mesh import MeshRenderer, _column_by_column
from realtime.render.portrait import lay_out
from realtime.types import RGB, Motion, Presence

Draw = Callable[..., tuple[RGB, Motion]]


@pytest.fixture(scope="module")
def draw(avatar: Avatar) -> Draw:
    """The portrait under an expression and a turn of the head (yaw, pitch, roll)."""
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    rig = Rig(rest.shape)
    renderer = avatar.open_renderer()

    def draw(
        expression: Expression | None = None,
        turn: tuple[float, float, float] = (0, 0, 0),
        shift: tuple[float, float] = (0, 0),
    ) -> tuple[RGB, Motion]:
        pose = turn_head(rest, *turn)
        pose = replace(pose, translation=pose.translation + np.array([*shift, 0.0]))
        state = HeadState(pose, rig(expression or Expression()))
        motion = Motion(state.landmarks(), state.motion_from(rest), Presence.TRACKING, 0, 0)
        out = np.full_like(avatar.portrait.canvas, 77)
        renderer.render(motion, out)
        return out, motion

    return draw


def box(picture: RGB, landmarks: list[int], motion: Motion, margin: int = 0) -> RGB:
    points = motion.landmarks[landmarks, :2]
    left, top = np.floor(points.min(axis=0)).astype(int) - margin
    right, bottom = np.ceil(points.max(axis=0)).astype(int) + margin + 1
    return picture[top:bottom, left:right]


def difference(a: RGB, b: RGB) -> NDArray[np.int64]:
    largest: NDArray[np.int64] = np.abs(a.astype(np.int64) - b.astype(np.int64)).max(axis=2)
    return largest


def test_rest_is_the_portrait_to_one_grey_level(avatar: Avatar, draw: Draw) -> None:
    out, _ = draw()
    assert difference(out, avatar.portrait.canvas).max() <= 1


def test_pixels_move_where_the_landmarks_say(avatar: Avatar, draw: Draw) -> None:
    dx, dy = 17, 9
    out, _ = draw(shift=(dx, dy))
    nose = avatar.face.landmarks[4, :2].astype(int)
    before = avatar.portrait.canvas[nose[1] - 20 : nose[1] + 20, nose[0] - 20 : nose[0] + 20]
    x, y = nose[0] + dx, nose[1] + dy
    after = out[y - 20 : y + 20, x - 20 : x + 20]
    # A moving head is drawn a little crisper, which a blur takes away again.
    blurred = [np.asarray(cv2.GaussianBlur(p, (0, 0), 2.0), np.uint8) for p in (after, before)]
    assert difference(*blurred).max() <= 5
    assert difference(after, before).mean() <= 6


def test_a_moving_head_is_as_sharp_as_the_portrait(avatar: Avatar, draw: Draw) -> None:
    """Sampling between pixels would leave four fifths of the gradient energy."""
    face = [*range(50, 300)]

    def energy(picture: RGB, motion: Motion) -> float:
        grey = box(picture, face, motion).astype(float).mean(axis=2)
        return float((np.diff(grey, axis=0) ** 2).mean() + (np.diff(grey, axis=1) ** 2).mean())

    _, at_rest = draw()
    whole = energy(avatar.portrait.canvas, at_rest)
    turns = [draw(turn=(yaw_deg, 0, 0)) for yaw_deg in (2, 4, -3, -5)]
    assert 0.88 < np.mean([energy(*drawn) / whole for drawn in turns]) < 1.2


def test_turned_face_is_found_where_it_was_sent(
    avatar: Avatar, draw: Draw, landmarker_path: Path
) -> None:
    out, motion = draw(Expression(jaw=0.5), (12, 4, 6))
    with LandmarkDetector(landmarker_path) as detector:
        (face,) = detector.detect(out)
    error = np.linalg.norm(face.landmarks[:468, :2] - motion.landmarks[:468, :2], axis=1)
    assert np.median(error) < 0.035 * inter_ocular(motion.landmarks)


def test_a_nod_takes_a_face_out_of_the_light_from_above(draw: Draw) -> None:
    nodding = (0, -15, 0)
    lit, motion = draw(turn=nodding)
    with patch("realtime.render.shading.Shading.__call__", lambda *_: np.ones(478)):
        unlit, _ = draw(turn=nodding)
    chin_to_nose = [152, 148, 377, 2]
    share = box(lit, chin_to_nose, motion).mean() / box(unlit, chin_to_nose, motion).mean()
    assert 0.8 < share < 0.97
    assert (lit[:10] == unlit[:10]).all()


def test_a_frown_shades_the_eyes_of_what_is_drawn(draw: Draw) -> None:
    frown = Expression(brows=-1)
    shaded, motion = draw(frown)
    with patch("realtime.render.sockets.Sockets.__call__", lambda *_: np.ones(478)):
        lit, _ = draw(frown)
    for eye in EYES:
        ring = list(eye.ring)
        assert box(shaded, ring, motion).mean() < 0.99 * box(lit, ring, motion).mean()


def test_every_pixel_is_written(draw: Draw, avatar: Avatar) -> None:
    out, _ = draw(Expression(), (25, 10, -15))
    unlikely = (out == 77).all(axis=2)
    already = (avatar.portrait.canvas == 77).all(axis=2)
    assert unlikely.sum() <= already.sum() + 5


def test_background_does_not_swim(avatar: Avatar, draw: Draw) -> None:
    out, _ = draw(Expression(), (20, 0, 0))
    # The corners are far from the head: flag and sky.
    height, width = out.shape[:2]
    for corner in (np.s_[:90, :60], np.s_[:90, width - 60 :], np.s_[height - 60 :, :60]):
        assert difference(out[corner], avatar.portrait.canvas[corner]).max() <= 1


def test_mouth_interior_appears_when_lips_part(draw: Draw) -> None:
    lips = [*INNER_LIP_UPPER, *INNER_LIP_LOWER]
    shut, at_rest = draw()
    opened, motion = draw(Expression(jaw=0.9))
    inside = np.zeros(opened.shape[:2], np.uint8)
    rim = [*INNER_LIP_UPPER, *reversed(INNER_LIP_LOWER)]
    cv2.fillPoly(inside, [np.round(motion.landmarks[rim, :2]).astype(np.int32)], 1)
    core = cv2.erode(inside, np.ones((3, 3), np.uint8)) > 0
    assert core.sum() > 200
    light = opened.astype(float).mean(axis=2)[core]
    skin = box(shut, lips, at_rest).mean()
    assert np.percentile(light, 10) < 0.55 * skin, "a dark cavity"
    assert light.max() > 0.9 * skin, "and teeth"


def test_lids_cover_the_eyes(draw: Draw) -> None:
    """The iris, the darkest thing between the lids, is gone when they are shut."""
    opened, at_rest = draw()
    shut, motion = draw(Expression(blink=1.0))
    for eye in EYES:
        iris = list(range(eye.iris, eye.iris + 5))
        dark = np.percentile(box(opened, iris, at_rest).mean(axis=2), 20)
        covered = box(shut, iris, motion).mean(axis=2)
        assert np.median(covered) > 1.5 * dark


def test_irises_move(draw: Draw) -> None:
    def darkest_column(picture: RGB, motion: Motion) -> float:
        lids = box(picture, list(EYES[0].ring), motion).mean(axis=2)
        weight = np.clip(90.0 - lids, 0, None).sum(axis=0)
        return float((weight * np.arange(len(weight))).sum() / weight.sum())

    left, right = (darkest_column(*draw(Expression(look_right=side))) for side in (-1.0, 1.0))
    assert right - left > 4.0


def test_nothing_outside_the_portrait_changes(avatar: Avatar) -> None:
    wide = lay_out(
        avatar.portrait.canvas, avatar.face.landmarks, avatar.portrait.matte, (1100, 600)
    )
    renderer = MeshRenderer(wide, avatar.mesh)
    fitter = PoseFitter(avatar.mesh)
    rest = HeadState.of(wide.landmarks, fitter)
    turned = HeadState(turn_head(rest, 28, 0, 20), rest.shape)
    out = np.empty_like(wide.canvas)
    renderer.render(
        Motion(turned.landmarks(), turned.motion_from(rest), Presence.TRACKING, 0, 0), out
    )
    left, _, right, _ = wide.window
    assert renderer.size == (1100, 600)
    assert left > 100
    assert (out[:, :left] == wide.canvas[:, :left]).all()
    assert (out[:, right:] == wide.canvas[:, right:]).all()


def test_a_picture_that_failed_leaves_no_trace_in_the_next(
    avatar: Avatar, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, motion = draw(Expression(jaw=0.5), (10, 0, 0))
    _, other = draw(turn=(-15, 5, 0))
    renderer, out = avatar.open_renderer(), np.empty_like(expected)
    calls = count()

    def draw_some_and_fail(*arguments: Any) -> None:
        if next(calls) == 3:
            raise RuntimeError("a band was not drawn")
        draw_mesh(*arguments)

    with monkeypatch.context() as broken:
        broken.setattr("realtime.render.mesh.draw_mesh", draw_some_and_fail)
        with pytest.raises(RuntimeError, match="band"):
            renderer.render(other, out)
    renderer.render(motion, out)
    np.testing.assert_array_equal(out, expected)


def test_a_picture_is_whole_without_the_other_threads_help(avatar: Avatar, draw: Draw) -> None:
    expected, motion = draw(Expression(jaw=0.5), (10, 0, 0))
    renderer, out = avatar.open_renderer(), np.empty_like(expected)
    free = threading.Event()
    renderer._second_hand.submit(free.wait)
    drawing = threading.Thread(target=renderer.render, args=(motion, out))
    drawing.start()
    drawing.join(20)
    still_waits = drawing.is_alive()
    free.set()
    drawing.join()
    renderer.close()
    assert not still_waits
    np.testing.assert_array_equal(out, expected)


def test_closing_ends_the_thread_that_helps_drawing(avatar: Avatar) -> None:
    before = set(threading.enumerate())
    renderer = avatar.open_renderer()
    helpers = set(threading.enumerate()) - before
    assert len(helpers) == 1
    renderer.close()
    assert not any(thread.is_alive() for thread in helpers)


@pytest.mark.parametrize("yaw_deg", [30, -30])
def test_sides_of_a_far_turned_head_are_not_drawn_out(avatar: Avatar, yaw_deg: float) -> None:
    """Stripes of 4 pixels stay below three times their width; they would be drawn to 20."""
    striped = np.empty_like(avatar.portrait.canvas)
    striped[:] = np.where((np.arange(striped.shape[1]) // 4) % 2, 220, 30)[:, None]
    whole = np.ones_like(avatar.portrait.matte)
    portrait = replace(avatar.portrait, canvas=striped, matte=whole)
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    state = HeadState(turn_head(rest, yaw_deg, 0, 0), rest.shape)
    out = np.empty_like(striped)
    MeshRenderer(portrait, avatar.mesh).render(
        Motion(state.landmarks(), state.motion_from(rest), Presence.TRACKING, 0, 0), out
    )
    x, y, _ = state.landmarks().T
    below_nose = int(y[2])
    for row in out[below_nose - 10 : below_nose + 25, int(x.min()) - 20 : int(x.max()) + 20]:
        edges = np.flatnonzero(np.diff(row.mean(axis=1) > 125))
        assert np.diff(edges).max() <= 13


@pytest.mark.parametrize("yaw_deg", [30, -30])
def test_eyes_stay_within_the_lids_of_a_far_turned_head(avatar: Avatar, yaw_deg: float) -> None:
    """Painted they cover what the skin leaves open, though its sides were held."""
    landmarks = avatar.face.landmarks
    marked = np.full_like(avatar.portrait.canvas, (200, 0, 0))
    for eye in EYES:
        outline = [*eye.upper, eye.corners[1], *reversed(eye.lower), eye.corners[0]]
        corners = np.round(landmarks[outline, :2] * 16).astype(np.int32)
        cv2.fillPoly(marked, [corners], (0, 200, 0), cv2.LINE_AA, 4)
    # Held twice as much as usual: this face has its eyes' corners hardly deeper than its cheeks.
    with patch("realtime.render.mesh._SIDES_SHARE", 1.2):
        renderer = MeshRenderer(replace(avatar.portrait, canvas=marked), avatar.mesh)
    rest = HeadState.of(landmarks, PoseFitter(avatar.mesh))
    head = turn_head(rest, yaw_deg, 0, 0)
    state = HeadState(head, Rig(rest.shape)(Expression(look_right=np.sign(yaw_deg))))
    motion = Motion(state.landmarks(), state.motion_from(rest), Presence.TRACKING, 0, 0)
    painted, bare = np.empty_like(marked), np.empty_like(marked)
    renderer.render(motion, painted)
    with patch("realtime.render.eyeball.Eyeball.paint"):
        renderer.render(motion, bare)
    assert difference(painted, bare).max() > 20, "eyes are painted"
    is_eye = [picture[..., 1] > picture[..., 0] for picture in (painted, bare)]
    assert (is_eye[0] != is_eye[1]).sum() < 0.02 * is_eye[1].sum()


@pytest.mark.parametrize("yaw_deg", [30, -30])
def test_a_slanted_portraits_outline_is_its_own_until_it_turns_to_the_viewer(
    avatar: Avatar, draw: Draw, yaw_deg: float
) -> None:
    """Shifted by four whole pixels it is the portrait, up to what its border mixes."""
    picture, motion = draw(turn=(yaw_deg, 0, 0))
    slanted = replace(
        avatar.portrait,
        canvas=picture,
        landmarks=motion.landmarks,
        matte=np.ones_like(avatar.portrait.matte),
    )
    renderer = MeshRenderer(slanted, avatar.mesh)
    rest = HeadState.of(slanted.landmarks, PoseFitter(avatar.mesh))

    def far_side(turn_deg: float) -> float:
        pose = turn_head(rest, turn_deg, 0, 0)
        pose = replace(pose, translation=pose.translation + np.array([4.0, 0.0, 0.0]))
        state = HeadState(pose, rest.shape)
        moved = Motion(state.landmarks(), state.motion_from(rest), Presence.TRACKING, 0, 0)
        out = np.empty_like(picture)
        with patch.object(renderer, "_crisp_texture", renderer._texture):
            renderer.render(moved, out)
        x, y = slanted.landmarks[:, 0], slanted.landmarks[:, 1]
        edge = int(x.max() if yaw_deg > 0 else x.min())
        rows, columns = slice(int(y[10]), int(y[152])), slice(edge - 12, edge + 12)
        there = difference(out, np.roll(picture, 4, axis=1))[rows, columns]
        return float(there.mean())

    assert far_side(0.0) < 3.0
    assert far_side(-np.sign(yaw_deg) * 12.0) > 3 * far_side(0.0), "its hidden side comes to light"


@pytest.mark.parametrize("yaw_deg", [40, -40])
def test_a_slanted_portraits_edge_is_not_drawn_on_the_cheek_that_comes_to_light(
    avatar: Avatar, draw: Draw, yaw_deg: float
) -> None:
    picture, motion = draw(turn=(yaw_deg, 0, 0))
    slanted = replace(
        avatar.portrait,
        canvas=picture,
        landmarks=motion.landmarks,
        matte=np.ones_like(avatar.portrait.matte),
    )
    # What the face ends at, before its hidden side.
    ends_at = MeshRenderer(slanted, avatar.mesh)._far_side.contour
    edge = motion.landmarks[ends_at[np.argsort(motion.landmarks[ends_at, 1])], :2]
    cv2.polylines(picture, [np.round(edge).astype(np.int32)], False, (255, 0, 0), 3)
    renderer = MeshRenderer(slanted, avatar.mesh)
    rest = HeadState.of(slanted.landmarks, PoseFitter(avatar.mesh))

    def red(turn_deg: float) -> int:
        state = HeadState(turn_head(rest, turn_deg, 0, 0), rest.shape)
        moved = Motion(state.landmarks(), state.motion_from(rest), Presence.TRACKING, 0, 0)
        out = np.empty_like(picture)
        renderer.render(moved, out)
        (left, top), (right, bottom) = (
            end(moved.landmarks[:, :2], axis=0).astype(int) for end in (np.min, np.max)
        )
        face = out[top : bottom + 1, left - 40 : right + 40]
        return int(((face[..., 0] > 180) & (face[..., 1:].max(axis=2) < 80)).sum())

    assert red(0.0) > 100
    assert red(-np.sign(yaw_deg) * 20.0) < 0.1 * red(0.0)


def test_outline_of_a_turned_face_has_no_stairs(avatar: Avatar, draw: Draw) -> None:
    """Along the cheek that hides what is behind it, pixels lie between the two."""
    with patch("realtime.render.mesh.soften_outlines"):
        hard, _ = draw(turn=(28, 0, 0))
    soft, motion = draw(turn=(28, 0, 0))
    changed = difference(hard, soft) > 8
    assert 20 < changed.sum() < 1000
    rows, columns = np.nonzero(changed)
    points = motion.landmarks[:, :2]
    nearest = [
        np.linalg.norm(points - (x, y), axis=1).min() for x, y in zip(columns, rows, strict=True)
    ]
    assert max(nearest) < 0.5 * inter_ocular(motion.landmarks), "on the face"
    # What is softened lies between the darkest and the brightest that was there around it.
    low = cv2.erode(hard, np.ones((5, 5), np.uint8))
    high = cv2.dilate(hard, np.ones((5, 5), np.uint8))
    assert ((soft >= low) & (soft <= high))[changed].all()
    steps = [np.abs(np.diff(p.astype(int), axis=1)).max(axis=2)[:, :-1] for p in (hard, soft)]
    assert steps[1][changed[:, :-2]].mean() < 0.85 * steps[0][changed[:, :-2]].mean()


def test_triangles_are_sorted_into_columns_from_top_to_bottom() -> None:
    ys, xs = np.mgrid[:6, :6]
    vertices = np.stack([xs.ravel(), ys.ravel()], axis=1).astype(np.float32)
    corner = np.array([y * 6 + x for y in range(5) for x in range(5)])
    triangles = np.stack([corner, corner + 1, corner + 6], axis=1).astype(np.int32)
    mixed = np.random.default_rng(0).permutation(triangles)
    order = _column_by_column(mixed, vertices, 1.0)
    by_column = triangles.reshape(5, 5, 3).swapaxes(0, 1).reshape(-1, 3)
    np.testing.assert_array_equal(order, by_column)
    assert order.flags.c_contiguous
