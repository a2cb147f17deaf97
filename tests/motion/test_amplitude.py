"""Amplitude: what is seen too weakly is exaggerated, what is seen turned amiss is turned back."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from realtime.models.blendshapes import NAMES
from realtime.models.face_mesh import INNER_LIP_LOWER, INNER_LIP_UPPER, LEFT_BROW, RIGHT_BROW
from realtime.motion.amplitude import Amplitude
from realtime.motion.geometry import Shape, rotation_from_degrees, rotation_of
from realtime.motion.head_state import HeadState
from realtime.motion.lips import parted
from realtime.types import Face, Similarity

AT_REST = np.zeros(len(NAMES), np.float32)
JAW, SMILE = NAMES.index("jawOpen"), NAMES.index("mouthSmileLeft")
FROWN, BROWS = NAMES.index("browDownLeft"), [*RIGHT_BROW, *LEFT_BROW]
BROW_GAIN = 5
"Of the expressions that are learnt, the first of the brows."
RANDOM = np.random.default_rng(7)
REST = HeadState(
    Similarity(10.0, np.eye(3), np.array([200.0, 200.0, 0.0])), RANDOM.normal(0.0, 4.0, (478, 3))
)
TRAVEL = {
    JAW: RANDOM.normal(0.0, 0.5, (478, 3)),
    SMILE: RANDOM.normal(0.0, 0.5, (478, 3)),
    FROWN: np.zeros((478, 3)),
}
# Brows sit apart, where nothing is part of a jaw or a smile.
REST.shape[BROWS] += 100.0
TRAVEL[FROWN][BROWS, 1] = 0.5


def face(jaw: float = 0.0, smile: float = 0.0, yaw_deg: float = 0.0, frown: float = 0.0) -> Face:
    scores = np.zeros(len(NAMES), np.float32)
    scores[[JAW, SMILE, FROWN]] = jaw, smile, frown
    matrix = np.eye(4, dtype=np.float32)
    flip = np.diag([1.0, -1.0, -1.0])
    matrix[:3, :3] = flip @ rotation_from_degrees(yaw_deg, 0.0, 0.0) @ flip
    return Face(np.zeros((478, 3), np.float32), scores, matrix)


def state(driver: Face) -> HeadState:
    shape = REST.shape + sum(driver.blendshapes[index] * way for index, way in TRAVEL.items())
    turned = replace(REST.pose, rotation=rotation_of(driver.pose))
    return HeadState(turned, shape)


def amount(shown: HeadState, index: int) -> float:
    """How much of one expression a state holds: the others are nearly orthogonal to it."""
    way: Shape = TRAVEL[index]
    return float(((shown.shape - REST.shape) * way).sum() / (way**2).sum())


def look(shown: HeadState) -> Face:
    """A judge who sees jaws by three quarters, smiles in full, and turns by a fifth too much."""
    turn_deg = np.degrees(cv2.Rodrigues(shown.pose.rotation)[0].ravel())
    return face(0.75 * amount(shown, JAW), amount(shown, SMILE), -1.2 * float(turn_deg[1]))


def learnt(drivers: list[Face]) -> Amplitude:
    return Amplitude.learn(REST, face(), drivers, [state(driver) for driver in drivers], look)


def drivers(count: int = 60) -> list[Face]:
    rows = RANDOM.uniform([0, 0, -12], [0.8, 0.8, 12], (count, 3))
    return [face(*row) for row in rows]


def test_what_is_seen_too_weakly_is_exaggerated_and_the_rest_is_not() -> None:
    wanted = face(jaw=0.6, smile=0.5)
    shown = learnt(drivers()).correct(wanted, state(wanted), AT_REST)
    seen = look(shown).blendshapes
    assert seen[JAW] == pytest.approx(0.6, abs=0.06)
    assert seen[SMILE] == pytest.approx(0.5, abs=0.06)


def test_a_head_seen_turned_too_far_is_turned_back_about_its_middle() -> None:
    wanted = face(yaw_deg=10.0)
    asked = state(wanted)
    shown = learnt(drivers()).correct(wanted, asked, AT_REST)
    assert amount(shown, JAW) == pytest.approx(0.0, abs=0.05)
    seen_deg = np.degrees(cv2.Rodrigues(rotation_of(look(shown).pose))[0].ravel())
    assert abs(float(seen_deg[1])) == pytest.approx(10.0, abs=1.5)
    assert shown.landmarks().mean(axis=0) == pytest.approx(asked.landmarks().mean(axis=0), abs=0.01)


def jaw_that_is_hardly_seen(jaw: float) -> float:
    """How far it goes for a score, if next to nothing of it is seen however far it goes."""
    faint = [face(jaw=float(each)) for each in np.linspace(0.0, 0.8, 30)]

    def blind(shown: HeadState) -> Face:
        return face(jaw=0.01 * amount(shown, JAW))

    amplitude = Amplitude.learn(REST, face(), faint, [state(driver) for driver in faint], blind)
    wanted = face(jaw=jaw)
    return amount(amplitude.correct(wanted, state(wanted), AT_REST), JAW)


def test_exaggeration_has_its_end() -> None:
    assert jaw_that_is_hardly_seen(0.5) == pytest.approx(0.95, abs=0.05)


def test_a_mouth_that_is_wide_open_is_exaggerated_less_than_speech() -> None:
    """Twice a gape would be a chin on the chest."""
    assert jaw_that_is_hardly_seen(0.3) > 1.8 * 0.3
    assert 1.3 * 0.9 < jaw_that_is_hardly_seen(0.9) < 1.6 * 0.9


@pytest.mark.parametrize(("at_rest", "most"), [(0.0, 0.95), (0.5, 0.75), (1.0, 0.5)])
def test_the_more_a_portrait_smiles_the_less_is_its_mouth_exaggerated(
    at_rest: float, most: float
) -> None:
    """Its smile hides a jaw from the judge; it would gape."""
    faint = [face(jaw=float(jaw)) for jaw in np.linspace(0.0, 0.8, 30)]

    def beaming(shown: HeadState) -> Face:
        return face(jaw=0.1 * amount(shown, JAW), smile=at_rest)

    amplitude = Amplitude.learn(REST, face(), faint, [state(driver) for driver in faint], beaming)
    wanted = face(jaw=0.5)
    shown = amplitude.correct(wanted, state(wanted), AT_REST)
    assert amount(shown, JAW) == pytest.approx(most, abs=0.05)


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_portrait_that_looks_aside_is_not_exaggerated(side: float) -> None:
    def gain_at(aside_deg: float) -> float:
        rotation = rotation_from_degrees(side * aside_deg, 0.0, 0.0)
        rest = replace(REST, pose=replace(REST.pose, rotation=rotation))
        jaws = [face(jaw=float(each)) for each in np.linspace(0.0, 0.8, 30)]
        states = [replace(rest, shape=state(each).shape) for each in jaws]
        return float(Amplitude.learn(rest, face(), jaws, states, look, turns=False).gain[0])

    assert gain_at(10.0) == gain_at(0.0) > 0.2
    assert 0.0 < gain_at(20.0) < 0.6 * gain_at(0.0)
    assert gain_at(25.0) == 0.0


def test_brows_are_exaggerated_by_no_more_than_half_a_centimetre() -> None:
    frowns = [face(frown=float(frown)) for frown in np.linspace(0.0, 0.9, 30)]
    amplitude = Amplitude.learn(
        REST, face(), frowns, [state(driver) for driver in frowns], lambda _: face()
    )
    slight, strong = face(frown=0.2), face(frown=1.0)
    beyond = [
        (amplitude.correct(each, state(each), AT_REST).shape - state(each).shape)[BROWS, 1]
        for each in (slight, strong)
    ]
    assert beyond[0] == pytest.approx(1.4 * 0.2 * 0.5, abs=0.02)
    assert beyond[1] == pytest.approx(0.44, abs=0.02)


def test_what_is_seen_only_from_some_way_on_is_not_overdone() -> None:
    jaws = [face(jaw=float(jaw)) for jaw in np.linspace(0.0, 0.8, 30)]

    def late(shown: HeadState) -> Face:
        return face(jaw=1.2 * max(0.0, amount(shown, JAW) - 0.2))

    states = [state(driver) for driver in jaws]
    amplitude = Amplitude.learn(REST, face(), jaws, states, late)
    shown = [
        amplitude.correct(driver, asked, AT_REST)
        for driver, asked in zip(jaws, states, strict=True)
    ]
    wanted = [float(driver.blendshapes[JAW]) for driver in jaws]
    seen = [float(late(each).blendshapes[JAW]) for each in shown]
    assert np.polyfit(wanted, seen, 1)[0] == pytest.approx(1.0, abs=0.03)


def test_what_a_rare_grimace_hides_does_not_count_for_the_rest() -> None:
    jaws = [face(jaw=float(jaw)) for jaw in [*np.linspace(0.0, 0.4, 200), 0.9]]

    def blunt(shown: HeadState) -> Face:
        return face(jaw=min(0.4, amount(shown, JAW)))

    states = [state(driver) for driver in jaws]
    amplitude = Amplitude.learn(REST, face(), jaws, states, blunt)
    wanted = face(jaw=0.3)
    shown = amplitude.correct(wanted, state(wanted), AT_REST)
    assert amount(shown, JAW) == pytest.approx(0.3, abs=0.05)


def test_heads_are_turned_back_for_what_the_exaggerated_face_adds() -> None:
    def misled(shown: HeadState) -> Face:
        """Jaws are seen by three quarters, and a head seen to turn the more they open."""
        turn_deg = np.degrees(cv2.Rodrigues(shown.pose.rotation)[0].ravel())
        jaw = amount(shown, JAW)
        return face(0.75 * jaw, yaw_deg=-float(turn_deg[1]) + 4.0 * jaw)

    jaws = [face(jaw=float(jaw)) for jaw in np.linspace(0.0, 0.8, 30)]
    amplitude = Amplitude.learn(REST, face(), jaws, [state(driver) for driver in jaws], misled)
    seen_deg = []
    for driver in jaws:
        pose = misled(amplitude.correct(driver, state(driver), AT_REST)).pose
        seen_deg.append(float(np.degrees(cv2.Rodrigues(rotation_of(pose))[0].ravel())[1]))
    assert abs(float(np.polyfit(np.linspace(0.0, 0.8, 30), seen_deg, 1)[0])) < 0.4


def test_a_driver_who_does_nothing_teaches_nothing() -> None:
    amplitude = learnt([face()] * 5)
    wanted = face(jaw=0.5, yaw_deg=5.0)
    shown = amplitude.correct(wanted, state(wanted), AT_REST)
    assert np.allclose(shown.shape, state(wanted).shape)
    assert np.allclose(shown.pose.rotation, state(wanted).pose.rotation)


def test_an_avatar_in_which_no_face_is_found_is_left_alone() -> None:
    some = drivers()
    amplitude = Amplitude.learn(
        REST, face(), some, [state(driver) for driver in some], lambda _: None
    )
    wanted = some[0]
    shown = amplitude.correct(wanted, state(wanted), AT_REST)
    assert np.array_equal(shown.shape, state(wanted).shape)


def test_another_driver_starts_from_his_own_rest() -> None:
    amplitude, gaping = learnt(drivers()), face(jaw=0.3)
    plain = amplitude.correct(gaping, state(gaping), gaping.blendshapes)
    assert np.allclose(plain.shape, state(gaping).shape)


def test_what_the_avatar_cannot_show_less_of_is_not_overdone() -> None:
    amplitude, closing = learnt(drivers()), face()
    shown = amplitude.correct(closing, state(closing), face(jaw=0.5).blendshapes)
    assert np.allclose(shown.shape, state(closing).shape)


def smiling_for(seen: Callable[[float], float], at_rest: float = 0.0) -> HeadState:
    """What comes of a smile of 0.8 for a judge who sees so much of how much there is."""
    smiles = [face(smile=float(smile)) for smile in np.linspace(0.0, 0.8, 30)]
    amplitude = Amplitude.learn(
        REST,
        face(),
        smiles,
        [state(each) for each in smiles],
        lambda shown: face(smile=max(at_rest, seen(amount(shown, SMILE)))),
    )
    return amplitude.correct(smiles[-1], state(smiles[-1]), AT_REST)


def test_a_portrait_that_smiles_is_not_told_to_smile_beyond_all_there_is() -> None:
    shown = smiling_for(lambda smile: min(1.0, 0.6 + smile))
    assert amount(shown, SMILE) == pytest.approx(0.8, abs=0.05)


def test_brows_that_hardly_move_are_exaggerated_as_far_as_that_is_seen() -> None:
    """A judge who sees a quarter of them: as much again and a half is not enough, thrice is."""
    frowns = [face(frown=float(frown)) for frown in np.linspace(0.0, 0.2, 30)]

    def dim(shown: HeadState) -> Face:
        return face(frown=0.25 * amount(shown, FROWN))

    amplitude = Amplitude.learn(REST, face(), frowns, [state(each) for each in frowns], dim)
    wanted = face(frown=0.15)
    seen = dim(amplitude.correct(wanted, state(wanted), AT_REST)).blendshapes
    assert seen[FROWN] == pytest.approx(0.15, rel=0.1)


def test_brows_that_are_next_to_never_seen_are_exaggerated_no_further_than_usual() -> None:
    """What was next to nothing has soon doubled."""
    frowns = [face(frown=float(frown)) for frown in np.linspace(0.0, 0.2, 30)]

    def blind(shown: HeadState) -> Face:
        return face(frown=max(0.0, 0.03 * (amount(shown, FROWN) - 0.1)))

    amplitude = Amplitude.learn(REST, face(), frowns, [state(each) for each in frowns], blind)
    assert amplitude.gain[BROW_GAIN] == pytest.approx(1.4)


def test_the_better_more_of_brows_is_seen_the_further_they_go() -> None:
    """Without a leap: a little more that is seen does not send them all the way at once."""
    frowns = [face(frown=float(frown)) for frown in np.linspace(0.0, 0.2, 30)]

    def gain(seen: float) -> float:
        def dim(shown: HeadState) -> Face:
            return face(frown=seen * max(0.0, amount(shown, FROWN)) ** 0.9)

        amplitude = Amplitude.learn(REST, face(), frowns, [state(each) for each in frowns], dim)
        return float(amplitude.gain[BROW_GAIN])

    gains = np.array([gain(seen) for seen in np.linspace(0.04, 0.12, 17)])
    assert gains[0] < 1.6
    assert gains[-1] > 2.8
    assert (np.diff(gains) > -1e-6).all()
    assert np.diff(gains).max() < 0.5


def test_smiles_that_are_seen_late_are_exaggerated_until_they_are() -> None:
    """A mouth whose corners hang: half as much again is next to nothing yet."""
    for at_rest in (0.0, 0.01):
        shown = smiling_for(lambda smile: max(0.0, smile - 1.3), at_rest)
        assert 2.6 * 0.8 < amount(shown, SMILE) <= 3.0 * 0.8


def test_smiles_that_are_nearly_seen_are_exaggerated_no_further_than_usual() -> None:
    shown = smiling_for(lambda smile: 0.45 * smile)
    assert 1.7 * 0.8 < amount(shown, SMILE) < 1.9 * 0.8


def test_smiles_that_are_seen_no_more_for_more_are_not_exaggerated_further() -> None:
    shown = smiling_for(lambda smile: min(0.3, 0.5 * smile))
    assert amount(shown, SMILE) < 1.95 * 0.8


def test_overdone_smiles_keep_shut_lips_shut_and_open_no_mouth_beyond_what_mouths_do() -> None:
    """What was learnt from smiles that show teeth does not part lips of those that show none."""
    grins = [face(smile=float(smile)) for smile in np.linspace(0.0, 0.8, 30)]
    lips = [*INNER_LIP_UPPER[1:-1], *INNER_LIP_LOWER[1:-1]]
    rest = HeadState(REST.pose, REST.shape.copy())
    rest.shape[lips, 0] = np.tile(np.linspace(-2.0, 2.0, 9), 2) + 300.0
    rest.shape[lips, 1] = 300.0

    def grinning(driver: Face, teeth_cm: float) -> HeadState:
        shape = rest.shape + driver.blendshapes[SMILE] * TRAVEL[SMILE]
        shape[list(INNER_LIP_UPPER[1:-1]), 1] = 300.0 - teeth_cm / 2
        shape[list(INNER_LIP_LOWER[1:-1]), 1] = 300.0 + teeth_cm / 2
        return HeadState(rest.pose, shape)

    states = [grinning(each, float(each.blendshapes[SMILE])) for each in grins]
    amplitude = Amplitude.learn(rest, face(), grins, states, lambda _: face())
    wanted = face(smile=0.6)
    for teeth_cm, most_cm in ((0.0, 0.0), (0.1, 0.2), (0.6, 1.2), (5.0, 5.0)):
        shown = amplitude.correct(wanted, grinning(wanted, teeth_cm), AT_REST)
        wider = parted(shown.shape)
        assert (wider <= most_cm + 1e-9).all()
        assert wider.mean() > 0.75 * most_cm or teeth_cm == 0.0


def test_brows_that_fall_are_overdone_as_those_that_rise() -> None:
    frowns = [face(frown=float(frown)) for frown in np.linspace(0.0, 0.9, 30)]
    states = [state(driver) for driver in frowns]
    amplitude = Amplitude.learn(REST, face(), frowns, states, lambda _: face())
    relaxed = face()
    shown = amplitude.correct(relaxed, state(relaxed), face(frown=0.2).blendshapes)
    assert (shown.shape - state(relaxed).shape)[BROWS, 1] == pytest.approx(-0.14, abs=0.02)


def mixed(shown: HeadState) -> Face:
    """A judge to whom a mouth that opens seems to smile a little, too."""
    jaw = amount(shown, JAW)
    return face(jaw, amount(shown, SMILE) + 0.2 * jaw)


def test_much_of_an_expression_that_is_seen_for_another_is_taken_back() -> None:
    some, wanted = drivers(), face(jaw=0.6, smile=0.4)
    assert mixed(state(wanted)).blendshapes[SMILE] == pytest.approx(0.52, abs=0.01)
    amplitude = Amplitude.learn(REST, face(), some, [state(each) for each in some], mixed)
    shown = amplitude.correct(wanted, state(wanted), AT_REST)
    assert 0.4 < mixed(shown).blendshapes[SMILE] < 0.475


def test_what_is_taken_back_leaves_no_less_than_there_can_be() -> None:
    """A mouth that opens is not drawn together because it seems to smile."""
    some = drivers()
    amplitude = Amplitude.learn(REST, face(), some, [state(each) for each in some], mixed)
    opened = face(jaw=0.6)
    shown = amplitude.correct(opened, state(opened), AT_REST)
    assert amount(shown, SMILE) == pytest.approx(0.0, abs=0.03)


def test_no_more_than_a_hint_is_taken_back() -> None:
    def very_mixed(shown: HeadState) -> Face:
        return face(amount(shown, JAW), amount(shown, SMILE) + 0.8 * amount(shown, JAW))

    some, wanted = drivers(), face(jaw=0.8, smile=0.8)
    amplitude = Amplitude.learn(REST, face(), some, [state(each) for each in some], very_mixed)
    shown = amplitude.correct(wanted, state(wanted), AT_REST)
    assert 0.62 < amount(shown, SMILE) < 0.85


def test_nothing_is_added_to_one_expression_for_anothers_sake() -> None:
    """A mouth that smiles is not opened because it seems to be more shut than it is."""

    def shut(shown: HeadState) -> Face:
        return face(amount(shown, JAW) - 0.3 * amount(shown, SMILE), amount(shown, SMILE))

    some = drivers()
    amplitude = Amplitude.learn(REST, face(), some, [state(each) for each in some], shut)
    assert (amplitude.crosstalk >= 0.0).all()
    smiling = face(smile=0.6)
    shown = amplitude.correct(smiling, state(smiling), AT_REST)
    assert amount(shown, JAW) == pytest.approx(0.0, abs=0.03)


def test_how_brows_seem_to_move_with_the_head_is_not_how_strongly_they_are_seen() -> None:
    """A driver who frowns as he turns, and a judge to whom a turn takes half of a frown away."""
    yaws = RANDOM.uniform(-12, 12, 60)
    some = [
        face(yaw_deg=float(yaw), frown=float(0.3 + yaw / 40 + RANDOM.normal(0, 0.05)))
        for yaw in yaws
    ]

    def mixed_up(shown: HeadState) -> Face:
        yaw_deg = -np.degrees(cv2.Rodrigues(shown.pose.rotation)[0].ravel())[1]
        return face(yaw_deg=float(yaw_deg), frown=amount(shown, FROWN) - float(yaw_deg) / 80)

    amplitude = Amplitude.learn(REST, face(), some, [state(driver) for driver in some], mixed_up)
    assert amplitude.gain[BROW_GAIN] < 0.25


def test_turns_can_be_left_alone() -> None:
    some, wanted = drivers(), face(yaw_deg=10.0)
    states = [state(driver) for driver in some]
    amplitude = Amplitude.learn(REST, face(), some, states, look, turns=False)
    shown = amplitude.correct(wanted, state(wanted), AT_REST)
    assert np.allclose(shown.pose.rotation, state(wanted).pose.rotation)
