from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from realtime import config
from realtime.config import CanvasConfig, Config, MotionConfig, load_config
from realtime.errors import InputError
from realtime.motion.presets import dynamics_of
from realtime.motion.retarget import Strengths
from realtime.track.one_euro import OneEuroSettings


def write(folder: Path, text: str) -> Path:
    file = folder / "mimicam.toml"
    file.write_text(text)
    return file


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    loaded = load_config(write(tmp_path, ""))
    assert loaded == Config()
    assert (loaded.canvas.width, loaded.canvas.height, loaded.canvas.fps) == (1280, 720, 30.0)
    assert loaded.canvas.badge
    assert loaded.motion.relative


def test_what_the_file_says_replaces_the_default_and_nothing_else(tmp_path: Path) -> None:
    loaded = load_config(
        write(
            tmp_path,
            """
            camera = "/dev/video2"
            avatar = "me.jpg"
            [canvas]
            fps = 25
            [output]
            virtual_camera = true
            record = "/videos/out.mp4"
            [motion]
            mouth = 1.2
            """,
        )
    )
    expected = Config(camera="/dev/video2", avatar=tmp_path / "me.jpg")
    expected = replace(
        expected,
        canvas=CanvasConfig(fps=25.0),
        output=replace(expected.output, virtual_camera=True, record=Path("/videos/out.mp4")),
        motion=MotionConfig(mouth=1.2),
    )
    assert loaded == expected
    assert isinstance(loaded.canvas.fps, float)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("avatr = 'a'", "unknown key 'avatr'; did you mean 'avatar'?", id="misspelt"),
        pytest.param(
            "[motion]\nbrow = 1.0",
            "unknown key 'motion.brow'; did you mean 'motion.brows'?",
            id="misspelt in a table",
        ),
        pytest.param(
            "mouth = 1.0", "unknown key 'mouth'; did you mean 'motion.mouth'?", id="wrong table"
        ),
        pytest.param(
            "[smoothing]\nzzz = 1",
            "unknown key 'smoothing.zzz'; known are smoothing.min_cutoff_hz, smoothing.beta",
            id="like nothing",
        ),
        pytest.param(
            "[motion]\nhead = 'much'",
            "'motion.head' must be a number, not a string ('much')",
            id="string for number",
        ),
        pytest.param(
            "[canvas]\nwidth = 12.5",
            "'canvas.width' must be a whole number, not a number (12.5)",
            id="fraction for whole number",
        ),
        pytest.param(
            "[canvas]\nfps = true",
            "'canvas.fps' must be a number, not true or false (True)",
            id="a truth is no number",
        ),
        pytest.param(
            "camera = []",
            "'camera' must be a whole number or a string, not a list ([])",
            id="one of two types",
        ),
        pytest.param(
            "output = 'window'", "'output' must be a table, not a string ('window')", id="no table"
        ),
        pytest.param(
            "[canvas]\nfps = 0", "'canvas.fps' must be from 1 to 240, not 0", id="out of range"
        ),
    ],
)
def test_what_is_not_understood_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load_config(file)
    assert str(caught.value) == f"{file}: {complaint}"


def test_not_a_number_is_out_of_range(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'motion\.head' must be from 0 to 3, not nan"):
        load_config(write(tmp_path, "[motion]\nhead = nan"))


def test_bad_toml_names_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mimicam\.toml: .*line 1"):
        load_config(write(tmp_path, "camera = \navatar = 3"))


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.toml: No such file"):
        load_config(tmp_path / "absent.toml")


def test_the_users_own_file_is_optional(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "default_config_file", lambda: tmp_path / "mimicam.toml")
    assert load_config() == Config()
    write(tmp_path, "camera = 3")
    assert load_config().camera == 3


def test_a_configuration_cannot_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Config().camera = 2  # type: ignore[misc]


def test_the_defaults_are_those_of_the_stages() -> None:
    loaded = Config()
    filter_defaults, strengths = OneEuroSettings(), Strengths()
    assert loaded.smoothing.min_cutoff_hz == filter_defaults.min_cutoff_hz
    assert loaded.smoothing.beta == filter_defaults.beta
    assert dynamics_of(loaded.motion).strengths == strengths
