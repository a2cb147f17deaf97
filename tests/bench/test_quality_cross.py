import numpy as np
import pytest

from bench.quality.cross_reenactment import Crossing, follow
from bench.quality.judges import Look
from realtime.types import RGB, Face
from tests.bench.made_faces import ScriptedJudges, about_y, made_face, sighted

FRAMES = 60
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
    driver: list[Face | None], output: list[Face | None], pictures: list[RGB] | None = None
) -> Crossing:
    return follow(
        SOURCE,
        Look(made_face(), None),
        sighted(driver),
        [None] * len(driver),
        pictures or [SOURCE] * len(driver),
        ScriptedJudges(output),
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
