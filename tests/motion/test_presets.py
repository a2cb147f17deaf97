import pytest

from realtime.config import MotionConfig
from realtime.motion.presets import PRESETS, Dynamics, dynamics_of
from realtime.motion.retarget import Strengths


def test_natural_is_the_drivers_own_motion() -> None:
    assert dynamics_of(MotionConfig()).strengths == Strengths()
    assert dynamics_of(MotionConfig()).breathing == 1.0


@pytest.mark.parametrize("name", PRESETS)
def test_configuration_names_every_preset(name: str) -> None:
    assert dynamics_of(MotionConfig(preset=name)) == PRESETS[name]


def test_presets_differ_as_their_names_say() -> None:
    calm, natural, expressive = (
        PRESETS[name].strengths for name in ("calm", "natural", "expressive")
    )
    assert calm.head < natural.head < expressive.head
    assert calm.mouth < natural.mouth < expressive.mouth
    assert calm.brows < natural.brows < expressive.brows
    assert calm.eyes == natural.eyes == expressive.eyes == 1.0, "blinks are whole"


def test_stated_strengths_override_the_preset() -> None:
    stated = MotionConfig(preset="calm", brows=1.0, breathing=0.0)
    calm = PRESETS["calm"].strengths
    assert dynamics_of(stated) == Dynamics(Strengths(calm.head, calm.mouth, 1.0, 1.0), 0.0)
