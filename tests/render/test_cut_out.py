import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.render.cut_out import crispen, extend, refine_matte, separate, within
from realtime.types import RGB

SKIN, WALL = np.array([220.0, 180.0, 150.0]), np.array([30.0, 90.0, 200.0])
NO_FACE, ALL_MOVES = np.zeros((120, 120), np.float32), np.ones((120, 120), np.float32)


def disc(size: int = 120, radius: float = 35.0, soft: float = 3.0) -> NDArray[np.float32]:
    """Coverage of a soft disc in the middle."""
    ys, xs = np.mgrid[:size, :size] + 0.5
    from_edge = radius - np.hypot(xs - size / 2, ys - size / 2)
    coverage: NDArray[np.float32] = np.clip(from_edge / soft + 0.5, 0.0, 1.0).astype(np.float32)
    return coverage


def over(person: RGB, plate: NDArray[np.float64] | RGB) -> NDArray[np.float64]:
    alpha = person[..., 3:] / 255
    result: NDArray[np.float64] = alpha * person[..., :3] + (1 - alpha) * plate
    return result


@pytest.mark.parametrize("grown_px", [0.0, 4.0], ids=["a true matte", "a matte that is too large"])
def test_person_over_plate_is_the_picture_and_takes_no_wall_along(grown_px: float) -> None:
    coverage = disc()[..., None]
    picture = np.round(coverage * SKIN + (1 - coverage) * WALL).astype(np.uint8)
    matte = disc(radius=35.0 + grown_px, soft=3.0 + 2 * grown_px)
    person, plate = separate(picture, matte, NO_FACE, ALL_MOVES, head_size=20)
    assert np.abs(over(person, plate) - picture).max() <= 24
    assert np.abs(over(person, plate) - picture).mean() <= 0.5
    # Over a white wall only skin and white are seen: no blue in the border.
    elsewhere = over(person, np.full((120, 120, 3), 255.0))
    assert elsewhere[..., 0].min() >= 140


def test_a_line_of_light_round_the_person_does_not_go_along() -> None:
    """Two pixels of white paint between skin and wall, half of them within the matte."""
    light = disc(radius=36.0, soft=1.0) - disc(radius=34.0, soft=1.0)
    coverage = disc(soft=1.0)
    picture = coverage[..., None] * SKIN + (1 - coverage[..., None]) * WALL
    picture += light[..., None] * (255.0 - picture)
    drawn = np.round(picture).astype(np.uint8)
    person, _ = separate(drawn, coverage, NO_FACE, ALL_MOVES, head_size=20)
    elsewhere = over(person, np.broadcast_to(WALL, (120, 120, 3)))
    assert (elsewhere <= SKIN.max() + 1).all()
    assert (person[60, 60, :3] == SKIN).all()


def test_a_matte_cut_hard_gets_the_pictures_own_soft_border() -> None:
    coverage = disc()
    picture = np.round(coverage[..., None] * SKIN + (1 - coverage[..., None]) * WALL)
    hard = (coverage > 0.5).astype(np.float32)
    person, _ = separate(picture.astype(np.uint8), hard, NO_FACE, ALL_MOVES, head_size=50)
    alpha = person[..., 3] / 255
    assert np.abs(alpha - coverage).mean() < 0.4 * np.abs(hard - coverage).mean()
    assert np.abs(np.diff(alpha, axis=1)).max() < 0.7, "no steps"


def test_a_face_drawn_past_its_edge_has_skin_there_and_no_wall() -> None:
    """Landmarks lie a pixel or two beside the real jaw, and a turn draws those out."""
    bright = np.array([250.0, 250.0, 255.0])
    coverage = disc(soft=1.0)
    picture = coverage[..., None] * SKIN + (1 - coverage[..., None]) * bright
    face = disc(radius=37.0, soft=1.0)
    person, _ = separate(picture.astype(np.uint8), coverage, face, ALL_MOVES, head_size=50)
    assert (person[face == 1][:, 3] == 255).all()
    assert np.abs(person[face == 1][:, :3] - SKIN).max() < 12


def test_a_shaded_jaw_before_a_dark_wall_gets_no_bright_rim() -> None:
    """Shade reads like a mixture with the wall; what is left of it would be drawn as light."""
    wall = np.array([40.0, 45.0, 55.0])
    coverage = disc(soft=4.0)[..., None]
    shade = 1.0 - 0.4 * (1.0 - disc(radius=32.0, soft=6.0)[..., None])
    picture = np.round(coverage * shade * SKIN + (1 - coverage) * wall).astype(np.uint8)
    face = disc(radius=35.0, soft=1.0)
    person, _ = separate(picture, disc(soft=4.0), face, ALL_MOVES, head_size=50)
    inside = face == 1
    assert (person[inside][:, :3] <= picture[inside].astype(int) + 1).all()


def test_an_outline_is_filled_to_half_a_pixel_and_softly() -> None:
    disc_points = 60 + 30 * np.array([[np.cos(a), np.sin(a)] for a in np.linspace(0, 6.28, 60)])
    filled = within(disc_points.astype(np.float32), (120, 120, 3))
    assert (filled >= disc(radius=29.0, soft=1.0) - 0.01).all()
    assert (filled <= disc(radius=31.5, soft=1.0) + 0.01).all()
    assert len(np.unique(filled)) > 20


