from pathlib import Path

import numpy as np
import pytest

from realtime.errors import InputError
from realtime.marking.face import face_from_marks
from realtime.marking.points import LANDMARKS, MARKED, Marks
from realtime.models.face_mesh import EYES, FaceMesh
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.motion.geometry import PoseFitter, rotation_angle_deg, rotation_from_degrees
from realtime.motion.retarget import lid_gaps
from realtime.types import RGB
from tests.marking.conftest import canonical_landmarks

SIZE = (400, 400)
FLIP = np.array([1.0, -1.0, -1.0])
PLACE = {point.name: index for index, point in enumerate(MARKED)}


@pytest.mark.parametrize(
    ("yaw_deg", "pitch_deg", "roll_deg"),
    [
        pytest.param(0, 0, 0, id="straight"),
        pytest.param(25, 0, 0, id="yaw"),
        pytest.param(0, -15, 0, id="pitch"),
        pytest.param(0, 0, 40, id="roll"),
        pytest.param(-20, 10, 170, id="all, upside down"),
    ],
)
def test_canonical_face_of_known_pose_comes_back(
    mesh: FaceMesh, yaw_deg: float, pitch_deg: float, roll_deg: float
) -> None:
    truth = canonical_landmarks(mesh, yaw_deg, pitch_deg, roll_deg)
    face = face_from_marks(truth[list(LANDMARKS), :2], SIZE, mesh)
    off_px = np.linalg.norm(face.landmarks[:468, :2] - truth[:, :2], axis=1)
    assert off_px.mean() < 0.5, "of an inter-ocular distance of 95"
    assert off_px.max() < 4.0
    rotation = rotation_from_degrees(yaw_deg, pitch_deg, roll_deg)
    fitted, _ = PoseFitter(mesh).fit(face.landmarks)
    assert rotation_angle_deg(fitted.rotation @ rotation.T) < 4.0
    depth = face.landmarks[:468, 2] - face.landmarks[:468, 2].mean()
    assert np.abs(depth - (truth[:, 2] - truth[:, 2].mean())).mean() < 5.0
    in_camera = face.pose[:3, :3] * FLIP * FLIP[:, None]
    assert rotation_angle_deg(in_camera.astype(np.float64) @ rotation.T) < 4.0


def test_marks_are_met_exactly(mesh: FaceMesh, marks: Marks) -> None:
    marks = marks + np.random.default_rng(3).normal(0, 3, marks.shape)
    face = face_from_marks(marks, SIZE, mesh)
    np.testing.assert_allclose(face.landmarks[list(LANDMARKS), :2], marks, atol=0.01)
    assert (face.blendshapes == 0).all()
    assert face.blendshapes.shape == (52,)


def test_portrait_comes_near_to_what_the_landmarker_finds(
    portrait: RGB, mesh: FaceMesh, landmarker_path: Path
) -> None:
    with LandmarkDetector(landmarker_path) as detector:
        (found,) = detector.detect(portrait)
    face = face_from_marks(
        found.landmarks[list(LANDMARKS), :2].astype(np.float64), (512, 600), mesh
    )
    right, left = (found.landmarks[list(eye.corners), :2].mean(axis=0) for eye in EYES)
    off = np.linalg.norm(face.landmarks[:, :2] - found.landmarks[:, :2], axis=1)
    assert off.mean() / np.linalg.norm(left - right) < 0.04
    turn = face.pose[:3, :3] @ found.pose[:3, :3].T
    assert rotation_angle_deg(turn.astype(np.float64)) < 6.0
    assert np.abs(face.pose[:3, 3] - found.pose[:3, 3]).max() < 8.0, "centimetres"


def test_irises_are_round_and_in_the_middle_of_the_eyes(mesh: FaceMesh, marks: Marks) -> None:
    landmarks = face_from_marks(marks, SIZE, mesh).landmarks
    for eye in EYES:
        width = np.linalg.norm(landmarks[eye.corners[1]] - landmarks[eye.corners[0]])
        middle = landmarks[eye.iris]
        np.testing.assert_allclose(middle, landmarks[list(eye.ring)].mean(axis=0), atol=0.01)
        rim = np.linalg.norm(landmarks[eye.iris + 1 : eye.iris + 5, :2] - middle[:2], axis=1)
        np.testing.assert_allclose(rim / width, 0.215, rtol=0.03)
        assert landmarks[eye.iris + 2, 1] < middle[1] < landmarks[eye.iris + 4, 1]


def test_huge_eyes_stay_round(mesh: FaceMesh, marks: Marks) -> None:
    """An ellipse 46 wide and 36 high, as drawings have it, and not the rhombus in it."""
    middle = marks[[PLACE["left eye, outer corner"], PLACE["left eye, inner corner"]]].mean(axis=0)
    half = np.array([0, 18])
    marks[PLACE["left eye, upper lid"]] = middle - half
    marks[PLACE["left eye, lower lid"]] = middle + half
    shape = face_from_marks(marks, SIZE, mesh).landmarks.astype(np.float64)
    gap, _ = lid_gaps(shape)
    assert gap[3] == pytest.approx(36, abs=1)
    assert gap[1] > 0.5 * gap[3]
    assert gap[5] > 0.5 * gap[3]


def test_closed_lips_whose_marks_cross_touch(mesh: FaceMesh, marks: Marks) -> None:
    upper, lower = PLACE["upper lip, lower edge"], PLACE["lower lip, upper edge"]
    middle = marks[[upper, lower]].mean(axis=0)
    across = np.array([1, 2])
    marks[upper], marks[lower] = middle + across, middle - across
    landmarks = face_from_marks(marks, SIZE, mesh).landmarks
    np.testing.assert_allclose(landmarks[[13, 14], :2], [middle, middle], atol=0.01)


def test_eyes_a_few_pixels_apart_are_refused(mesh: FaceMesh, marks: Marks) -> None:
    with pytest.raises(InputError, match="eyes lie within 12 pixels: use a larger picture"):
        face_from_marks(marks * 0.05, SIZE, mesh)


@pytest.mark.parametrize("kind", ["mirrored", "anywhere", "one line"])
def test_points_that_make_no_face_are_refused(kind: str, mesh: FaceMesh, marks: Marks) -> None:
    bad = {
        "mirrored": [400, 0] + marks * [-1, 1],
        "anywhere": np.random.default_rng(5).uniform(0, 400, marks.shape),
        "one line": marks * [1, 0],
    }[kind]
    with pytest.raises(InputError, match="make no face: mark it again"):
        face_from_marks(bad, SIZE, mesh)
