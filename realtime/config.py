"""What `mimicam run` can be told, as frozen values, and the TOML file that may tell it.

The tables of the file are the nested classes, its keys their fields. Whatever the file does not
say keeps the default that stands here.
"""

import difflib
import textwrap
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

import platformdirs

from realtime.errors import InputError

CONFIG_NAME = "mimicam.toml"

_MOST_BYTES = 1_000_000
_LONGEST_COMPLAINT = 500

_T = TypeVar("_T")
_TYPE_NAMES = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a string",
    Path: "a path",
    dict: "a table",
    list: "a list",
}


def _between(least: float, most: float) -> Mapping[str, tuple[float, float]]:
    return {"range": (least, most)}


def _one_of(*choices: str) -> Mapping[str, tuple[str, ...]]:
    return {"choices": choices}


@dataclass(frozen=True, slots=True)
class CanvasConfig:
    """The picture that leaves."""

    width: int = field(default=1280, metadata=_between(16, 7680))
    height: int = field(default=720, metadata=_between(16, 4320))
    fps: float = field(default=30.0, metadata=_between(1, 240))
    badge: bool = True
    "Draw the small mark that says that the face is synthetic."


@dataclass(frozen=True, slots=True)
class OutputConfig:
    """Where pictures go; several at once."""

    virtual_camera: bool = False
    device: str | None = None
    "Virtual camera device, such as /dev/video10; None for the first that is free."
    backend: str | None = None
    "pyvirtualcam's backend, such as v4l2loopback or obs; None for the first that works."
    window: bool = False
    record: Path | None = None
    "Video file to write."
    null: bool = False
    "Throw pictures away: for measuring."


@dataclass(frozen=True, slots=True)
class MotionConfig:
    """How the driver's motion becomes the avatar's; strengths: 1 is all of it, 0 none.

    A strength that is None is the preset's, see `realtime.motion.presets`.
    """

    relative: bool = True
    preset: str = field(default="natural", metadata=_one_of("natural", "expressive", "calm"))
    head: float | None = field(default=None, metadata=_between(0, 3))
    mouth: float | None = field(default=None, metadata=_between(0, 3))
    eyes: float | None = field(default=None, metadata=_between(0, 3))
    brows: float | None = field(default=None, metadata=_between(0, 3))
    breathing: float | None = field(default=None, metadata=_between(0, 3))
    "Under a driver who sits still."


@dataclass(frozen=True, slots=True)
class SmoothingConfig:
    """The One Euro filter on the landmarks; see `realtime.track.one_euro`."""

    min_cutoff_hz: float = field(default=1.0, metadata=_between(0.01, 1000))
    beta: float = field(default=50.0, metadata=_between(0, 10_000))


@dataclass(frozen=True, slots=True)
class RenderConfig:
    """What draws the avatar."""

    renderer: str = field(default="mesh", metadata=_one_of("mesh", "fomm"))
    "The mesh needs no weights; the first-order model needs a converted checkpoint."
    device: str = field(
        default="auto",
        metadata=_one_of("auto", "cuda", "tensorrt", "directml", "coreml", "openvino", "cpu"),
    )
    "Where the first-order model runs."


@dataclass(frozen=True, slots=True)
class Config:
    """All of it."""

    camera: int | str = 0
    "Number, device path or name."
    source: Path | None = None
    "Video file or folder to play as if it were the camera."
    avatar: Path | None = None
    "The portrait; None for the built-in one."
    canvas: CanvasConfig = field(default_factory=CanvasConfig)
    output: OutputConfig = field(default_factory=OutputConfig)
    motion: MotionConfig = field(default_factory=MotionConfig)
    smoothing: SmoothingConfig = field(default_factory=SmoothingConfig)
    render: RenderConfig = field(default_factory=RenderConfig)


def default_config_file() -> Path:
    """Where the user's own configuration lies, if there is one."""
    return platformdirs.user_config_path("mimicam", appauthor=False) / CONFIG_NAME


def load_config(file: Path | None = None) -> Config:
    """The configuration in `file`; without `file` the user's own, or the defaults.

    Raises:
        InputError: the file cannot be read, or says something that is not understood.
    """
    if file is None:
        file = default_config_file()
        if not file.exists():
            return Config()
    try:
        table = tomllib.loads(_text(file))
    # ValueError: not UTF-8, not TOML, or a number of more digits than Python reads.
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot read the configuration {file}: {reason}") from error
    return _build(Config, table, _Place(file))


