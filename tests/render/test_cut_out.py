import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.render.cut_out import crispen, extend, refine_matte, separate
from realtime.types import RGB

SKIN, WALL = np.array([220.0, 180.0, 150.0]), np.array([30.0, 90.0, 200.0])


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
    person, plate = separate(picture, matte, np.ones((120, 120), np.float32), head_size=20)
    assert np.abs(over(person, plate) - picture).max() <= 24
    assert np.abs(over(person, plate) - picture).mean() <= 0.5
    # Over a white wall only skin and white are seen: no blue in the border.
    elsewhere = over(person, np.full((120, 120, 3), 255.0))
    assert elsewhere[..., 0].min() >= 140


def test_the_plate_shows_the_picture_where_nobody_was() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (120, 120, 3), dtype=np.uint8)
    person, plate = separate(picture, disc(), np.ones((120, 120), np.float32), head_size=20)
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
    oval = np.array([[100, 40], [140, 40], [140, 80], [100, 80]], np.float32)
    refined = refine_matte(matte, picture, oval, head_size=60)
    assert np.abs(refined - truth).mean() < 0.4 * np.abs(matte - truth).mean()
    assert (refined[40:80, 100:140] == 1).all(), "the face is the person's"
