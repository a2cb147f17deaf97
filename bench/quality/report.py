"""Means over clips and pairs, beside the bounds they are held to, as a table and as JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.quality.cross_reenactment import Crossing, blendshapes_of
from bench.quality.judges import Figures
from bench.quality.self_reenactment import DELAUNAY, JPEG, OURS, STATIC, Row
from bench.quality.signals import GROUPS

_ROWS = (OURS, STATIC, DELAUNAY, JPEG)


@dataclass(frozen=True, slots=True)
class Bound:
    """Between what a figure shall lie."""

    low: float = -np.inf
    high: float = np.inf

    def __str__(self) -> str:
        if np.isinf(self.low):
            return f"<= {self.high:g}"
        return f">= {self.low:g}" if np.isinf(self.high) else f"{self.low:g}..{self.high:g}"

    def verdict(self, value: float | None) -> str:
        if value is None:
            return "-"
        return "yes" if self.low <= value <= self.high else "no"


SELF_BOUNDS = {
    "akd_68": Bound(high=0.75),
    "akd_68_worst_clip": Bound(high=1.3),
    "akd_iris": Bound(high=0.7),
    "l1": Bound(high=0.038),
    "l1_face": Bound(high=0.029),
    "l1_eyes": Bound(high=0.052),
    "l1_mouth": Bound(high=0.048),
    "blendshape_r": Bound(low=0.95),
    "jitter": Bound(0.9, 1.05),
}
CROSS_BOUNDS = {
    "r jaw, smile, blink": Bound(low=0.9),
    "r brows, pucker, funnel, gaze": Bound(low=0.7),
    "r angles": Bound(low=0.96),
    **{
        f"gain {group}": Bound(0.8, 1.2)
        for group in ("jaw", "smile", "blink", "brows", "pucker", "funnel")
    },
    "identity": Bound(high=0.038),
    "sharpness": Bound(0.85, 1.1),
    "jitter": Bound(high=1.2),
    "lag_frames": Bound(-0.5, 0.5),
    "missing": Bound(high=0.002),
    "foldovers_most": Bound(high=0),
}
SPEED_BOUNDS = {"renderer_over_landmarker": Bound(high=0.5)}


def summarise_self(clips: Mapping[str, Mapping[str, Row]]) -> dict[str, Figures]:
    """Means over clips by row."""
    summary = {}
    for row in _ROWS:
        figures = [rows[row].figures for rows in clips.values()]
        means = mean_figures(figures)
        worst = [each["akd_68"] for each in figures if each.get("akd_68") is not None]
        means["akd_68_worst_clip"] = max((w for w in worst if w is not None), default=None)
        summary[row] = means
    return summary


def summarise_cross(pairs: Iterable[Crossing]) -> Figures:
    """Means over pairs: each pair's groups of channels first, then the pairs that have them."""
    return mean_figures([pair_figures(pair) for pair in pairs])


def pair_figures(pair: Crossing) -> Figures:
    """One pair's figures, with those of its groups of channels."""
    figures: Figures = {"r all blendshapes": _mean(blendshapes_of(pair.r))}
    for kind, by_channel in (("r", pair.r), ("gain", pair.gain), ("range", pair.range)):
        for group, names in GROUPS.items():
            figures[f"{kind} {group}"] = _mean(by_channel[n] for n in names if n in by_channel)
        figures |= {f"{kind} {name}": by_channel.get(name) for name in GROUPS["angles"]}
    for groups in (("jaw", "smile", "blink"), ("brows", "pucker", "funnel", "gaze")):
        values = (figures[f"r {group}"] for group in groups)
        figures[f"r {', '.join(groups)}"] = _mean(v for v in values if v is not None)
    return figures | pair.figures


def mean_figures(each: Iterable[Figures]) -> Figures:
    """Means of those that have a figure."""
    figures = list(each)
    names = dict.fromkeys(name for one in figures for name in one)
    return {
        name: _mean(value for one in figures if (value := one.get(name)) is not None)
        for name in names
    }


def table(summary: Mapping[str, Any]) -> str:
    """The summary in Markdown, with a verdict for each figure that has a bound."""
    lines: list[str] = []
    if "self" in summary:
        lines += _self_lines(summary["self"])
    if "cross" in summary:
        lines += _plain_lines("cross re-enactment", summary["cross"], CROSS_BOUNDS)
    if "speed" in summary:
        lines += _plain_lines("speed, 512x512, one core", summary["speed"], SPEED_BOUNDS)
    return "\n".join(lines)


def _self_lines(rows: Mapping[str, Figures]) -> list[str]:
    lines = [
        f"| self re-enactment | {' | '.join(_ROWS)} | bound | met | better than {DELAUNAY} |",
        "|---" * (len(_ROWS) + 4) + "|",
    ]
    for name, value in rows[OURS].items():
        bound = SELF_BOUNDS.get(name)
        cells = [_shown(rows[row].get(name)) for row in _ROWS]
        lines.append(
            f"| {name} | {' | '.join(cells)} | {bound or ''} | "
            f"{bound.verdict(value) if bound else ''} | "
            f"{_better(name, value, rows[DELAUNAY].get(name)) if bound else ''} |"
        )
    return [*lines, ""]


def _better(name: str, ours: float | None, theirs: float | None) -> str:
    if ours is None or theirs is None:
        return "-"
    if name == "jitter":
        return "yes" if abs(ours - 1) <= abs(theirs - 1) else "no"
    higher = name == "blendshape_r"
    return "yes" if (ours > theirs if higher else ours < theirs) else "no"


def _plain_lines(title: str, figures: Figures, bounds: Mapping[str, Bound]) -> list[str]:
    lines = [f"| {title} | ours | bound | met |", "|---|---|---|---|"]
    for name in dict.fromkeys((*bounds, *figures)):
        value, bound = figures.get(name), bounds.get(name)
        verdict = bound.verdict(value) if bound else ""
        lines.append(f"| {name} | {_shown(value)} | {bound or ''} | {verdict} |")
    return [*lines, ""]


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}" if abs(value) < 0.2 else f"{value:.3f}"


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return float(np.mean(known)) if known else None
