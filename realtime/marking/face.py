"""From marked points to a whole face: 478 landmarks, pose and a neutral expression.

The head's pose is the weak-perspective one that takes the canonical face nearest to the marks. The
rest is a biharmonic spline (the thin-plate spline's sister in three dimensions, kernel |r|) over
the canonical face, which meets every mark exactly: its linear part carries the pose and the face's
proportions, its kernels what is left. On real faces it comes nearer than the two-dimensional
thin-plate spline, since it knows of depth.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.errors import InputError
from realtime.marking.points import LANDMARKS, Marks
from realtime.models.face_mesh import EYES, EyeLandmarks, FaceMesh
from realtime.motion.geometry import Shape
from realtime.types import LANDMARK_COUNT, Face, Similarity

_FLIP = np.array([1.0, -1.0, -1.0])
_IRIS_SHARE = 0.215
"Radius of an iris over the distance between the eye's corners, as the landmarker draws it."
_IRIS_RIM = ((0.0, 0.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0), (0.0, 1.0))
_UNDEFORMED = (33, 133, 362, 263, 4, 93, 323)
"Expressions and drawing styles move these least: they say where the head is."
_DEFORMED_WEIGHT = 0.4
_CALM_PER_CM = 1.0
"Yaw and pitch of a radian cost as much as a mark that lies so many centimetres off."
_STEPS = 20
_MOST_OFF_CM = 2.0
"Root mean square; drawn faces with huge eyes stay below 1.2, confused left and right do not."
_LEAST_EYES_PX = 12.0
_FIELD_OF_VIEW_DEG = 63.0
"Vertical, of the camera that MediaPipe's poses assume."


def face_from_marks(marks: Marks, size: tuple[int, int], mesh: FaceMesh) -> Face:
    """The face that the marks show; blendshapes are all 0.

    Args:
        marks: where the points of `MARKED` lie.
        size: width and height of the picture.
        mesh: the canonical face.

    Raises:
        InputError: no face has its points at these places.
    """
    marks = _untangled(marks)
    canonical = _with_irises(mesh.vertices * _FLIP)
    at_marks = canonical[list(LANDMARKS)]
    pose = _fit_pose(at_marks, marks)
    _check(at_marks, marks, pose)
    landmarks = np.empty((LANDMARK_COUNT, 3))
    rough = _spline(at_marks, marks, canonical)
    lids = [lid for eye in EYES for side in (eye.upper, eye.lower) for lid in side]
    drawn = np.vstack([_lids(eye, canonical, rough) for eye in EYES])
    known = ~np.isin(lids, LANDMARKS)
    landmarks[:, :2] = _spline(
        np.vstack([at_marks, canonical[lids][known]]), np.vstack([marks, drawn[known]]), canonical
    )
    landmarks[:, 2] = pose.scale * canonical @ pose.rotation[2]
    _place_irises(landmarks)
    return Face(
        landmarks=landmarks.astype(np.float32),
        blendshapes=np.zeros(52, np.float32),
        pose=_camera_pose(pose, size),
    )


def _untangled(marks: Marks) -> Marks:
    """A copy in which no lid and no lip lies on the wrong side of its fellow."""
    marks = marks.copy()
    place = {landmark: index for index, landmark in enumerate(LANDMARKS)}
    eyes = marks[[place[33], place[133], place[362], place[263]]]
    down = marks[place[152]] - eyes.mean(axis=0)
    for upper, lower in ((159, 145), (386, 374), (13, 14)):
        pair = [place[upper], place[lower]]
        if (marks[pair[1]] - marks[pair[0]]) @ down < 0.0:
            marks[pair] = marks[pair].mean(axis=0)
    return marks


def _with_irises(vertices: Shape) -> Shape:
    irises = [np.tile(vertices[list(eye.ring)].mean(axis=0), (5, 1)) for eye in EYES]
    return np.vstack([vertices, *irises])


def _fit_pose(points: Shape, marks: Marks) -> Similarity:
    """The pose whose x and y come nearest to the marks; z is about the middle of the points.

    Gauss-Newton over log scale, rotation vector and shift. Turns out of the picture's plane are
    what few points say least of, so that they are drawn towards none.
    """
    weights = np.where(np.isin(LANDMARKS, _UNDEFORMED), 1.0, _DEFORMED_WEIGHT)[:, None]
    centred, target = points[:, :2] - points[:, :2].mean(axis=0), marks - marks.mean(axis=0)
    unit = max(float(np.sqrt((target**2).sum() / (centred**2).sum())), 1e-6)
    # The best rotation and scale in the plane, in complex numbers.
    turn = np.vdot(centred @ [1, 1j], target @ [1, 1j])
    start = np.array([0.0, 0.0, 0.0, np.angle(turn), *(marks.mean(axis=0) / unit)])

    def misfit(x: NDArray[np.float64]) -> NDArray[np.float64]:
        seen = np.exp(x[0]) * (points @ _rotation(x[1:4]).T)[:, :2] + x[4:]
        return np.concatenate([(weights * (seen - marks / unit)).ravel(), _CALM_PER_CM * x[1:3]])

    x = start
    for _ in range(_STEPS):
        here = misfit(x)
        slope = np.array([(misfit(x + step) - here) / 1e-5 for step in 1e-5 * np.eye(6)]).T
        x = x - np.linalg.lstsq(slope, here, rcond=None)[0]
    return Similarity(
        float(unit * np.exp(x[0])), _rotation(x[1:4]), np.array([*(unit * x[4:]), 0.0])
    )


def _rotation(vector: NDArray[np.float64]) -> Shape:
    return np.asarray(cv2.Rodrigues(vector)[0], np.float64)


def _check(points: Shape, marks: Marks, pose: Similarity) -> None:
    place = {landmark: index for index, landmark in enumerate(LANDMARKS)}
    right, left = (marks[[place[corner] for corner in eye.corners]].mean(axis=0) for eye in EYES)
    if np.linalg.norm(left - right) < _LEAST_EYES_PX:
        raise InputError(
            f"the marked eyes lie within {_LEAST_EYES_PX:g} pixels: "
            "use a larger picture of the face, or mark it again"
        )
    seen = pose.scale * (points @ pose.rotation.T)[:, :2] + pose.translation[:2]
    off_cm = float(np.sqrt(((seen - marks) ** 2).sum(axis=1).mean())) / pose.scale
    if not off_cm < _MOST_OFF_CM:
        raise InputError(
            "the marked points make no face: mark it again, left and right as in the picture"
        )


def _spline(points: Shape, values: Marks, at: Shape) -> NDArray[np.float64]:
    """(n, 2): the biharmonic spline through `values` at `points`, at `at` (n, 3)."""
    linear = np.column_stack([np.ones(len(points)), points])
    system = np.block([[_distances(points, points), linear], [linear.T, np.zeros((4, 4))]])
    weights = np.linalg.solve(system, np.vstack([values, np.zeros((4, 2))]))
    kernels = np.column_stack([_distances(at, points), np.ones(len(at)), at])
    result: NDArray[np.float64] = kernels @ weights
    return result


def _lids(eye: EyeLandmarks, canonical: Shape, rough: NDArray[np.float64]) -> Marks:
    """(14, 2): the lids' margins, upper and lower, as round as the canonical ones.

    Where an eye is much wider open than the canonical one, the spline alone makes a rhombus of it.
    """
    corners = list(eye.corners)
    margins = []
    for lid in (list(eye.upper), list(eye.lower)):
        _, down = _in_frame(canonical[corners, :2], canonical[lid, :2])
        across, deepest = _in_frame(rough[corners], rough[lid])
        start, end = rough[corners]
        axis = end - start
        middle = len(lid) // 2
        depth = down / down[middle] * deepest[middle]
        margins.append(start + across[:, None] * axis + depth[:, None] * [-axis[1], axis[0]])
    return np.vstack(margins)


def _in_frame(corners: Marks, points: Marks) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Along the line between the corners and below it, in lengths of that line."""
    axis = corners[1] - corners[0]
    arms = (points - corners[0]) / (axis @ axis)
    return arms @ axis, arms @ np.array([-axis[1], axis[0]])


