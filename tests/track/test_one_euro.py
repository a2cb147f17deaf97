import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.track.one_euro import OneEuroFilter, OneEuroSettings, eye_distance
from realtime.types import LANDMARK_COUNT, Landmarks

FRAME_NS = 33_333_333
EYES_PX = 100.0


def face(offset_px: float = 0.0) -> Landmarks:
    """Landmarks with the outer eye corners `EYES_PX` apart, moved to the right."""
    landmarks = np.random.default_rng(7).uniform(100, 300, (LANDMARK_COUNT, 3))
    landmarks[33], landmarks[263] = (150, 200, 0), (150 + EYES_PX, 200, 0)
    landmarks[:, 0] += offset_px
    return landmarks.astype(np.float32)


def filtered(frames: list[Landmarks], settings: OneEuroSettings | None = None) -> Landmarks:
    """(n, 478, 3), at 30 frames a second."""
    smooth = OneEuroFilter(settings)
    return np.stack([smooth(frame, i * FRAME_NS) for i, frame in enumerate(frames)])


def still(noise_px: float, count: int = 150) -> list[Landmarks]:
    random = np.random.default_rng(1)
    noise = random.normal(0, noise_px, (count, LANDMARK_COUNT, 3)).astype(np.float32)
    return [face() + part for part in noise]


def moving(speed_px_s: float, count: int = 30) -> list[Landmarks]:
    return [face(speed_px_s * i * FRAME_NS * 1e-9) for i in range(count)]


def test_the_first_landmarks_pass_unchanged() -> None:
    assert (OneEuroFilter()(face(), 5) == face()).all()


def test_a_still_face_shivers_at_most_two_thirds_as_much() -> None:
    raw = np.stack(still(noise_px=0.3))
    result = filtered(list(raw))
    assert result[20:].std(axis=0).mean() < 0.67 * raw[20:].std(axis=0).mean()


def test_a_still_face_stays_in_its_place() -> None:
    result = filtered(still(noise_px=0.3))
    assert np.abs(result[20:].mean(axis=0) - face()).max() < 0.2


@pytest.mark.parametrize("speed_eyes_per_s", [1.0, 3.0, 8.0])
def test_a_moving_face_lags_less_than_one_frame(speed_eyes_per_s: float) -> None:
    speed_px_s = speed_eyes_per_s * EYES_PX
    frames = moving(speed_px_s)
    behind_px = frames[-1][:, 0] - filtered(frames)[-1, :, 0]
    assert 0 <= behind_px.max() / speed_px_s < 0.010


def test_after_a_step_nine_tenths_are_shown_within_two_frames() -> None:
    frames = [face()] * 5 + [face(30.0)] * 3
    shown = filtered(frames)[:, 0, 0] - face()[0, 0]
    assert shown[4] == 0
    assert shown[6] > 27


def test_the_filter_never_overshoots_a_step() -> None:
    shown = filtered([face()] * 5 + [face(30.0)] * 20)[:, :, 0] - face()[:, 0]
    assert shown.max() <= 30.001
    assert (np.diff(shown, axis=0) >= -1e-3).all()


def test_each_landmark_is_filtered_by_its_own_speed() -> None:
    random = np.random.default_rng(2)
    frames = []
    for i in range(60):
        landmarks = face() + random.normal(0, 0.3, (LANDMARK_COUNT, 3)).astype(np.float32)
        landmarks[100, 0] += 40 * np.sin(i)
        frames.append(landmarks)
    resting = filtered(still(noise_px=0.3, count=60))[20:, 0].std()
    assert filtered(frames)[20:, 0].std() == pytest.approx(resting, rel=0.25)


@given(st.floats(0.2, 5.0), st.floats(-500, 500))
def test_picture_size_and_place_make_no_difference(scale: float, shift_px: float) -> None:
    frames = moving(150.0, count=6)
    elsewhere = [frame * np.float32(scale) + np.float32(shift_px) for frame in frames]
    expected = filtered(frames) * scale + shift_px
    assert np.allclose(filtered(elsewhere), expected, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize(
    "elapsed_ns",
    [
        pytest.param(301_000_000, id="a long gap"),
        pytest.param(0, id="the same time again"),
        pytest.param(-FRAME_NS, id="time ran back, as when a file is looped"),
    ],
)
def test_the_filter_starts_anew(elapsed_ns: int) -> None:
    smooth = OneEuroFilter()
    smooth(face(), 10**9)
    assert (smooth(face(25.0), 10**9 + elapsed_ns) == face(25.0)).all()


def test_a_short_gap_is_bridged_with_its_true_length() -> None:
    def shown_after(elapsed_ns: int) -> float:
        smooth = OneEuroFilter()
        smooth(face(), 0)
        return float(smooth(face(1.0), elapsed_ns)[0, 0] - face()[0, 0])

    assert 0.1 < shown_after(FRAME_NS) < shown_after(6 * FRAME_NS) < 1.0


def test_reset_forgets_the_past() -> None:
    smooth = OneEuroFilter()
    smooth(face(), 0)
    smooth.reset()
    assert (smooth(face(25.0), FRAME_NS) == face(25.0)).all()


def test_results_belong_to_the_caller() -> None:
    smooth = OneEuroFilter()
    given_landmarks = face()
    first = smooth(given_landmarks, 0)
    first[:] = 0
    given_landmarks[:] = 0
    second = smooth(face(), FRAME_NS)
    assert second.dtype == np.float32
    assert np.allclose(second, face())


def test_a_lower_cutoff_is_steadier() -> None:
    raw = still(noise_px=0.3)
    calm = filtered(raw, OneEuroSettings(min_cutoff_hz=0.5, beta=1.0))
    quick = filtered(raw, OneEuroSettings(min_cutoff_hz=8.0, beta=1.0))
    assert calm[20:].std(axis=0).mean() < 0.5 * quick[20:].std(axis=0).mean()


def test_eye_distance_includes_depth() -> None:
    landmarks = face()
    landmarks[263] = landmarks[33] + np.array([30, 0, 40], np.float32)
    assert eye_distance(landmarks) == pytest.approx(50)
