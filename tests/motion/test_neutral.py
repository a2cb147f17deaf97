from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.models.blendshapes import NAMES
from realtime.models.face_mesh import (
    EYES,
    INNER_LIP_LOWER,
    INNER_LIP_UPPER,
    LOWER_LIP,
    MOUTH_CORNERS,
    UPPER_LIP,
)
from realtime.motion.geometry import PoseFitter, rotation_from_degrees
from realtime.motion.head_state import HeadState
from realtime.motion.neutral import (
    NeutralCalibrator,
    is_restful,
    lips_parted,
    most_alike,
    unlikeness,
    with_room,
    with_usual_lids,
)
from realtime.motion.retarget import lid_gaps
from realtime.types import Face

FRAME_NS = 33_333_333


@pytest.fixture
def face(avatar: Avatar) -> Face:
    """The portrait as a driver, with no expression and looking at the camera."""
    return replace(
        avatar.face, blendshapes=np.zeros(52, np.float32), pose=np.eye(4, dtype=np.float32)
    )


@pytest.fixture
def calibrator(avatar: Avatar, face: Face) -> NeutralCalibrator:
    return NeutralCalibrator(face, PoseFitter(avatar.mesh))


def showing(face: Face, **scores: float) -> Face:
    blendshapes = face.blendshapes.copy()
    for name, value in scores.items():
        blendshapes[NAMES.index(name)] = value
    return replace(face, blendshapes=blendshapes)


def turned(face: Face, yaw_deg: float) -> Face:
    pose = face.pose.copy()
    pose[:3, :3] = rotation_from_degrees(yaw_deg, 0, 0)
    return replace(face, pose=pose)


def parted(face: Face, mouth_widths: float) -> Face:
    landmarks = face.landmarks.copy()
    width = np.linalg.norm(landmarks[291] - landmarks[61])
    landmarks[INNER_LIP_LOWER[5], 1] += mouth_widths * width
    return replace(face, landmarks=landmarks)


def shifted(face: Face, dx: float) -> Face:
    return replace(face, landmarks=face.landmarks + np.array([dx, 0, 0], np.float32))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("eyeBlinkLeft", 0.7, id="blink"),
        pytest.param("eyeBlinkRight", 0.7, id="wink"),
        pytest.param("jawOpen", 0.6, id="open mouth"),
    ],
)
def test_expression_is_no_rest(face: Face, name: str, value: float) -> None:
    assert is_restful(face)
    assert not is_restful(showing(face, **{name: value}))


def test_turned_head_is_no_rest(face: Face) -> None:
    assert is_restful(turned(face, 10))
    assert not is_restful(turned(face, 35))


def test_unlikeness_counts_expression_and_turn(face: Face) -> None:
    assert unlikeness(face, face) == 0.0
    assert unlikeness(showing(face, jawOpen=0.5), face) == pytest.approx(0.5)
    assert unlikeness(turned(face, 15), face) == pytest.approx(0.5, abs=0.01)


def test_a_small_mouth_is_no_pursed_one(face: Face) -> None:
    """A portrait whose small mouth reads as pursed is more like a shut mouth than like an O."""
    portrait = showing(face, mouthPucker=0.8)
    pursed = parted(showing(face, mouthPucker=0.95, jawOpen=0.2), 0.2)
    assert unlikeness(face, portrait) < unlikeness(pursed, portrait)


def test_rest_is_most_alike_with_the_face_in_its_usual_shape(avatar: Avatar, face: Face) -> None:
    """A pout has no blendshape that shows it; it changes the outline."""
    fitter = PoseFitter(avatar.mesh)
    wide = face.landmarks.copy()
    jaw = [172, 136, 150, 379, 365, 397]
    wide[jaw, 0] += 0.2 * (wide[jaw, 0] - wide[152, 0])
    pout, calm = replace(face, landmarks=wide), showing(face, jawOpen=0.05)
    smile = showing(face, mouthSmileLeft=0.8, mouthSmileRight=0.8)
    assert unlikeness(pout, face) < unlikeness(calm, face)
    assert most_alike([smile, pout, calm, smile], face, fitter) is calm


