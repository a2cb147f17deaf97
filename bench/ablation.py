"""What each part of the mesh renderer and of its mover buys: fidelity without it, one at a time.

    python -m bench.ablation --clips DIR --portraits DIR
        [--findings DIR] [--every N] [--parts NAME ...]

Prints two tables in Markdown, self and cross re-enactment as bench.quality measures them: first
the whole renderer, then the renderer without one part after the other. A part is left out by the
smallest switch there is, its one function or constant; what was built on it stays, and takes what
it gets. For cross re-enactment each clip drives one portrait, in turn. Of every N frames one is
judged; the output's jitter means something with N = 1 only and is left out otherwise, while that
of the commanded landmarks is of every frame.
"""

import argparse
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from bench.inputs import clips_in, folder_to_write, positive, told_plainly
from bench.quality import cross_reenactment, self_reenactment
from bench.quality.clips import Findings
from bench.quality.cross_reenactment import Crossing
from bench.quality.jobs import follow_driver, one_thread
from bench.quality.judges import Figures, Judging
from bench.quality.report import summarise_cross, summarise_self
from bench.quality.self_reenactment import OURS, Row
from realtime.capture.folder import pictures_in
from realtime.types import LANDMARK_COUNT

WHOLE = "nothing left out"

Switch = tuple[str, Any]
"""The part's name in the program, and what stands in for it."""


def _nothing(*_: object, **__: object) -> None:
    """Neither learns nor draws."""


_NO_RESPONSE: Switch = ("realtime.motion.response.Response.undo", lambda _, state: state)
_NO_AMPLITUDE: Switch = (
    "realtime.motion.amplitude.Amplitude.correct",
    lambda _, __, state, ___: state,
)
_NO_OUTLINE: Switch = ("realtime.render.cut_out._mixed", lambda _, matte, *__: matte)

PARTS: Mapping[str, tuple[Switch, ...]] = {
    WHOLE: (),
    "rehearsal": (_NO_RESPONSE, _NO_AMPLITUDE),
    "response of landmarks": (_NO_RESPONSE,),
    "amplitude": (_NO_AMPLITUDE,),
    "crosstalk": (
        ("realtime.motion.amplitude._taken_back", lambda seen: np.zeros_like(seen.crosstalk)),
    ),
    "going further": (
        ("realtime.motion.amplitude._further", lambda gain, *_: np.zeros_like(gain)),
    ),
    "brows in one piece": (("realtime.motion.travel._unbent", lambda travel, _: travel),),
    "held slants": (
        ("realtime.motion.amplitude.SLANT_DEG", math.inf),
        ("realtime.motion.retarget.SLANT_DEG", math.inf),
    ),
    "shut lips": (("realtime.motion.amplitude.brought_together", lambda shape, *_: shape),),
    "mouth limits": (
        ("realtime.motion.mouth_limits.MouthLimits.__call__", lambda _, state: state),
    ),
    "brow limits": (("realtime.motion.brow_limits.BrowLimits.__call__", lambda _, state: state),),
    "nose limits": (("realtime.motion.nose_limits.NoseLimits.__call__", lambda _, state: state),),
    "lip limits": (("realtime.motion.lip_limits.LipLimits.__call__", lambda _, state: state),),
    "lips in places": (("realtime.motion.lip_places.LipPlaces.__call__", lambda _, state: state),),
    "steadying": (("realtime.offline.steady", list), ("realtime.offline.with_calm_scores", list)),
    "unfolding": (("realtime.motion.unfold.Unfolder.__call__", lambda _, state: state),),
    "proportions": (
        ("realtime.motion.retarget.proportion_gain", lambda *_: np.ones((LANDMARK_COUNT, 3))),
    ),
    "chin after lip": (("realtime.motion.retarget._CHIN_SHARE", 0.0),),
    "lids that meet higher": (("realtime.motion.retarget._MEET_ABOVE", 0.0),),
    "usual lids": (("realtime.offline.with_usual_lids", lambda neutral, *_: neutral),),
    "light that stays": (("realtime.render.shading._SHARE", 0.0),),
    "burnt out skin": (("realtime.render.shading._BURNT", 254.999),),
    "skin below brows": (("realtime.render.brows.draw_skin_out", _nothing),),
    "shaded sockets": (("realtime.render.sockets._SHADE", 0.0),),
    "covered teeth": (("realtime.render.mouth._covered", lambda *_: 0.0),),
    "shut teeth": (("realtime.render.mouth._BY_JAW", -math.inf),),
    "dark shadows": (("realtime.render.mouth.darkness_of_shadows", lambda *_: 0.0),),
    "soft teeth": (("realtime.render.mouth.softness_px", lambda *_: 0.0),),
    "light between lips": (("realtime.render.mouth._let_in", lambda *_: 1.0),),
    "faded creases": (
        ("realtime.render.texture._FROM", math.inf),
        ("realtime.render.texture._AGAPE", math.inf),
    ),
    "hair at the edge": (("realtime.render.mesh.cut_off", lambda *_: None),),
    "held sides": (("realtime.render.mesh._SIDES_SHARE", 0.0),),
    "drawn mouth": (("realtime.render.mouth.Mouth.paint", _nothing),),
    "drawn eyes": (("realtime.render.eyeball.Eyeball.paint", _nothing),),
    "outline from pixels": (_NO_OUTLINE,),
    # Without a plate there is nothing that the outline's pixels could be a mixture with.
    "background plate": (
        ("realtime.render.cut_out.background_plate", lambda picture, *_: picture),
        _NO_OUTLINE,
    ),
}
"""By the name of the part."""