def test_the_plate_shows_the_picture_where_nobody_was() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (120, 120, 3), dtype=np.uint8)
    person, plate = separate(picture, disc(), NO_FACE, ALL_MOVES, head_size=20)
    far = disc(radius=42.0) == 0
    assert (plate[far] == picture[far]).all()
    assert (person[far][:, 3] == 0).all()


def test_a_head_at_the_top_edge_is_rounded_off_and_shoulders_go_on() -> None:
    person = np.zeros((100, 100, 4), np.uint8)
    person[:, 30:70] = 255
    extended = extend(person, 40, head_size=20)
    alpha = extended[..., 3]
    assert alpha.shape == (180, 180)
    assert (alpha[39, 80:100] > 200).all()
    assert alpha[:15].max() == 0
    assert (alpha[140:, 75:105] == 255).all()
    widths = (alpha[:40] > 127).sum(axis=1)
    assert (np.diff(widths) >= 0).all()
    assert widths[-1] <= 42


def test_a_crown_that_the_edge_cuts_off_is_made_whole_and_no_bun() -> None:
    ys, xs = np.mgrid[:120, :120] + 0.5
    person = np.zeros((120, 120, 4), np.uint8)
    # A round head of which a cap of 10 rows is missing.
    person[np.hypot(xs - 60, ys - 30) < 40] = 255
    above = extend(person, 60, head_size=20)[:60, :, 3] > 127
    assert 7 <= above.any(axis=1).sum() <= 14
    widths = above.sum(axis=1)[::-1]
    missing = 2 * np.sqrt(np.maximum(40**2 - (30.5 + np.arange(10)) ** 2, 0))
    np.testing.assert_allclose(widths[:6], missing[:6], atol=6)


def shoulders_cut_off() -> RGB:
    """A head on a shirt that slants out of the picture's lower edge."""
    ys, xs = np.mgrid[:120, :120] + 0.5
    head = 30.0 - np.hypot(xs - 60, ys - 45)
    body = np.minimum(ys - 72, 8 + 0.8 * (ys - 75) - np.abs(xs - 60))
    coverage = np.clip(np.maximum(head, body) + 0.5, 0.0, 1.0)[..., None]
    shirt = np.where(ys[..., None] < 75, SKIN, (200, 200, 230))
    noise = np.random.default_rng(0).normal(0, 12, (120, 120, 3))
    picture = np.clip(coverage * shirt + (1 - coverage) * (40 + noise), 0, 255).astype(np.uint8)
    matte = np.asarray(cv2.GaussianBlur(coverage[..., 0], (0, 0), 2.0), np.float32)
    person, _ = separate(picture, matte, NO_FACE, ALL_MOVES, head_size=25)
    return person


def test_beyond_the_edge_a_person_has_only_colours_of_his_own() -> None:
    """Colours from beside him, which mean nothing where he is not, were painted there in full."""
    person = shoulders_cut_off()
    below = extend(person, 30, head_size=25)[-30:]
    seen = below[below[..., 3] > 127][:, :3].astype(int)
    assert len(seen) > 1000
    assert np.percentile(np.abs(seen - (200, 200, 230)).max(axis=1), 98) < 40


def test_shoulders_that_slant_out_of_the_picture_go_on_so() -> None:
    person = shoulders_cut_off()
    extended = extend(person, 20, head_size=25)
    widths = (extended[..., 3] > 127).sum(axis=1)
    assert widths[-1] > widths[139] + 15
    assert (np.diff(widths[-20:]) >= -1).all()


def test_what_the_person_encloses_is_the_persons() -> None:
    """An earring over hair, which the segmenter takes for background."""
    picture = np.full((120, 120, 3), (30, 20, 20), np.uint8)
    picture[80:90, 75:82] = (230, 200, 20)
    matte = np.zeros((120, 120), np.float32)
    matte[20:, 20:100] = 1
    matte[80:90, 75:82] = 0.1
    refined = refine_matte(matte, picture, head_size=40)
    assert (refined[78:92, 73:84] == 1).all()
    assert refined[:15].max() == 0, "the wall is not"


def test_crisp_pixels_read_halfway_are_as_sharp_as_the_picture() -> None:
    """The picture's own, read halfway between pixels, keep 0.85 of their contrast."""
    noise = np.random.default_rng(0).normal(0.0, 140.0, (120, 120, 4)).astype(np.float32)
    person = np.clip(128 + cv2.GaussianBlur(noise, (0, 0), 1.0), 0, 255).astype(np.uint8)
    crisp = crispen(person)
    halfway = (crisp[:, 1:].astype(float) + crisp[:, :-1]) / 2
    contrasts = [np.diff(each[..., :3], axis=1).std() for each in (halfway, person.astype(float))]
    assert 0.93 < contrasts[0] / contrasts[1] < 1.05
    assert (crisp[..., 3] == person[..., 3]).all(), "the outline stays"


def test_matte_is_drawn_to_the_pictures_own_edge() -> None:
    """The segmenter's border is soft; the picture's is sharp."""
    truth = np.zeros((120, 160), np.float32)
    truth[:, 60:] = 1
    picture = np.where(truth[..., None] > 0, (210, 170, 140), (30, 60, 120)).astype(np.uint8)
    matte = np.asarray(cv2.GaussianBlur(truth, (0, 0), 4.0), np.float32)
    refined = refine_matte(matte, picture, head_size=60)
    assert np.abs(refined - truth).mean() < 0.4 * np.abs(matte - truth).mean()
