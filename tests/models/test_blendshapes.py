from pathlib import Path

import numpy as np
import pytest
from mediapipe import Image, ImageFormat
from mediapipe.tasks.python import BaseOptions, vision

from realtime.models.blendshapes import NAMES, score
from realtime.types import RGB


def test_names_and_order_are_the_landmarkers_own(landmarker_path: Path, portrait: RGB) -> None:
    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(landmarker_path)),
        output_face_blendshapes=True,
    )
    with vision.FaceLandmarker.create_from_options(options) as task:
        result = task.detect(Image(image_format=ImageFormat.SRGB, data=portrait))
    assert tuple(category.category_name for category in result.face_blendshapes[0]) == NAMES


def test_a_score_is_looked_up_by_name() -> None:
    blendshapes = np.zeros(52, np.float32)
    blendshapes[25] = 0.75
    assert score(blendshapes, "jawOpen") == 0.75
    assert score(blendshapes, "eyeBlinkLeft") == 0.0


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError, match="jawDrop"):
        score(np.zeros(52, np.float32), "jawDrop")