def test_lips_that_are_about_to_burst_open_are_not_at_rest(avatar: Avatar, face: Face) -> None:
    fitter = PoseFitter(avatar.mesh)
    lips = [*UPPER_LIP, *LOWER_LIP, *MOUTH_CORNERS]
    narrow = face.landmarks.copy()
    narrow[lips, 0] += 0.25 * (narrow[INNER_LIP_UPPER[5], 0] - narrow[lips, 0])
    bursting, calm = replace(face, landmarks=narrow), showing(face, browInnerUp=0.3)
    open_wide = parted(showing(face, jawOpen=0.6), 0.5)
    assert unlikeness(bursting, face) < unlikeness(calm, face)
    talk = [open_wide, bursting, calm, open_wide, calm, calm, open_wide, calm]
    assert most_alike(talk, face, fitter) is calm


def test_a_head_that_goes_far_goes_as_far_to_either_side(avatar: Avatar, face: Face) -> None:
    fitter = PoseFitter(avatar.mesh)
    neutral = HeadState.of(face.landmarks, fitter)
    height = neutral.pose.scale * float(np.ptp(neutral.shape[:, 1]))

    def place_x(*shifts: float) -> float:
        faces = [shifted(face, shift * height) for shift in shifts]
        moved = with_room(neutral, faces, fitter).pose.translation - neutral.pose.translation
        assert moved[1] == pytest.approx(0, abs=0.01 * height)
        return float(moved[0] / height)

    assert place_x(0, -0.4, 0.4) == pytest.approx(0, abs=0.01)
    assert place_x(0, 0.8) == pytest.approx(0.3, abs=0.01)
    assert place_x(0, -0.2, 1.4) == pytest.approx(0.6, abs=0.01)


def feed(calibrator: NeutralCalibrator, face: Face, frames: range) -> list[HeadState]:
    """The neutrals that are known while a driver looks like `face`."""
    found = [calibrator.update(face, frame * FRAME_NS) for frame in frames]
    return [neutral for neutral in found if neutral is not None]


def test_neutral_is_the_median_of_good_frames(calibrator: NeutralCalibrator, face: Face) -> None:
    offsets = [0, 0, 50, 0, -50, 0]
    found = [calibrator.update(shifted(face, dx), i * FRAME_NS) for i, dx in enumerate(offsets)]
    assert found[:-1] == [None] * 5
    assert found[-1] is not None
    np.testing.assert_allclose(found[-1].landmarks(), face.landmarks, atol=0.01)


def test_blink_starts_the_row_anew(calibrator: NeutralCalibrator, face: Face) -> None:
    blink = showing(face, eyeBlinkLeft=0.9, eyeBlinkRight=0.9)
    row = [face] * 4 + [blink] + [face] * 5
    assert all(calibrator.update(f, i * FRAME_NS) is None for i, f in enumerate(row))
    assert calibrator.update(face, len(row) * FRAME_NS) is not None


def test_restless_driver_is_taken_as_he_is_after_a_while(
    calibrator: NeutralCalibrator, face: Face
) -> None:
    talking = showing(face, jawOpen=0.8)
    found = [calibrator.update(talking, i * FRAME_NS) for i in range(130)]
    assert found[85] is None
    assert found[-1] is not None


def test_better_frames_improve_shape_and_angle_but_not_place(
    calibrator: NeutralCalibrator, face: Face, avatar: Avatar
) -> None:
    smiling = shifted(showing(face, mouthSmileLeft=0.6, mouthSmileRight=0.6), 40)
    first = feed(calibrator, smiling, range(20))[-1]
    better = replace(face, landmarks=face.landmarks * np.array([1, 1.1, 1], np.float32))
    last = feed(calibrator, better, range(20, 140))[-1]
    wanted = HeadState.of(better.landmarks, PoseFitter(avatar.mesh)).shape
    np.testing.assert_allclose(last.shape, wanted, atol=0.02)
    np.testing.assert_allclose(last.pose.translation, first.pose.translation, atol=1e-6)


