"""Steadying: tremble goes, motion stays, and nothing is late or carried over a gap."""

import numpy as np

from realtime.motion.steady import steady, with_calm_scores
from realtime.types import Face, Presence, Sighting

RANDOM = np.random.default_rng(3)
BASE = RANDOM.uniform(0.0, 200.0, (478, 3)).astype(np.float32)
BASE[33], BASE[263] = (50.0, 100.0, 0.0), (150.0, 100.0, 0.0)
TREMBLE_PX = 0.25
"The landmarker's, at this distance between the eyes."


def sighting(index: int, landmarks: np.ndarray | None, score: float = 0.0) -> Sighting:
    face = None
    if landmarks is not None:
        scores = np.full(52, score, np.float32)
        face = Face(landmarks.astype(np.float32), scores, np.eye(4, dtype=np.float32))
    return Sighting(face, Presence.TRACKING, 1.0, index, index * 33_000_000)


def tracks(sightings: list[Sighting]) -> np.ndarray:
    return np.array([entry.face.landmarks for entry in sightings if entry.face is not None])


def test_tremble_is_halved_at_least() -> None:
    noisy = BASE + RANDOM.normal(0.0, TREMBLE_PX, (60, 478, 3))
    calm = tracks(steady([sighting(i, row) for i, row in enumerate(noisy)]))
    assert (calm - BASE)[..., :2].std() < 0.6 * TREMBLE_PX
    shake = np.abs(np.diff(calm[..., :2], 2, axis=0)).mean()
    assert shake < 0.5 * np.abs(np.diff(noisy[..., :2], 2, axis=0)).mean()


def test_tremble_goes_from_a_face_that_moves_evenly_too() -> None:
    path = BASE + 4.0 * np.arange(60)[:, None, None]
    noisy = path + RANDOM.normal(0.0, TREMBLE_PX, (60, 478, 3))
    calm = tracks(steady([sighting(i, row) for i, row in enumerate(noisy)]))
    assert (calm - path)[1:-1, :, :2].std() < 0.6 * TREMBLE_PX
    shake = np.abs(np.diff(calm[..., :2], 2, axis=0)).mean()
    assert shake < 0.5 * np.abs(np.diff(noisy[..., :2], 2, axis=0)).mean()


def test_a_leap_is_neither_smeared_nor_late() -> None:
    rows = [BASE + (20.0 if index >= 10 else 0.0) for index in range(20)]
    calm = tracks(steady([sighting(i, row, float(i >= 10)) for i, row in enumerate(rows)]))
    assert np.allclose(calm, rows, atol=1e-3)
    scores = [
        entry.face.blendshapes[0]
        for entry in steady([sighting(i, row, float(i >= 10)) for i, row in enumerate(rows)])
        if entry.face is not None
    ]
    assert np.allclose(scores, [float(i >= 10) for i in range(20)], atol=1e-3)


def test_nothing_is_carried_over_a_gap() -> None:
    before, after = BASE, BASE + 0.3
    calm = steady([sighting(0, before), sighting(1, None), sighting(2, after)])
    assert calm[1].face is None
    assert np.array_equal(tracks(calm)[0], before)
    assert np.allclose(tracks(calm)[1], after)


def test_the_given_sightings_are_left_alone() -> None:
    rows = [BASE + RANDOM.normal(0.0, 0.2, BASE.shape) for _ in range(3)]
    given = [sighting(i, row) for i, row in enumerate(rows)]
    kept = tracks(given).copy()
    steady(given)
    assert np.array_equal(tracks(given), kept)


def scores_of(sightings: list[Sighting]) -> np.ndarray:
    return np.array([entry.face.blendshapes[0] for entry in sightings if entry.face is not None])


def test_scores_are_calm_while_the_face_moves_too() -> None:
    rows = [BASE + 1.5 * index for index in range(60)]
    noisy = 0.5 + RANDOM.normal(0.0, 0.05, 60)
    given = [sighting(i, row, noisy[i]) for i, row in enumerate(rows)]
    calm = with_calm_scores(given)
    assert np.abs(np.diff(scores_of(calm), 2)).mean() < 0.25 * np.abs(np.diff(noisy, 2)).mean()
    assert np.array_equal(tracks(calm), tracks(given))


def test_calm_scores_rise_when_the_score_does() -> None:
    given = [sighting(i, BASE, float(i >= 10)) for i in range(20)]
    scores = scores_of(with_calm_scores(given))
    assert np.allclose(scores[:7], 0.0)
    assert np.allclose(scores[13:], 1.0)
    assert np.allclose(scores[9] + scores[10], 1.0), "neither early nor late"


def test_a_cut_smears_no_scores() -> None:
    rows = [BASE + (20.0 if index >= 10 else 0.0) for index in range(20)]
    scores = scores_of(with_calm_scores([sighting(i, r, i >= 10) for i, r in enumerate(rows)]))
    assert np.allclose(scores, [float(i >= 10) for i in range(20)], atol=1e-3)


def test_no_score_is_carried_over_a_gap() -> None:
    calm = with_calm_scores([sighting(0, BASE, 0.0), sighting(1, None), sighting(2, BASE, 1.0)])
    assert np.allclose(scores_of(calm), [0.0, 1.0])
