import numpy as np

from realtime.benchmark.identity import SyntheticSource, identity_stages
from realtime.pipeline import step
from realtime.types import RGB
from tests.fakes import frame


def test_the_picture_is_handed_on_whatever_the_camera_shows() -> None:
    picture: RGB = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)
    stages, out = identity_stages(picture), np.zeros_like(picture)
    motion = step(stages, frame(7, 5, size=(8, 6)), out)
    np.testing.assert_array_equal(out, picture)
    assert (motion.sequence, motion.captured_ns) == (7, 5)
    assert stages.renderer.size == (8, 6)


def test_frames_come_at_their_rate() -> None:
    source = SyntheticSource(25.0)
    frames = [source.read() for _ in range(3)]
    assert [f.captured_ns for f in frames] == [0, 40_000_000, 80_000_000]
    assert [f.sequence for f in frames] == [0, 1, 2]
    assert frames[0].pixels.shape == (480, 640, 3)