def test_improvement_comes_to_an_end(calibrator: NeutralCalibrator, face: Face) -> None:
    smiling = showing(face, mouthSmileLeft=0.6, mouthSmileRight=0.6)
    neutrals = [*feed(calibrator, smiling, range(20)), *feed(calibrator, face, range(20, 140))]
    assert neutrals[40] is not neutrals[41]
    assert neutrals[-2] is neutrals[-1]


def test_blendshapes_at_rest_go_along_with_the_neutral(
    calibrator: NeutralCalibrator, face: Face
) -> None:
    smiling = showing(face, mouthSmileLeft=0.6, mouthSmileRight=0.6)
    smile = NAMES.index("mouthSmileLeft")
    feed(calibrator, smiling, range(20))
    assert calibrator.blendshapes[smile] == pytest.approx(0.6)
    feed(calibrator, face, range(20, 30))
    assert 0.1 < calibrator.blendshapes[smile] < 0.5
    feed(calibrator, face, range(30, 140))
    assert calibrator.blendshapes[smile] == 0.0


def test_improvement_glides(calibrator: NeutralCalibrator, face: Face) -> None:
    smiling = showing(face, mouthSmileLeft=0.6, mouthSmileRight=0.6)
    before = feed(calibrator, smiling, range(20))[-1].shape
    better = replace(face, landmarks=face.landmarks * np.array([1, 1.1, 1], np.float32))
    shapes = [before, *(state.shape for state in feed(calibrator, better, range(20, 80)))]
    steps = [float(np.abs(b - a).max()) for a, b in pairwise(shapes)]
    assert max(steps) < 0.25 * np.abs(shapes[-1] - before).max()


def test_worse_frames_change_nothing(calibrator: NeutralCalibrator, face: Face) -> None:
    first = feed(calibrator, face, range(12))[-1]
    worse = showing(shifted(face, 9), browInnerUp=0.9)
    assert feed(calibrator, worse, range(12, 60))[-1] is first


def test_reset_learns_anew(calibrator: NeutralCalibrator, face: Face) -> None:
    for i in range(12):
        calibrator.update(face, i * FRAME_NS)
    calibrator.reset()
    assert calibrator.update(face, 12 * FRAME_NS) is None


def squinting(avatar: Avatar, face: Face, share: float) -> Face:
    """The lids' opening times `share`, in the picture."""
    landmarks = face.landmarks.copy()
    for eye in EYES:
        upper, lower = list(eye.upper), list(eye.lower)
        landmarks[upper] = landmarks[lower] + share * (landmarks[upper] - landmarks[lower])
    return replace(face, landmarks=landmarks)


def test_a_squint_is_not_how_the_eyes_mostly_are(avatar: Avatar, face: Face) -> None:
    fitter = PoseFitter(avatar.mesh)
    squint = squinting(avatar, face, 0.5)
    blink = showing(squinting(avatar, face, 0.1), eyeBlinkLeft=0.9, eyeBlinkRight=0.9)
    drivers = [face, face, squint, face, blink, blink, blink, blink]
    mended = with_usual_lids(HeadState.of(squint.landmarks, fitter), drivers, fitter)
    usual = HeadState.of(face.landmarks, fitter).shape
    assert np.allclose(lid_gaps(mended.shape), lid_gaps(usual), atol=0.02)
    lips = [13, 14, 61, 291]
    assert np.allclose(mended.shape[lips], HeadState.of(squint.landmarks, fitter).shape[lips])


def test_a_driver_with_shut_eyes_is_taken_as_he_is(avatar: Avatar, face: Face) -> None:
    fitter = PoseFitter(avatar.mesh)
    blink = showing(face, eyeBlinkLeft=0.9, eyeBlinkRight=0.9)
    neutral = HeadState.of(face.landmarks, fitter)
    assert with_usual_lids(neutral, [blink, blink], fitter) is neutral


def test_a_mouth_without_any_width_is_shut() -> None:
    assert lips_parted(np.zeros((478, 3), np.float32)) == 0.0
