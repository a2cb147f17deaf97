"""Who looks at pictures: the landmarker always, dlib as a second opinion where it is asked for.

dlib is no dependency of anything here; `pip install dlib-bin face_recognition_models` brings it
with its weights. Its code is under Boost's licence, its models are given to the public domain, but
the 68-point predictor was trained on iBUG 300-W, whose pictures are not for commercial use.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from realtime.errors import ModelError
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import LANDMARKER, Store
from realtime.types import RGB, Face

Array = NDArray[np.float64]

_DESCRIBE_EVERY = 10
"A descriptor costs a tenth of a second, and identity changes slowly."
_EYE_CORNERS = (36, 39), (42, 45)
Figures = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Judging:
    """How a run is judged."""

    every: int = 1
    "One of so many frames."
    second: bool = False
    "Whether dlib is asked too."
    live: bool = False
    "Whether cross re-enactment goes as in a live run."


@dataclass(frozen=True, slots=True)
class Likeness:
    """A face as dlib sees it."""

    points: Array
    "(68, 2), pixels."
    descriptor: Array | None
    "(128,), of every tenth judged picture: under 0.6 apart counts as the same person."


@dataclass(frozen=True, slots=True)
class Look:
    """What the judges find in one picture."""

    face: Face | None
    likeness: Likeness | None


class Watcher(Protocol):
    """Whoever looks at pictures."""

    def look(self, picture: RGB, number: int) -> Look:
        """What is seen; `number`: the how-many-eth judged picture this is."""


class Judges:
    """Opened detectors; a picture that comes twice in a row is looked at once."""

    def __init__(self, store: Store, *, second: bool = False) -> None:
        self._dlib = _Dlib() if second else None
        self._landmarker = LandmarkDetector(store.path(LANDMARKER))
        self._picture: RGB | None = None
        self._last = Look(None, None)

    def look(self, picture: RGB, number: int = 0) -> Look:
        """See `Watcher.look`."""
        describe = number % _DESCRIBE_EVERY == 0
        if picture is not self._picture:
            face = next(iter(self._landmarker.detect(picture)), None)
            likeness = self._dlib.look(picture, describe=describe) if self._dlib else None
            self._picture, self._last = picture, Look(face, likeness)
        return self._last

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._landmarker.close()


def likenesses_in(
    pictures: Iterable[RGB], count: int, judges: Watcher, judging: Judging
) -> list[Likeness | None]:
    """What the second judge finds in the judged ones of `count` pictures, all given in their order.

    If it is not asked None of each; the pictures are not looked at then, nor read.
    """
    if not judging.second:
        return [None] * len(range(0, count, judging.every))
    judged = islice(pictures, None, None, judging.every)
    return [judges.look(picture, number).likeness for number, picture in enumerate(judged)]


def likeness_figures(truth: Sequence[Likeness | None], found: Sequence[Likeness | None]) -> Figures:
    """The second judge's figures, of a likeness or None for each frame of both."""
    pairs = [(a, b) for a, b in zip(truth, found, strict=True) if a is not None and b is not None]
    if not pairs:
        return {}
    distances_px = np.array([np.linalg.norm(a.points - b.points, axis=1).mean() for a, b in pairs])
    spans_px = np.array([_inter_ocular_px(a.points) for a, _ in pairs])
    expected = sum(likeness is not None for likeness in truth)
    return {
        "dlib_akd_68": float(distances_px.mean()),
        "dlib_akd_68_inter_ocular": float((distances_px / spans_px).mean()),
        "dlib_aed": aed(pairs),
        "dlib_missing": 1 - len(pairs) / expected,
    }


def points_of(likenesses: Sequence[Likeness | None]) -> list[Array | None]:
    """(68, 2) pixels each; None where there is no likeness."""
    return [None if likeness is None else likeness.points for likeness in likenesses]


def aed(pairs: Sequence[tuple[Likeness, Likeness]]) -> float | None:
    """Mean Euclidean distance of the descriptors of those that have them."""
    distances = [
        np.linalg.norm(a.descriptor - b.descriptor)
        for a, b in pairs
        if a.descriptor is not None and b.descriptor is not None
    ]
    return float(np.mean(distances)) if distances else None


class _Dlib:
    def __init__(self) -> None:
        try:
            dlib = import_module("dlib")
        except ImportError as error:
            raise _not_installed("dlib") from error
        # Found and not imported: the package asks for a setuptools older than today's.
        spec = find_spec("face_recognition_models")
        if spec is None or spec.origin is None:
            raise _not_installed("face_recognition_models")
        models = Path(spec.origin).parent / "models"
        self._detector: Any = dlib.get_frontal_face_detector()
        self._points: Any = dlib.shape_predictor(
            str(models / "shape_predictor_68_face_landmarks.dat")
        )
        self._describer: Any = dlib.face_recognition_model_v1(
            str(models / "dlib_face_recognition_resnet_model_v1.dat")
        )

    def look(self, picture: RGB, *, describe: bool) -> Likeness | None:
        boxes = self._detector(picture, 0)
        if not boxes:
            return None
        shape = self._points(picture, max(boxes, key=lambda box: box.area()))
        descriptor = (
            np.array(self._describer.compute_face_descriptor(picture, shape)) if describe else None
        )
        return Likeness(np.array([(p.x, p.y) for p in shape.parts()], np.float64), descriptor)


def _not_installed(package: str) -> ModelError:
    return ModelError(
        f"the second judge needs {package}, which is not installed; "
        "pip install dlib-bin face_recognition_models, or leave out --judge dlib"
    )


def _inter_ocular_px(points: Array) -> float:
    right, left = (points[list(corners)].mean(axis=0) for corners in _EYE_CORNERS)
    return float(np.linalg.norm(right - left))
