import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.render.grain import grain
from realtime.types import RGB

KNOWN = np.ones((120, 160), bool)
KNOWN[30:90, 50:110] = False
HIDDEN = ~KNOWN


def wall(weave_px: float, strength: float = 12.0) -> RGB:
    """A wall with soft grain of one size, grey."""
    noise = np.random.default_rng(0).standard_normal((120, 160)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), weave_px)
    plane = 128 + strength * soft / soft.std()
    return np.repeat(np.clip(plane, 0, 255)[..., None], 3, axis=2).astype(np.uint8)


def roughness(texture: NDArray[np.float32]) -> float:
    """Change from pixel to pixel over the spread: small for coarse grain."""
    return float(np.diff(texture, axis=1).std() / texture.std())


@pytest.mark.parametrize("weave_px", [0.6, 2.0])
def test_grain_is_as_strong_and_as_coarse_as_what_is_seen(weave_px: float) -> None:
    picture = wall(weave_px)
    made = grain(picture, KNOWN, head_size=60)[HIDDEN].reshape(60, 60, 3)
    seen = picture[:60, :50].astype(np.float32)
    assert 0.75 < made.std() / seen.std() < 1.25
    assert 0.75 < roughness(made) / roughness(seen) < 1.3
    assert np.abs(made - made[..., :1]).max() < 1.0, "a grey wall has grey grain"


def test_grain_is_weaker_where_the_wall_is_smoother() -> None:
    picture = wall(0.6)
    picture[:, 80:] = wall(0.6, strength=7.0)[:, 80:]
    made = grain(picture, KNOWN, head_size=20)
    assert made[30:90, 100:110].std() < 0.75 * made[30:90, 50:60].std()


def test_a_pattern_beside_a_plain_wall_is_no_grain() -> None:
    """A flag's folds and stars are not to be scattered over the sky."""
    picture = wall(0.6, strength=4.0)
    picture[:, :40] = np.where((np.arange(40) // 5 % 2)[:, None], 200, 40)
    made = grain(picture, KNOWN, head_size=40)[HIDDEN]
    assert 2.0 < made.std() < 6.0


def test_a_flat_wall_has_no_grain() -> None:
    flat = np.full((120, 160, 3), 90, np.uint8)
    assert np.abs(grain(flat, KNOWN, head_size=30)).max() < 0.01


def test_an_edge_is_no_grain() -> None:
    picture = np.full((120, 160, 3), 90, np.uint8)
    picture[:, :20] = 220
    assert np.abs(grain(picture, KNOWN, head_size=30)).max() < 1.0


def test_grain_is_the_same_on_every_call_and_none_where_none_can_be_told() -> None:
    picture = wall(0.6)
    assert np.array_equal(grain(picture, KNOWN, 60), grain(picture, KNOWN, 60))
    little = np.zeros(KNOWN.shape, bool)
    little[:5, :20] = True
    assert not grain(picture, little, 60).any()
