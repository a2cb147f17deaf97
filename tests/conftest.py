from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from realtime.avatar import Avatar, load_avatar
from realtime.demo_portrait import demo_portrait
from realtime.models.fomm.convert import convert
from realtime.models.store import Store
from realtime.types import RGB
from tests.models.checkpoints import as_tensors, write_stream
from tests.models.fomm.states import SMALL, nested, random_state


@pytest.fixture(scope="session")
def landmarker_path() -> Path:
    return Store().path("face_landmarker.task")


@pytest.fixture(scope="session")
def segmenter_path() -> Path:
    return Store().path("selfie_segmenter.tflite")


@pytest.fixture(scope="session")
def portrait_file() -> Path:
    return demo_portrait()


@pytest.fixture
def portrait(portrait_file: Path) -> RGB:
    with Image.open(portrait_file) as image:
        return np.asarray(image.convert("RGB")).copy()


@pytest.fixture(scope="session")
def home_with_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of its own, with the model files and a small first-order model of random weights."""
    home = tmp_path_factory.mktemp("home")
    store, ours = Store(), Store(home)
    ours.folder.mkdir(parents=True)
    for name in store.models:
        ours.file(name).write_bytes(store.path(name).read_bytes())
    checkpoint = home / "small.pth.tar"
    write_stream(checkpoint, as_tensors(nested(random_state(SMALL))))
    convert(checkpoint, ours.folder, unverified=True, architecture=SMALL)
    return home


@pytest.fixture(scope="session")
def avatar(portrait_file: Path) -> Avatar:
    """The demo portrait, ready to be moved, at its own size (512x600)."""
    with Image.open(portrait_file) as image:
        picture = np.asarray(image.convert("RGB")).copy()
    return load_avatar(picture, portrait_file.name, None, Store())
