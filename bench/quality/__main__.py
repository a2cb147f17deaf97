"""How faithful offline re-enactment is, measured by looking at its output with the landmarker.

    python -m bench.quality --clips DIR --portraits DIR
        [--sheets DIR] [--json FILE] [--markdown FILE] [--findings DIR]
        [--self-only | --cross-only] [--every N] [--live] [--judge dlib]

Self re-enactment: the first frame of a clip, cut to 256 x 256 round the face, is driven by the
same crop of the clip and compared with it, beside the unmoved source, the textbook's Delaunay warp
and a JPEG copy of the truth, which shows the judge's own error. Cross re-enactment: each clip
drives each portrait, and blendshapes and head angles of the output are compared with the driver's
where his vary; so are shapes, how far lips and lids part, by either judge's points. Speed is
measured last, alone.

The landmarker that drives is also the judge; --judge dlib asks another one too (see `judges`). Of
every N frames one is judged (all are rendered); jitter and lag mean most with N = 1. With --live
cross re-enactment goes as in a live run, whose driver has been there for as long as the clip: he is
steadied by the live engine's filter, his rest was learnt from him as he came, the avatar rehearsed
with the actor; and what comes of it is held against the driver unsteadied. What is found in the
clips and of the baselines is kept in the folder of --findings for the next run; a change of this
code or of tracking starts it anew.
"""

import argparse
import json
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2

from bench.inputs import clips_in, file_to_write, folder_to_write, positive, told_plainly
from bench.quality import speed
from bench.quality.clips import Findings, moments, pictures_of, truth_of
from bench.quality.cross_reenactment import Crossing
from bench.quality.jobs import follow_driver, one_thread, reenact_cross, reenact_self
from bench.quality.judges import Judging
from bench.quality.report import pair_figures, summarise_cross, summarise_self, table
from bench.quality.self_reenactment import DELAUNAY, OURS, Row
from realtime.capture.folder import pictures_in
from realtime.models.store import Store
from realtime.output.contact_sheet import contact_sheet
from realtime.types import RGB

_WORKERS = 2
_CELL_PX = 300


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as scratch:
        findings = Findings(options.findings or Path(scratch))
        report = _measure(options, findings)
    text = table(report["summary"])
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--portraits", type=Path, required=True)
    parser.add_argument("--sheets", type=folder_to_write)
    parser.add_argument("--json", type=file_to_write)
    parser.add_argument("--markdown", type=file_to_write)
    parser.add_argument("--findings", type=folder_to_write)
    parser.add_argument("--every", type=positive, default=1)
    parser.add_argument("--judge", choices=["dlib"])
    parser.add_argument("--live", action="store_true")
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--self-only", action="store_true")
    part.add_argument("--cross-only", action="store_true")
    return parser.parse_args()


def _measure(options: argparse.Namespace, findings: Findings) -> dict[str, Any]:
    clips, portraits = clips_in(options.clips), sorted(pictures_in(options.portraits))
    report: dict[str, Any] = {"summary": {}}
    with ProcessPoolExecutor(_WORKERS, get_context("spawn"), one_thread) as pool:
        judging = Judging(options.every, options.judge is not None, options.live)
        if not options.cross_only:
            jobs = [(clip, findings, judging) for clip in clips]
            rows = dict(zip([c.stem for c in clips], pool.map(reenact_self, jobs), strict=True))
            _sheets_of_self(options.sheets, clips, rows, findings)
            report["summary"]["self"] = summarise_self(rows)
            report["self"] = {
                clip: {name: row.figures for name, row in each.items()}
                for clip, each in sorted(rows.items())
            }
        if not options.self_only:
            list(pool.map(follow_driver, [(clip, findings) for clip in clips]))
            pairs = [(clip, portrait) for clip in clips for portrait in portraits]
            jobs_cross = [(*pair, findings, judging) for pair in pairs]
            crossings = list(pool.map(reenact_cross, jobs_cross))
            names = [f"{clip.stem} {portrait.stem}" for clip, portrait in pairs]
            _sheets_of_cross(options.sheets, pairs, crossings)
            report["summary"]["cross"] = summarise_cross(crossings)
            report["cross"] = {
                name: {**pair_figures(each), "r": each.r, "gain": each.gain, "range": each.range}
                for name, each in sorted(zip(names, crossings, strict=True))
            }
    report["summary"]["speed"] = speed.measure(clips[0], portraits, findings)
    return report


def _sheets_of_self(
    folder: Path | None, clips: list[Path], rows: dict[str, dict[str, Row]], findings: Findings
) -> None:
    if folder is None:
        return
    for clip in clips:
        truth = truth_of(clip, findings, Store()).pictures
        shown = [truth[index] for index in moments(len(truth))]
        each = rows[clip.stem]
        _write(folder / f"{clip.stem}.png", [shown, each[OURS].shown, each[DELAUNAY].shown])


def _sheets_of_cross(
    folder: Path | None, pairs: list[tuple[Path, Path]], crossings: list[Crossing]
) -> None:
    if folder is None:
        return
    for (clip, portrait), crossing in zip(pairs, crossings, strict=True):
        pictures = list(pictures_of(clip))
        shown = [pictures[index] for index in moments(len(pictures))]
        _write(folder / f"{clip.stem}-{portrait.stem}.png", [shown, crossing.shown])


def _write(path: Path, rows: list[list[RGB]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), contact_sheet(rows, _CELL_PX)[..., ::-1])


if __name__ == "__main__":
    with told_plainly():
        main()
