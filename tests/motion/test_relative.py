from dataclasses import replace
from unittest.mock import Mock

import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.models.face_mesh import CHIN, UPPER_LIP
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState
from realtime.motion.neutral import FixedNeutral
from realtime.motion.rehearsal import Rehearsal, RehearsalSource
from realtime.motion.relative import RelativeMover
from realtime.motion.retarget import Retargeter, Strengths
from realtime.types import Face, Presence, Sighting

FRAME_NS = 33_333_333


def sighting(face: Face | None, sequence: int = 0, follow: float = 1.0) -> Sighting:
    presence = Presence.TRACKING if follow == 1.0 else Presence.AWAY
    return Sighting(face, presence, follow, sequence, sequence * FRAME_NS)


def source_of(answers: list[Rehearsal | None]) -> Mock:
    """Knows one of these after the other."""
    source = Mock(spec=RehearsalSource)
    source.update.side_effect = answers
    return source


def moved(face: Face, dx: float) -> Face:
    return replace(face, landmarks=face.landmarks + np.array([dx, 0, 0], np.float32))


@pytest.fixture
def driver(avatar: Avatar) -> Face:
    """Another size, elsewhere, the same face: whatever is relative comes out as 1 : 1."""
    return replace(
        avatar.face, landmarks=avatar.face.landmarks * 0.5 + np.array([30, 90, 0], np.float32)
    )


@pytest.fixture
def mover(avatar: Avatar, driver: Face) -> RelativeMover:
    neutral = HeadState.of(driver.landmarks, PoseFitter(avatar.mesh))
    return RelativeMover(
        avatar.face, avatar.mesh, neutral=FixedNeutral(neutral, driver.blendshapes)
    )


def test_neutral_driver_gives_the_portrait(
    avatar: Avatar, driver: Face, mover: RelativeMover
) -> None:
    motion = mover.move(sighting(driver))
    np.testing.assert_allclose(motion.landmarks, avatar.face.landmarks, atol=0.01)


def test_shift_is_scaled_to_the_avatar(avatar: Avatar, driver: Face, mover: RelativeMover) -> None:
    motion = mover.move(sighting(moved(driver, 8)))
    shift = motion.landmarks - avatar.face.landmarks
    np.testing.assert_allclose(shift[:, 0], 16, atol=0.05)
    np.testing.assert_allclose(shift[:, 1], 0, atol=0.05)


def test_a_lip_lifted_to_the_nose_is_held_back(
    avatar: Avatar, driver: Face, mover: RelativeMover
) -> None:
    nose, lip = driver.landmarks[[2, 0], 1]
    lifted = driver.landmarks.copy()
    lifted[list(UPPER_LIP), 1] -= 0.8 * (lip - nose)
    shown = mover.move(sighting(replace(driver, landmarks=lifted))).landmarks
    rest = avatar.face.landmarks
    assert shown[0, 1] - shown[2, 1] > 0.45 * (rest[0, 1] - rest[2, 1])


def test_absolute_takes_the_drivers_shape(avatar: Avatar, driver: Face) -> None:
    wide = replace(driver, landmarks=driver.landmarks * np.array([1.2, 1, 1], np.float32))
    neutral = FixedNeutral(
        HeadState.of(driver.landmarks, PoseFitter(avatar.mesh)), driver.blendshapes
    )
    widths = {}
    for relative in (True, False):
        mover = RelativeMover(avatar.face, avatar.mesh, relative=relative, neutral=neutral)
        landmarks = mover.move(sighting(wide)).landmarks
        widths[relative] = np.ptp(landmarks[:, 0]) / np.ptp(landmarks[:, 1])
    truth = np.ptp(wide.landmarks[:, 0]) / np.ptp(wide.landmarks[:, 1])
    assert widths[False] == pytest.approx(truth, rel=0.02)


def test_nobody_there_idles(avatar: Avatar, mover: RelativeMover) -> None:
    motion = mover.move(sighting(None, follow=0.0))
    assert np.abs(motion.landmarks - avatar.face.landmarks).max() < 6.0
    assert motion.presence is Presence.AWAY