def _distances(a: Shape, b: Shape) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.linalg.norm(a[:, None] - b[None], axis=2)
    return result


def _place_irises(landmarks: Shape) -> None:
    """Round, in the middle of the opening, their rims along the line between the corners."""
    for eye in EYES:
        across = landmarks[eye.corners[1], :2] - landmarks[eye.corners[0], :2]
        axes = _IRIS_SHARE * np.array([across, [-across[1], across[0]]])
        iris = slice(eye.iris, eye.iris + 5)
        landmarks[iris] = landmarks[list(eye.ring)].mean(axis=0)
        landmarks[iris, :2] += np.array(_IRIS_RIM) @ axes


def _camera_pose(pose: Similarity, size: tuple[int, int]) -> NDArray[np.float32]:
    """The pose as `Face.pose` has it: y up, centimetres, before MediaPipe's camera."""
    width, height = size
    focal_px = height / 2 / np.tan(np.radians(_FIELD_OF_VIEW_DEG / 2))
    x_px, y_px = pose.translation[:2] - np.array([width, height]) / 2
    result = np.eye(4, dtype=np.float32)
    result[:3, :3] = _FLIP[:, None] * pose.rotation * _FLIP
    result[:3, 3] = np.array([x_px, -y_px, -focal_px]) / pose.scale
    return result
