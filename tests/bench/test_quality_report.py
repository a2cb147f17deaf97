import pytest

from bench.quality.cross_reenactment import Crossing
from bench.quality.judges import Figures
from bench.quality.report import (
    Bound,
    mean_figures,
    pair_figures,
    summarise_cross,
    summarise_self,
    table,
)
from bench.quality.self_reenactment import DELAUNAY, JPEG, OURS, STATIC, Row


def rows(ours: float) -> dict[str, Row]:
    figures: dict[str, float] = {OURS: ours, STATIC: 9.0, DELAUNAY: 1.0, JPEG: 0.2}
    return {name: Row({"akd_68": akd, "jitter": akd}, []) for name, akd in figures.items()}


def cells(text: str, name: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {name} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.8, "yes"), (1.2, "yes"), (1.21, "no"), (0.79, "no"), (None, "-")]
)
def test_a_bound_is_met_up_to_its_edges(value: float | None, verdict: str) -> None:
    assert Bound(0.8, 1.2).verdict(value) == verdict


def test_bounds_read_as_in_the_issue() -> None:
    assert [str(Bound(high=0.5)), str(Bound(low=0.95)), str(Bound(0.9, 1.05))] == [
        "<= 0.5", ">= 0.95", "0.9..1.05",
    ]  # fmt: skip


def test_means_are_over_those_that_have_the_figure() -> None:
    figures: list[Figures] = [{"a": 1.0, "b": None}, {"a": 3.0, "b": 4.0}, {"c": None}]
    assert mean_figures(figures) == {"a": 2.0, "b": 4.0, "c": None}


def test_self_table_has_means_worst_clip_verdict_and_comparison() -> None:
    summary = summarise_self({"one": rows(0.5), "two": rows(1.5)})
    text = table({"self": summary})
    assert cells(text, "akd_68") == [
        "akd_68", "1.000", "9.000", "1.000", "0.200", "<= 0.75", "no", "no",
    ]  # fmt: skip
    assert cells(text, "akd_68_worst_clip")[1:] == [
        "1.500", "9.000", "1.000", "0.200", "<= 1.3", "no", "no",
    ]  # fmt: skip
    assert cells(text, "jitter")[-2:] == ["yes", "yes"]


def crossed(r: dict[str, float], **figures: float | None) -> Crossing:
    return Crossing({**figures}, r, dict.fromkeys(r, 0.5), dict.fromkeys(r, 2.0), [])


def test_groups_are_means_of_the_channels_that_vary() -> None:
    figures = pair_figures(
        crossed({"jawOpen": 1.0, "eyeBlinkLeft": 0.4, "eyeBlinkRight": 0.6, "yaw": 0.9})
    )
    assert figures["r jaw"] == 1.0
    assert figures["r blink"] == pytest.approx(0.5)
    assert figures["r smile"] is None
    assert figures["r jaw, smile, blink"] == pytest.approx(0.75)
    assert figures["r all blendshapes"] == pytest.approx(2 / 3)
    assert figures["r angles"] == figures["r yaw"] == pytest.approx(0.9)
    assert figures["gain jaw"] == 0.5
    assert figures["range jaw"] == 2.0


def test_cross_table_begins_with_the_bounds_and_says_whether_they_are_met() -> None:
    pairs = [crossed({"jawOpen": 0.9}, jitter=1.0), crossed({"jawOpen": 0.7}, jitter=1.6)]
    text = table({"cross": summarise_cross(pairs), "speed": {"renderer_over_landmarker": 0.4}})
    assert text.splitlines()[2].startswith("| r jaw, smile, blink | 0.800 | >= 0.9 | no |")
    assert cells(text, "jitter")[1:] == ["1.300", "<= 1.2", "no"]
    assert cells(text, "r funnel")[1:] == ["-", "", ""]
    assert cells(text, "renderer_over_landmarker")[1:] == ["0.400", "<= 0.5", "yes"]
