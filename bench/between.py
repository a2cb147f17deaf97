"""Between two pictures of a slow neural renderer: hold the last one, or bend it to follow?

    python -m bench.between --clips DIR [--every N] [--sheets DIR]

The neural renderer is a perfect one: every k-th frame of a clip, cut to 256 x 256 round the face,
is its picture of that moment. It is shown when it is drawn, k frames late, until the next one is,
and it is `realtime.render.between.Still` that bends it. Each shown picture is compared with the
clip's own frame of that moment: mean absolute difference (0..255) outside the face, in the face
and in the mouth; distance of 68 landmarks (AKD) and of the lips', pixels; faces not found.

The sheets, a row for each way below the truth's, are for judging by eye, which figures cannot
replace. "bend, all", without a limit to eyes and mouth, wins nearly every column, with lips
smeared over a mouth that was shut in the picture; "bend, shut" leaves both as they were.
"""

import argparse
import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from bench.inputs import clips_in, folder_to_write, positive, told_plainly
from bench.quality.clips import Findings, Truth, moments, truth_of
from bench.quality.landmarks import MOUTH, OUTER_LIPS, POINTS_68, distances_px
from bench.quality.pictures import hull_mask
from realtime.models.face_mesh import OVAL, FaceMesh, load_face_mesh
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import LANDMARKER, Store
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState
from realtime.output.contact_sheet import contact_sheet
from realtime.render.between import MOST_CHANGE, Still
from realtime.types import RGB, Face, Motion, Sighting

PERIODS = (4, 10, 20)
"Frames that the model takes: 7.5, 3 and 1.5 pictures a second at 30 fps."
_HEADS = "outside  face  mouth    AKD  p95   lips  no face"
_CELL_PX = 250

Way = Callable[[RGB, Motion, Motion], RGB]


@dataclass(frozen=True, slots=True)
class Errors:
    """Of one shown picture."""

    outside: float
    face: float
    mouth: float
    akd_px: float
    lips_px: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--every", type=positive, default=7, help="judge every N-th frame")
    parser.add_argument("--sheets", type=folder_to_write)
    options = parser.parse_args()
    clips = clips_in(options.clips)
    store = Store()
    mesh = load_face_mesh(store.path(LANDMARKER))
    ways = ways_to_fill(mesh)
    found: dict[tuple[int, str], list[Errors]] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        LandmarkDetector(store.path(LANDMARKER)) as judge,
    ):
        for clip in sorted(clips):
            truth = truth_of(clip, Findings(Path(folder)), store)
            motions = motions_of(truth.sightings, PoseFitter(mesh))
            for period in PERIODS:
                for name, way in ways.items():
                    shown = fill(truth, motions, period, options.every, way)
                    found.setdefault((period, name), []).extend(
                        judged(picture, truth, index, judge) for index, picture in shown.items()
                    )
                if options.sheets:
                    file = options.sheets / f"between-{clip.stem}-{period}.png"
                    write_sheet(file, truth, motions, period, ways)
    print(f"{'fps':>4}  {'':12} {_HEADS}")
    for (period, name), errors in found.items():
        print(f"{30 / period:4.1f}  {name:12} {summary(errors)}")


def hold(picture: RGB, _then: Motion, _now: Motion) -> RGB:
    return picture


def ways_to_fill(mesh: FaceMesh) -> dict[str, Way]:
    def bend(most_change: float) -> Way:
        def way(picture: RGB, then: Motion, now: Motion) -> RGB:
            out = np.empty_like(picture)
            Still(picture, (0, 0), then, mesh.triangles, most_change).draw(now, out)
            return out

        return way

    return {
        "hold": hold,
        "bend": bend(MOST_CHANGE),
        "bend, shut": bend(1e-3),
        "bend, all": bend(math.inf),
    }


def motions_of(sightings: list[Sighting], fitter: PoseFitter) -> list[Motion | None]:
    motions: list[Motion | None] = []
    rest: HeadState | None = None
    for seen in sightings:
        if seen.face is None:
            motions.append(None)
            continue
        state = HeadState.of(seen.face.landmarks, fitter)
        rest = rest or state
        motions.append(
            Motion(
                seen.face.landmarks,
                state.motion_from(rest),
                seen.presence,
                seen.sequence,
                seen.captured_ns,
            )
        )
    return motions


def fill(
    truth: Truth, motions: list[Motion | None], period: int, every: int, way: Way
) -> dict[int, RGB]:
    """What is shown at every `every`-th frame."""
    shown = {}
    for index in range(2 * period, len(truth.pictures), every):
        drawn = (index // period - 1) * period
        then, now = motions[drawn], motions[index]
        if then is not None and now is not None:
            shown[index] = way(truth.pictures[drawn], then, now)
    return shown


def judged(picture: RGB, truth: Truth, index: int, judge: LandmarkDetector) -> Errors:
    wanted = truth.faces[index]
    if wanted is None:
        return Errors(*[math.nan] * 5)
    difference = np.abs(picture.astype(np.float32) - truth.pictures[index]).mean(axis=2)
    face = hull_mask(difference.shape, wanted.landmarks[list(OVAL)])
    mouth = hull_mask(difference.shape, wanted.landmarks[list(OUTER_LIPS)], 9)
    akd, lips = landmark_errors(wanted, judge.detect(picture))
    return Errors(
        float(difference[~face].mean()),
        float(difference[face].mean()),
        float(difference[mouth].mean()),
        akd,
        lips,
    )


def landmark_errors(wanted: Face, found: list[Face]) -> tuple[float, float]:
    if not found:
        return math.inf, math.inf
    distances = distances_px(wanted, found[0])
    return float(distances[list(POINTS_68)].mean()), float(distances[list(MOUTH)].mean())


def summary(errors: list[Errors]) -> str:
    """As `_HEADS` names them; means over pictures in which a face is found."""

    def mean(values: list[float]) -> float:
        return float(np.mean([value for value in values if math.isfinite(value)]))

    akds = [one.akd_px for one in errors]
    p95 = float(np.percentile([akd for akd in akds if math.isfinite(akd)], 95))
    return (
        f"{mean([one.outside for one in errors]):7.2f} {mean([one.face for one in errors]):5.2f} "
        f"{mean([one.mouth for one in errors]):6.2f}  {mean(akds):5.2f} {p95:5.2f}  "
        f"{mean([one.lips_px for one in errors]):5.2f}  {sum(map(math.isinf, akds))}/{len(akds)}"
    )


def write_sheet(
    path: Path, truth: Truth, motions: list[Motion | None], period: int, ways: dict[str, Way]
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    every = moments(len(truth.pictures) - 2 * period)[1]
    rows = [fill(truth, motions, period, every, way) for way in ways.values()]
    pictures = [[truth.pictures[index] for index in rows[0]], *(list(row.values()) for row in rows)]
    cv2.imwrite(str(path), contact_sheet(pictures, _CELL_PX)[..., ::-1])


if __name__ == "__main__":
    with told_plainly():
        main()
