"""Files from strangers: whatever is in them, they load or are refused in one line."""

import io
import string
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from realtime.capture.picture import read_picture
from realtime.config import Config, load_config
from realtime.errors import InputError, MimicamError, ModelError
from realtime.models.devices import Device
from realtime.models.face_mesh import GEOMETRY_MEMBER, FaceMesh, load_face_mesh
from realtime.models.fomm.converted import META, load_converted
from realtime.models.session import Session, open_session
from tests.models.onnx_models import blur

FORMATS = ("png", "jpeg", "gif", "webp", "bmp", "tiff")

repeatable = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

Damage = Callable[[bytes], bytes]


@st.composite
def damages(draw: st.DrawFn) -> Damage:
    """Some bytes are others, most of them near the beginning; or the end is missing, or doubled."""
    changes = draw(
        st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=0, max_size=6)
    )
    length = draw(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0, 1.0, 1.0, 2.0]))

    def damage(whole: bytes) -> bytes:
        content = bytearray(whole)
        for place, value in changes:
            content[int(place**2 * (len(content) - 1))] = value
        return bytes(content * 2)[: int(length * len(content))]

    return damage


def refused_or(load: Callable[[], object], kind: type[MimicamError]) -> object | None:
    """What was loaded; None where it was refused as it should be."""
    try:
        return load()
    except kind as error:
        told = str(error)
    assert "\n" not in told
    assert len(told) < 1000
    return None


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one picture of each format."""
    folder = tmp_path_factory.mktemp("pictures")
    pixels = np.random.default_rng(3).integers(0, 256, (24, 32, 3), np.uint8)
    for kind in FORMATS:
        Image.fromarray(pixels).save(folder / f"sound.{kind}", kind)
    return folder


@repeatable
@given(kind=st.sampled_from(FORMATS), damage=damages())
def test_a_damaged_picture(pictures: Path, tmp_path: Path, kind: str, damage: Damage) -> None:
    file = tmp_path / f"portrait.{kind}"
    file.write_bytes(damage((pictures / f"sound.{kind}").read_bytes()))
    picture = refused_or(lambda: read_picture(file), InputError)
    assert picture is None or (isinstance(picture, np.ndarray) and picture.dtype == np.uint8)


names = st.sampled_from(
    ["canvas", "output", "fps", "width", "camera", "avatar", "motion.head", "render.renderer"]
)
texts = st.text(st.sampled_from(string.ascii_letters + '"\\\n\0~/ é{}%'), max_size=30)
values = st.recursive(
    st.one_of(
        st.integers(-(10**30), 10**400).map(str),
        st.floats().map(str),
        st.sampled_from(["true", "nan", "-inf", "1979-05-27", "'''\n'''"]),
        texts.map(lambda text: '"' + text.encode("unicode_escape").decode() + '"'),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        inner.map(lambda item: f"{{ width = {item} }}"),
    ),
    max_leaves=4,
)


@repeatable
@given(
    text=st.one_of(
        st.lists(st.tuples(names, values)).map(
            lambda lines: "\n".join(f"{name} = {value}" for name, value in lines)
        ),
        texts,
    )
)
@example(text='"a\\nb" = 3')
def test_any_configuration(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mimicam.toml"
    file.write_text(text, encoding="utf-8")
    config = refused_or(lambda: load_config(file), InputError)
    assert config is None or isinstance(config, Config)


@pytest.fixture(scope="module")
def bundle(landmarker_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the real one only the member that is read here, so that damage hits it."""
    file = tmp_path_factory.mktemp("bundle") / "sound.task"
    with zipfile.ZipFile(landmarker_path) as archive:
        file.write_bytes(as_bundle(archive.read(GEOMETRY_MEMBER)))
    return file


def as_bundle(member: bytes, compression: int = zipfile.ZIP_STORED) -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", compression) as archive:
            archive.writestr(GEOMETRY_MEMBER, member)
        return file.getvalue()


@repeatable
@given(damage=damages(), inside=st.booleans())
def test_a_damaged_face_mesh(bundle: Path, tmp_path: Path, damage: Damage, inside: bool) -> None:
    file = tmp_path / "face_landmarker.task"
    if inside:
        with zipfile.ZipFile(bundle) as archive:
            file.write_bytes(as_bundle(damage(archive.read(GEOMETRY_MEMBER))))
    else:
        file.write_bytes(damage(bundle.read_bytes()))
    mesh = refused_or(lambda: load_face_mesh(file), ModelError)
    if mesh is not None:
        assert isinstance(mesh, FaceMesh)
        numbers = np.concatenate([mesh.triangles.ravel(), mesh.basis])
        assert 0 <= numbers.min() <= numbers.max() < 468
        assert np.isfinite(mesh.vertices).all()
        assert np.isfinite(mesh.basis_weights).all()


def test_a_face_mesh_that_unpacks_to_a_gigabyte_is_refused_by_its_header(tmp_path: Path) -> None:
    file = tmp_path / "face_landmarker.task"
    file.write_bytes(as_bundle(bytes(64_000_000), zipfile.ZIP_DEFLATED))
    with pytest.raises(ModelError, match="64000000 bytes"):
        load_face_mesh(file)


@settings(repeatable, max_examples=60)
@given(damage=damages())
def test_a_damaged_graph(tmp_path: Path, damage: Damage) -> None:
    file = tmp_path / "graph.onnx"
    file.write_bytes(damage(blur()))
    session = refused_or(lambda: open_session(file, Device.CPU), MimicamError)
    assert session is None or isinstance(session, Session)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "1" * 5000,
        "[]",
        '{"converter": 3}',
        '{"converter": 3, "source": "a", "sha256": "b", "md5": "c", "align_corners": true,'
        ' "graphs": {"../elsewhere": 0}}',
    ],
    ids=["deep", "digits", "list", "part", "a path"],
)
def test_a_converted_model_that_is_none(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "fomm-0"
    folder.mkdir()
    (tmp_path / "elsewhere.onnx").touch()
    (folder / META).write_text(text)
    assert load_converted(folder) is None
