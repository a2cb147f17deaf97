import numpy as np
import pytest

from bench.quality.signals import (
    ANGLES,
    CHANNELS,
    CORE,
    GROUPS,
    channels,
    correlation,
    gain,
    lag_frames,
    range_ratio,
    varying,
)
from tests.bench.made_faces import about_y, made_face

TIME = np.arange(120.0)
WAVE = np.sin(TIME / 7) + 0.4 * np.sin(TIME / 3)


def test_channels_are_blendshapes_by_name_then_angles() -> None:
    (row,) = channels([made_face(turn=about_y(10), jawOpen=0.5)])
    by_name = dict(zip(CHANNELS, row, strict=True))
    assert len(CHANNELS) == 51 + 3
    assert by_name["jawOpen"] == pytest.approx(0.5)
    assert by_name["yaw"] == pytest.approx(10, abs=1e-4)
    assert by_name["mouthPucker"] == 0


def test_groups_and_core_name_channels() -> None:
    assert {name for names in GROUPS.values() for name in names} | set(CORE) <= set(CHANNELS)


def test_varying_asks_scores_and_degrees_for_their_own_spread() -> None:
    faces = [
        made_face(turn=about_y(4 * (index % 2)), jawOpen=0.2 * (index % 2), mouthPucker=0.01)
        for index in range(8)
    ]
    assert varying(channels(faces), 0.05) == ["jawOpen", "yaw"]
    assert varying(channels(faces), 0.2) == ["yaw"]
    assert varying(channels([]), 0.05) == []


def test_correlation_is_pearsons() -> None:
    assert correlation(WAVE, 3 - 2 * WAVE) == pytest.approx(-1.0)
    assert correlation(np.array([1.0, 2, 3]), np.array([1.0, 3, 2])) == pytest.approx(0.5)


def test_what_stands_still_correlates_with_nothing() -> None:
    assert correlation(WAVE, np.ones_like(WAVE)) == 0.0


def test_gain_is_half_for_half_a_movement_even_with_noise_on_top() -> None:
    shaky = 0.5 * WAVE + 0.2 * np.where(np.arange(120) % 2, 1.0, -1.0)
    assert gain(WAVE, 0.5 * WAVE + 3) == pytest.approx(0.5)
    assert gain(WAVE, shaky) == pytest.approx(0.5, abs=0.02)
    assert range_ratio(WAVE, shaky) > 0.6


def test_range_ratio_is_that_of_the_spans() -> None:
    assert range_ratio(WAVE, 0.5 * WAVE) == pytest.approx(0.5)


@pytest.mark.parametrize("late", [-2, 0, 3])
def test_lag_of_a_shifted_signal_is_the_shift(late: int) -> None:
    assert lag_frames(WAVE, np.roll(WAVE, late)) == pytest.approx(late, abs=0.15)


def test_lag_between_frames_is_read_between_them() -> None:
    late = np.sin((TIME - 1.5) / 7) + 0.4 * np.sin((TIME - 1.5) / 3)
    assert lag_frames(WAVE, late) == pytest.approx(1.5, abs=0.1)


def test_lag_of_unlike_signals_is_unknown() -> None:
    noise = np.random.default_rng(3).normal(size=120)
    assert lag_frames(WAVE, noise) is None
    assert lag_frames(WAVE[:3], WAVE[:3]) is None


def test_angles_come_last() -> None:
    assert CHANNELS[-3:] == ANGLES
