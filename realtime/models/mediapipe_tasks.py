"""The one door to MediaPipe Tasks: face landmarks and the person matte.

MediaPipe's native library writes start-up notes straight to file descriptor 2; they are kept from
the user while a model opens, since they say nothing that the user could act on.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from realtime.errors import ModelError
from realtime.models.landmark_result import Answer, array_reader, read_objects
from realtime.types import RGB, Face

Segment = Callable[[RGB], NDArray[np.float32]]
"How much of each pixel of a picture is a person: (height, width), 0..1."

_WARM_UP = np.zeros((64, 64, 3), np.uint8)


class LandmarkDetector:
    """MediaPipe's FaceLandmarker in IMAGE mode: each picture by itself, nothing remembered.

    VIDEO mode filters its landmarks with a filter that cannot be tuned and that lags
    (`bench/tracking.py` prints by how much), so the smoothing is done where it can be chosen,
    in `realtime.track.one_euro`.
    """

    def __init__(self, model: Path, max_faces: int = 1) -> None:
        with _quiet_native_stderr():
            vision, base_options = _import_tasks()
            options = vision.FaceLandmarkerOptions(
                base_options=base_options(model_asset_buffer=_content(model)),
                running_mode=vision.RunningMode.IMAGE,
                num_faces=max_faces,
                output_face_blendshapes=True,
                output_facial_transformation_matrixes=True,
            )
            self._task: Any = _open(vision.FaceLandmarker, options, model)
            self._read = _reader(self._task)
            self.detect(_WARM_UP)

    def detect(self, pixels: RGB) -> list[Face]:
        """The faces in a picture, most confident first; none is an empty list."""
        height, width = pixels.shape[:2]
        # MediaPipe's z is in units of the picture's width.
        scale = np.array([width, height, width], np.float32)
        return [
            Face(landmarks * scale, blendshapes, pose)
            for landmarks, blendshapes, pose in self._read(_image(pixels))
        ]

    def detect_as_objects(self, pixels: RGB) -> Any:
        """MediaPipe's own result for a picture: what `detect` is measured by."""
        return self._task.detect(_image(pixels))

    def close(self) -> None:
        """Free the model."""
        self._task.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


@contextmanager
def person_segmenter(model: Path) -> Iterator[Segment]:
    """MediaPipe's ImageSegmenter, open for as long as pictures are to be looked at."""
    with _quiet_native_stderr():
        vision, base_options = _import_tasks()
        options = vision.ImageSegmenterOptions(
            base_options=base_options(model_asset_buffer=_content(model)),
            output_confidence_masks=True,
        )
        task: Any = _open(vision.ImageSegmenter, options, model)
        task.segment(_image(_WARM_UP))

    def segment(pixels: RGB) -> NDArray[np.float32]:
        mask = task.segment(_image(pixels)).confidence_masks[-1]
        return np.array(mask.numpy_view(), np.float32).reshape(pixels.shape[:2])

    try:
        yield segment
    finally:
        task.close()


def _import_tasks() -> tuple[Any, Any]:
    try:
        from mediapipe.tasks.python import BaseOptions, vision
    except OSError as error:
        # The native library links to two system libraries that a server's Debian lacks.
        message = (
            f"MediaPipe cannot start ({error}); on Debian and Ubuntu: "
            "sudo apt-get install -y libegl1 libgles2"
        )
        raise ModelError(message) from error
    return vision, BaseOptions


def _reader(task: Any) -> Callable[[Any], list[Answer]]:
    try:
        from mediapipe.tasks.python.vision.face_landmarker import MpFaceLandmarkerResultC

        return array_reader(task, MpFaceLandmarkerResultC)
    except (ImportError, AttributeError):
        return lambda image: read_objects(task.detect(image))


def _content(model: Path) -> bytes:
    """The file, read: MediaPipe maps what it opens itself, and dies when that is cut short."""
    try:
        return model.read_bytes()
    except OSError as error:
        raise _unusable(model, error.strerror or str(error)) from error


def _open(task: Any, options: Any, model: Path) -> Any:
    try:
        return task.create_from_options(options)
    except (RuntimeError, ValueError, OSError) as error:
        raise _unusable(model, str(error).splitlines()[0]) from error


def _unusable(model: Path, reason: str) -> ModelError:
    return ModelError(
        f"{model} cannot be opened as a model ({reason}); "
        "`mimicam models verify` checks it, `mimicam models pull` fetches it anew"
    )


def _image(pixels: RGB) -> Any:
    from mediapipe import Image, ImageFormat

    return Image(image_format=ImageFormat.SRGB, data=pixels)


@contextmanager
def _quiet_native_stderr() -> Iterator[None]:
    """Send file descriptor 2 to a scratch file; what Python itself writes to stderr waits."""
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as scratch:
        os.dup2(scratch.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
