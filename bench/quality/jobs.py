"""What a worker process does: one clip or one pair, and a line about it."""

from pathlib import Path

import cv2

from bench.quality import cross_reenactment, self_reenactment
from bench.quality.clips import Findings, sightings_of
from bench.quality.cross_reenactment import Crossing
from bench.quality.judges import Figures, Judging
from bench.quality.report import pair_figures
from bench.quality.self_reenactment import Row
from realtime.models.store import Store


def one_thread() -> None:
    cv2.setNumThreads(1)


def reenact_self(job: tuple[Path, Findings, Judging]) -> dict[str, Row]:
    rows = self_reenactment.measure(*job)
    for name, row in rows.items():
        print(f"self  {job[0].stem:8} {name:9} {_line(row.figures)}", flush=True)
    return rows


def reenact_cross(job: tuple[Path, Path, Findings, Judging]) -> Crossing:
    crossing = cross_reenactment.measure(*job)
    print(f"cross {job[0].stem:8} {job[1].stem:9} {_line(pair_figures(crossing))}", flush=True)
    return crossing


_PRINTED = (
    "akd_68", "akd_iris", "l1", "l1_face", "l1_eyes", "l1_mouth", "blendshape_r",
    "r jaw, smile, blink", "r brows, pucker, funnel, gaze", "r angles", "gain jaw", "identity",
    "jitter", "lag_frames", "flicker", "sharpness", "missing",
)  # fmt: skip


def _line(figures: Figures) -> str:
    cells = ((name, figures.get(name)) for name in _PRINTED if name in figures)
    return "  ".join(
        f"{name} -" if value is None else f"{name} {value:.3f}" for name, value in cells
    )


def follow_driver(job: tuple[Path, Findings]) -> None:
    sightings_of(*job, Store())
