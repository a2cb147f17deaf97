from collections.abc import Sequence

import numpy as np
import pytest

from bench.quality.cross_reenactment import Crossing, follow
from bench.quality.judges import Likeness, Look
from realtime.types import RGB, Face
from tests.bench.made_faces import ScriptedJudges, about_y, made_face, parting_lips, sighted

FRAMES = 60
UPPER, LOWER = (82, 13, 312), (87, 14, 317)
"Landmarks of the inner lips, one above the other."
SOURCE = np.random.default_rng(1).integers(40, 180, (300, 300, 3), np.uint8)


def acting(gain: float = 1.0, late: int = 0, wider: float = 1.0) -> list[Face | None]:
    """Speaks and turns; the last frames are restful."""
    faces: list[Face | None] = []
    for index in range(FRAMES):
        moment = max(0, index - late)
        strength = 0.0 if moment > 48 else 1.0
        jaw = strength * (0.3 + 0.3 * np.sin(moment / 4))
        yaw = strength * 10 * np.sin(moment / 6)
        face = made_face(turn=about_y(gain * yaw), jawOpen=gain * jaw)
        face.landmarks[:, 0] *= wider
        faces.append(face)
    return faces


def crossing(
    driver: list[Face | None],
    output: list[Face | None] | ScriptedJudges,
    pictures: list[RGB] | None = None,
    likenesses: Sequence[Likeness | None] = (None,) * FRAMES,
) -> Crossing:
    return follow(
        SOURCE,
        Look(made_face(), None),
        sighted(driver),
        list(likenesses),
        pictures or [SOURCE] * len(driver),
        output if isinstance(output, ScriptedJudges) else ScriptedJudges(output),
    )


def test_a_copy_of_the_driver_is_perfect() -> None:
    result = crossing(acting(), acting())
    assert result.r == pytest.approx({"jawOpen": 1, "yaw": 1})
    assert result.gain == pytest.approx({"jawOpen": 1, "yaw": 1})
    assert result.range == pytest.approx({"jawOpen": 1, "yaw": 1})
    expected = {"missing": 0, "identity": 0, "jitter": 1, "lag_frames": 0, "sharpness": 1}
    assert {name: result.figures[name] for name in expected} == pytest.approx(expected, abs=0.02)


def test_half_of_the_movement_is_half_the_gain() -> None:
    result = crossing(acting(), acting(gain=0.5))
    assert result.gain == pytest.approx({"jawOpen": 0.5, "yaw": 0.5}, abs=1e-3)
    assert result.r == pytest.approx({"jawOpen": 1, "yaw": 1}, abs=1e-3)


def test_two_frames_late_is_a_lag_of_two() -> None:
    assert crossing(acting(), acting(late=2)).figures["lag_frames"] == pytest.approx(2, abs=0.2)


def test_another_shape_of_face_is_another_identity_at_rest_too() -> None:
    figures = crossing(acting(), acting(wider=1.2)).figures
    assert figures["identity"] is not None
    assert figures["identity"] > 0.05
    assert figures["identity_neutral"] == pytest.approx(figures["identity"], abs=0.02)


def test_missing_faces_count_where_the_driver_was_seen() -> None:
    driver, output = acting(), acting()
    driver[0], output[0], output[1] = None, None, None
    result = crossing(driver, output)
    assert result.figures["missing"] == pytest.approx(1 / 59)
    assert result.r["jawOpen"] == pytest.approx(1)


def test_no_face_in_any_output_leaves_only_what_can_be_told() -> None:
    result = crossing(acting(), [None] * FRAMES)
    assert result.figures["missing"] == 1
    assert result.figures["lag_frames"] is None
    assert result.r == {}


def test_sharpness_is_that_of_the_moments_when_the_driver_is_like_the_portrait() -> None:
    soft = SOURCE // 2 + np.uint8(50)
    pictures = [np.full_like(SOURCE, 100)] * 49 + [soft] * 11
    result = crossing(acting(), acting(), pictures)
    assert result.figures["sharpness"] == pytest.approx(0.25, abs=0.02)


def test_lips_that_part_half_as_far_have_half_the_gain_by_the_landmarks_too() -> None:
    def parting(share: float) -> list[Face | None]:
        faces = acting(gain=0.0)
        for index, face in enumerate(faces):
            assert face is not None
            face.landmarks[list(UPPER), 1], face.landmarks[list(LOWER), 1] = 150, 160
            face.landmarks[list(LOWER), 0] = face.landmarks[list(UPPER), 0]
            face.landmarks[list(LOWER), 1] += share * 30 * (1 + np.sin(index / 4))
        return faces

    figures = crossing(parting(1.0), parting(0.5)).figures
    assert figures["landmarks r lips apart"] == pytest.approx(1)
    assert figures["landmarks gain lips apart"] == pytest.approx(0.5)


def test_the_second_judge_compares_its_own_points() -> None:
    driver = parting_lips(FRAMES)
    still = ScriptedJudges(acting(), driver[0])
    figures = crossing(acting(), still, likenesses=driver).figures
    assert figures["dlib r lips apart"] == pytest.approx(0)
    assert figures["dlib gain lips apart"] == pytest.approx(0)