_SELF = ("akd_68", "akd_iris", "l1", "l1_face", "l1_eyes", "l1_mouth", "blendshape_r", "jitter")
_CROSS = (
    "r jaw, smile, blink", "r brows, pucker, funnel, gaze", "r angles",
    "gain jaw", "gain smile", "gain blink", "gain brows", "gain pucker",
    "identity", "sharpness", "jitter", "jitter_commanded", "foldovers_most", "foldovers_mean",
)  # fmt: skip


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as scratch:
        tables = _measure(options, Findings(options.findings or Path(scratch)))
    for title, columns, figures in tables:
        shown = [name for name in columns if name != "jitter" or options.every == 1]
        print(table(title, shown, figures))


@contextmanager
def without(part: str) -> Iterator[None]:
    """Leaves the part out of all that is made and drawn within."""
    with ExitStack() as stack:
        for target, instead in PARTS[part]:
            stack.enter_context(patch(target, instead))
        yield


def table(title: str, columns: Sequence[str], figures: Mapping[str, Figures]) -> str:
    """Markdown: a line per part, a column per figure."""
    lines = [f"| {title}, without | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for part, each in figures.items():
        lines.append(f"| {part} | {' | '.join(_shown(each.get(name)) for name in columns)} |")
    return "\n".join([*lines, ""])


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}" if value < 0.1 else f"{value:.3f}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--portraits", type=Path, required=True)
    parser.add_argument("--findings", type=folder_to_write)
    parser.add_argument("--every", type=positive, default=8)
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))
    return parser.parse_args()


def _measure(
    options: argparse.Namespace, findings: Findings
) -> list[tuple[str, tuple[str, ...], dict[str, Figures]]]:
    clips, portraits = clips_in(options.clips), sorted(pictures_in(options.portraits))
    pairs = list(zip(clips, cycle(portraits), strict=False))
    judging = Judging(options.every)
    with ProcessPoolExecutor(2, get_context("spawn"), one_thread) as pool:
        list(pool.map(follow_driver, [(clip, findings) for clip in clips]))
        found = {
            part: (
                pool.map(_reenact_self, [(part, clip, findings, judging) for clip in clips]),
                pool.map(_reenact_cross, [(part, *pair, findings, judging) for pair in pairs]),
            )
            for part in options.parts
        }
        selves: dict[str, Figures] = {}
        crosses: dict[str, Figures] = {}
        for part, (rows, crossings) in found.items():
            of_clips = dict(zip([clip.stem for clip in clips], rows, strict=True))
            selves[part] = summarise_self(of_clips)[OURS]
            crosses[part] = summarise_cross(crossings)
            print(part, selves[part], crosses[part], file=sys.stderr, flush=True)
    return [("self", _SELF, selves), ("cross", _CROSS, crosses)]


def _reenact_self(job: tuple[str, Path, Findings, Judging]) -> dict[str, Row]:
    part, clip, findings, judging = job
    with without(part):
        rows = self_reenactment.measure(clip, findings, judging)
    return {name: replace(row, shown=[]) for name, row in rows.items()}


def _reenact_cross(job: tuple[str, Path, Path, Findings, Judging]) -> Crossing:
    part, clip, portrait, findings, judging = job
    with without(part):
        crossing = cross_reenactment.measure(clip, portrait, findings, judging)
    return replace(crossing, shown=[])


if __name__ == "__main__":
    with told_plainly():
        main()
