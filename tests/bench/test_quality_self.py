import numpy as np
import pytest

from bench.quality.clips import Truth
from bench.quality.landmarks import IRISES, MOUTH, POINTS_68
from bench.quality.self_reenactment import compare, landmark_figures, told_by_landmarks
from realtime.types import RGB, Face
from tests.bench.made_faces import ScriptedJudges, made_face, parting_lips, sighted

FRAMES = 12


def pictures(level: int = 0) -> list[RGB]:
    noise = np.random.default_rng(1).integers(40, 180, (FRAMES, 256, 256, 3), np.uint8)
    return list(noise + np.uint8(level))


def talking(offset: tuple[float, float] = (0, 0)) -> list[Face | None]:
    """Jumps by a pixel and opens the jaw."""
    return [
        made_face((offset[0] + index % 2, offset[1]), jawOpen=0.1 * (index % 4))
        for index in range(FRAMES)
    ]


def truth(faces: list[Face | None]) -> Truth:
    return Truth(pictures(), faces, sighted(faces))


def test_the_truth_itself_is_perfect() -> None:
    row = compare(truth(talking()), [None] * FRAMES, pictures(), ScriptedJudges(talking()))
    perfect = {
        "l1": 0, "l1_face": 0, "l1_eyes": 0, "l1_mouth": 0, "akd_68": 0, "akd_iris": 0,
        "missing": 0, "ssim": 1, "sharpness": 1, "jitter": 1, "blendshape_r": 1,
    }  # fmt: skip
    assert {name: row.figures[name] for name in perfect} == pytest.approx(perfect)


def test_brightness_counts_as_error_everywhere_alike() -> None:
    row = compare(truth(talking()), [None] * FRAMES, pictures(51), ScriptedJudges(talking()))
    for name in ("l1", "l1_face", "l1_outside", "l1_eyes", "l1_mouth"):
        assert row.figures[name] == pytest.approx(0.2)
    assert row.figures["akd_68"] == 0


def test_only_every_so_many_pictures_are_judged() -> None:
    judges = ScriptedJudges(talking()[::3])
    outputs = pictures()
    row = compare(truth(talking()), [None] * 4, outputs, judges, 3)
    assert [judged is output for judged, output in zip(judges.pictures, outputs[::3], strict=True)]
    assert len(judges.pictures) == 4
    assert row.figures["akd_68"] == 0


def test_lips_that_the_second_judge_does_not_see_part_have_no_gain() -> None:
    likenesses = parting_lips(FRAMES)
    judges = ScriptedJudges(talking(), likenesses[0])
    figures = compare(truth(talking()), likenesses, pictures(), judges).figures
    assert figures["dlib gain lips apart"] == pytest.approx(0)


def test_landmarks_tell_as_much_of_a_shape_as_they_move_with_it() -> None:
    likenesses = parting_lips(FRAMES)
    for share in (1.0, 0.25):
        faces = talking()
        for face, likeness in zip(faces, likenesses, strict=True):
            assert face is not None
            assert likeness is not None
            assert likenesses[0] is not None
            moved = likeness.points - likenesses[0].points
            face.landmarks[list(POINTS_68), :2] = likenesses[0].points + share * moved
        figures = told_by_landmarks(truth(faces), likenesses)
        assert figures["truth's landmarks by dlib r lips apart"] == pytest.approx(1)
        assert figures["truth's landmarks by dlib gain lips apart"] == pytest.approx(share)


def test_a_frame_without_a_face_in_the_truth_is_left_out() -> None:
    faces = talking()
    faces[3] = None
    outputs = pictures()
    outputs[3] = np.zeros_like(outputs[3])
    row = compare(truth(faces), [None] * FRAMES, outputs, ScriptedJudges(talking()))
    assert row.figures["l1"] == 0
    assert row.figures["missing"] == 0


def test_landmark_distances_are_taken_over_their_own_points() -> None:
    moved = made_face()
    moved.landmarks[list(IRISES), 0] += 3
    moved.landmarks[list(MOUTH), 1] += 2
    figures = landmark_figures([made_face()] * 3, [moved] * 3)
    assert figures["akd_iris"] == pytest.approx(3, abs=1e-4)
    assert figures["akd_mouth"] == pytest.approx(2, abs=1e-4)
    assert figures["akd_478"] == pytest.approx((10 * 3 + 40 * 2) / 478, abs=1e-4)
    assert figures["akd_68"] == pytest.approx(20 * 2 / 68, abs=1e-4)


def test_p95_is_of_the_frames() -> None:
    found = [made_face((0, distance)) for distance in range(21)]
    figures = landmark_figures([made_face()] * 21, found)
    assert figures["akd_68"] == pytest.approx(10, abs=1e-4)
    assert figures["akd_68_p95"] == pytest.approx(19, abs=1e-4)


def test_faces_that_are_not_found_again_are_missing() -> None:
    found: list[Face | None] = [made_face(), None, None, made_face()]
    assert landmark_figures([made_face()] * 4, found)["missing"] == pytest.approx(0.5)
    assert landmark_figures([made_face()] * 4, [None] * 4) == {"missing": 1.0}


def test_a_face_that_does_not_move_has_no_blendshape_correlation_and_no_jitter() -> None:
    figures = landmark_figures(talking(), [made_face()] * FRAMES)
    assert figures["blendshape_r"] == 0
    assert figures["jitter"] == 0
