"""Configurations that cannot be meant."""

from pathlib import Path

import pytest

from realtime.config import load_config
from realtime.errors import InputError
from tests.faults.conftest import Tell


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[canvas]\nfps = 0", id="too slow"),
        pytest.param("[canvas]\nfps = nan", id="not a number"),
        pytest.param("[canvas]\nfps = inf", id="infinite"),
        pytest.param(f"[canvas]\nfps = 1{'0' * 400}", id="more than a float holds"),
        pytest.param(f"[canvas]\nfps = 1{'0' * 5000}", id="more digits than Python reads"),
        pytest.param("[canvas]\nwidth = -1280", id="negative"),
        pytest.param(f"[canvas]\nwidth = 1{'0' * 400}", id="very wide"),
        pytest.param('"a\\nb" = 3', id="two lines"),
        pytest.param(f"camera = [{'1,' * 10_000}]", id="a long list"),
        pytest.param("[canvas]\nwidth = true", id="another type"),
        pytest.param("[motion]\nhed = 1", id="misspelt"),
        pytest.param("canvas = 3", id="no table"),
        pytest.param("[canvas\n", id="no TOML"),
        pytest.param('avatar = "a\\u0000b"', id="NUL in a path"),
        pytest.param('camera = "\\u0000"', id="NUL in a name"),
        pytest.param('avatar = "~nobody-of-that-name/a.png"', id="home of nobody"),
        pytest.param("a = " + "[" * 100_000, id="too deep"),
        pytest.param("#" * 2_000_000, id="too long"),
        pytest.param("\udcff", id="no text"),
    ],
)
def test_cannot_be_meant(tell: Tell, tmp_path: Path, text: str) -> None:
    file = tmp_path / "mimicam.toml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError) as caught:
        load_config(file)
    message = str(caught.value)
    assert str(file) in message
    assert "\n" not in message
    assert len(message) < 600
    tell(
        "configuration out of range or malformed",
        "nothing: the run does not start",
        "start again",
        "mimicam: error: … (the key, what it must be, what it is)",
    )