def test_follow_blends_idle_and_driver(avatar: Avatar, driver: Face, mover: RelativeMover) -> None:
    places = [
        float(mover.move(sighting(moved(driver, 20), 0, follow)).landmarks[1, 0])
        for follow in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    assert places == sorted(places)
    assert places[-1] - places[0] == pytest.approx(40, abs=3)


def test_before_calibration_the_avatar_idles(avatar: Avatar, driver: Face) -> None:
    mover = RelativeMover(avatar.face, avatar.mesh)
    far = moved(driver, 60)
    first = mover.move(sighting(far, 0))
    assert np.abs(first.landmarks - avatar.face.landmarks).max() < 6.0


def test_live_driver_takes_over_without_a_jump(avatar: Avatar, driver: Face) -> None:
    mover = RelativeMover(avatar.face, avatar.mesh)
    restful = replace(
        driver, blendshapes=np.zeros(52, np.float32), pose=np.eye(4, dtype=np.float32)
    )
    for sequence in range(6):
        mover.move(sighting(restful, sequence))
    nose = [mover.move(sighting(restful, 6)).landmarks[1, 0]]
    nose += [
        mover.move(sighting(moved(restful, 20), sequence)).landmarks[1, 0]
        for sequence in range(7, 50)
    ]
    assert nose[-1] - avatar.face.landmarks[1, 0] == pytest.approx(40, abs=3)
    assert max(np.diff(nose)) < 8


def test_recalibrate_makes_the_present_face_the_neutral(avatar: Avatar, driver: Face) -> None:
    mover = RelativeMover(avatar.face, avatar.mesh)
    restful = replace(
        driver, blendshapes=np.zeros(52, np.float32), pose=np.eye(4, dtype=np.float32)
    )
    for sequence in range(40):
        mover.move(sighting(restful, sequence))
    away = moved(restful, 20)
    assert mover.move(sighting(away, 40)).landmarks[1, 0] > avatar.face.landmarks[1, 0] + 30
    mover.recalibrate()
    motions = [mover.move(sighting(away, sequence)) for sequence in range(41, 90)]
    np.testing.assert_allclose(motions[-1].landmarks, avatar.face.landmarks, atol=0.05)


def test_recalibrate_has_the_rehearsal_know_of_it_once(avatar: Avatar, driver: Face) -> None:
    """In the mover's own thread, whoever asked."""
    source = source_of([None] * 80)
    mover = RelativeMover(avatar.face, avatar.mesh, rehearsal=source)
    for sequence in range(40):
        mover.move(sighting(driver, sequence))
    mover.recalibrate()
    source.reset.assert_not_called()
    for sequence in range(40, 80):
        mover.move(sighting(driver, sequence))
    source.reset.assert_called_once_with()


def test_still_driver_is_followed_exactly_unless_breath_is_asked_for(
    avatar: Avatar, driver: Face
) -> None:
    neutral = FixedNeutral(
        HeadState.of(driver.landmarks, PoseFitter(avatar.mesh)), driver.blendshapes
    )
    added = {}
    for breathing in (0.0, 1.0):
        mover = RelativeMover(avatar.face, avatar.mesh, neutral=neutral, breathing=breathing)
        moved_px = [
            np.abs(mover.move(sighting(driver, n)).landmarks - avatar.face.landmarks)[:, :2].max()
            for n in range(200)
        ]
        added[breathing] = max(moved_px)
    assert added[0.0] < 0.01
    assert 0.3 < added[1.0] < 4.0


def test_what_a_rehearsal_taught_is_glided_into(avatar: Avatar, driver: Face) -> None:
    """A judge who sees nothing of what the avatar is told: all of it is overdone, up to a bound."""
    fitter = PoseFitter(avatar.mesh)
    rest = HeadState.of(avatar.face.landmarks, fitter)
    restful = replace(
        driver, blendshapes=np.zeros(52, np.float32), pose=np.eye(4, dtype=np.float32)
    )
    lower = restful.landmarks.copy()
    lower[[17, 84, 314, 152], 1] += 6
    open_mouth = replace(restful, landmarks=lower)
    neutral, driven = (HeadState.of(f.landmarks, fitter) for f in (restful, open_mouth))
    asked = Retargeter(rest, Strengths())(driven, neutral)
    faces, states = [restful, restful], [rest, asked]
    learnt = Rehearsal.hold(
        rest, restful, faces, states, lambda _: avatar.face, lambda state: state
    )
    answers: list[Rehearsal | None] = [None] * 30 + [learnt] * 60
    mover = RelativeMover(avatar.face, avatar.mesh, rehearsal=source_of(answers))
    for sequence in range(12):
        mover.move(sighting(restful, sequence))
    chins = [
        float(mover.move(sighting(open_mouth, sequence)).landmarks[152, 1])
        for sequence in range(12, 95)
    ]
    before, after = chins[25], chins[-1]
    assert abs(after - before) > 1.0
    assert np.abs(np.diff(chins[20:])).max() < 0.15 * abs(after - before)


def test_from_one_rehearsal_to_the_next_the_avatar_glides(avatar: Avatar, driver: Face) -> None:
    def teaching(aside_cm: float) -> Mock:
        rehearsal = Mock(spec=Rehearsal)
        rehearsal.correct.side_effect = lambda _, state, __: HeadState(
            state.pose, state.shape + np.array([aside_cm, 0.0, 0.0])
        )
        return rehearsal

    restful = replace(
        driver, blendshapes=np.zeros(52, np.float32), pose=np.eye(4, dtype=np.float32)
    )
    answers: list[Rehearsal | None] = [*[teaching(0.5)] * 60, *[teaching(-0.5)] * 60]
    mover = RelativeMover(avatar.face, avatar.mesh, rehearsal=source_of(answers))
    places_px = [
        float(mover.move(sighting(restful, sequence)).landmarks[CHIN, 0]) for sequence in range(120)
    ]
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    way_px = np.diff(places_px[50:])
    assert way_px.sum() == pytest.approx(-rest.pose.scale, rel=0.1)
    assert np.abs(way_px).max() < 0.2 * rest.pose.scale