def _text(file: Path) -> str:
    with file.open("rb") as opened:
        content = opened.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise InputError(f"{file} is no configuration: it is larger than a megabyte")
    return content.decode("utf-8")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in which file a value stands."""

    file: Path
    key: str = ""

    def __truediv__(self, name: str) -> "_Place":
        return _Place(self.file, f"{self.key}.{name}".removeprefix("."))

    def error(self, complaint: str) -> InputError:
        return InputError(f"{self.file}: {textwrap.shorten(complaint, _LONGEST_COMPLAINT)}")


def _build(kind: type[_T], table: Mapping[str, Any], place: _Place) -> _T:
    """A dataclass from a TOML table; keys that are not there keep their defaults."""
    types = get_type_hints(kind)
    for name in table:
        if name not in types:
            raise place.error(f"unknown key '{(place / name).key}'{_suggestion(name, place.key)}")
    values = {}
    for spec in fields(kind):  # type: ignore[arg-type] # every kind here is a dataclass
        if spec.name in table:
            inner, given = place / spec.name, table[spec.name]
            values[spec.name] = _value(types[spec.name], given, inner)
            _check_range(values[spec.name], spec.metadata.get("range"), inner)
            _check_choice(values[spec.name], spec.metadata.get("choices"), inner)
    return kind(**values)


def _value(kind: Any, given: Any, place: _Place) -> Any:
    if is_dataclass(kind):
        if not isinstance(given, dict):
            raise _wrong_type(place, "a table", given)
        return _build(kind, given, place)  # type: ignore[arg-type] # is_dataclass knows instances
    allowed = [part for part in get_args(kind) or (kind,) if part is not NoneType]
    if type(given) is str and "\0" in given:
        raise place.error(f"'{place.key}' holds a character that no name can have ({given!r})")
    if type(given) in allowed:
        return given
    if float in allowed and type(given) is int:
        return _as_float(given, place)
    if Path in allowed and type(given) is str:
        return _as_path(given, place)
    raise _wrong_type(place, " or ".join(_TYPE_NAMES[part] for part in allowed), given)


def _as_float(given: int, place: _Place) -> float:
    try:
        return float(given)
    except OverflowError as error:
        raise place.error(f"'{place.key}' is far too large") from error


def _as_path(given: str, place: _Place) -> Path:
    """What a file names is looked for beside that file, wherever the program was started."""
    try:
        return place.file.parent / Path(given).expanduser()
    except RuntimeError as error:
        raise place.error(
            f"'{place.key}' starts in the home of nobody known ({given!r})"
        ) from error


def _wrong_type(place: _Place, expected: str, given: Any) -> InputError:
    found = _TYPE_NAMES.get(type(given), f"a {type(given).__name__}")
    return place.error(f"'{place.key}' must be {expected}, not {found} ({given!r})")


def _check_range(value: Any, allowed: tuple[float, float] | None, place: _Place) -> None:
    if allowed and not allowed[0] <= value <= allowed[1]:
        least, most = allowed
        raise place.error(f"'{place.key}' must be from {least:g} to {most:g}, not {_brief(value)}")


def _brief(number: float) -> str:
    try:
        return f"{number:g}"
    except OverflowError:
        return "a number that is far larger"


def _check_choice(value: Any, choices: tuple[str, ...] | None, place: _Place) -> None:
    if choices and value not in choices:
        raise place.error(f"'{place.key}' must be one of {', '.join(choices)}, not {value!r}")


def _suggestion(name: str, table: str) -> str:
    """Names the known key that looks most like `name`, preferring those of the same table."""
    keys = {key: key.rpartition(".") for key in _known_keys(Config)}
    for candidates in (
        {leaf: key for key, (parent, _, leaf) in keys.items() if parent == table},
        {leaf: key for key, (_, _, leaf) in keys.items()},
    ):
        near = difflib.get_close_matches(name, candidates, n=1)
        if near:
            return f"; did you mean '{candidates[near[0]]}'?"
    return f"; known are {', '.join(key for key in keys if keys[key][0] == table)}"


def _known_keys(kind: Any, prefix: str = "") -> list[str]:
    keys = []
    for name, inner in get_type_hints(kind).items():
        keys.append(prefix + name)
        if is_dataclass(inner):
            keys += _known_keys(inner, f"{prefix}{name}.")
    return keys
