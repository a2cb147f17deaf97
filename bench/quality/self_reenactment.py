"""Self re-enactment: a clip's first frame driven by the clip, against the clip itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from bench.quality.clips import Findings, Truth, moments, truth_of
from bench.quality.judges import (
    Figures,
    Judges,
    Judging,
    Likeness,
    Look,
    Watcher,
    likeness_figures,
    likenesses_in,
    points_of,
)
from bench.quality.landmarks import (
    IRISES,
    MOUTH,
    OUTER_LIPS,
    POINTS_68,
    distances_px,
    points_68,
    shake_ratio,
)
from bench.quality.pictures import Mask, absolute_error, hull_mask, psnr_db, sharpness, ssim
from bench.quality.reenactors import delaunay, jpeg_copies, ours, static
from bench.quality.shapes import shape_figures
from bench.quality.signals import CHANNELS, CORE, channels, correlation, varying
from realtime.models.face_mesh import EYES
from realtime.models.store import Store
from realtime.types import RGB, Face, Floats

OURS, STATIC, DELAUNAY, JPEG = "ours", "static", "Delaunay", "JPEG 70"
_ROOM_PX = 5
"How far round eyes and lips their picture error is taken."
_VARIES = 0.03


@dataclass(frozen=True, slots=True)
class Row:
    """What one re-enactor reached on one clip."""

    figures: Figures
    shown: list[RGB]
    "Its pictures at the contact sheet's moments."


def measure(clip: Path, findings: Findings, judging: Judging) -> dict[str, Row]:
    """Rows by name; only ours is computed anew each time."""
    store = Store()
    with Judges(store, second=judging.second) as judges:
        truth = truth_of(clip, findings, store)
        find = partial(likenesses_in, truth.pictures, len(truth.pictures), judges, judging)
        likenesses = findings.get(f"likenesses {judging}", clip, find)
        source, sightings = truth.pictures[0], truth.sightings

        def row(outputs: Iterable[RGB]) -> Row:
            return compare(truth, likenesses, outputs, judges, judging.every)

        rows = {OURS: row(ours(store, "first")(source, sightings))}
        rows[OURS].figures.update(told_by_landmarks(truth, likenesses, judging.every))
        known = {
            STATIC: static(source, sightings),
            DELAUNAY: delaunay(store)(source, sightings),
            JPEG: jpeg_copies(truth.pictures),
        }
        for name, outputs in known.items():
            rows[name] = findings.get(f"{name} {judging}", clip, partial(row, outputs))
    return rows


def compare(
    truth: Truth,
    likenesses: list[Likeness | None],
    outputs: Iterable[RGB],
    judges: Watcher,
    every: int = 1,
) -> Row:
    """Figures of as many output pictures as the truth has, every so many of them judged."""
    kept = set(moments(len(truth.pictures)))
    shown: list[RGB] = []
    looks: list[Look] = []
    pixel_figures = []
    for index, output in enumerate(outputs):
        if index in kept:
            shown.append(output)
        if index % every:
            continue
        looks.append(judges.look(output, len(looks)))
        face = truth.faces[index]
        if face is not None:
            pixel_figures.append(_pixel_figures(truth.pictures[index], output, face))
    figures: Figures = {
        name: float(np.mean([each[name] for each in pixel_figures])) for name in pixel_figures[0]
    }
    figures |= landmark_figures(truth.faces[::every], [look.face for look in looks])
    found = [look.likeness for look in looks]
    figures |= likeness_figures(likenesses, found)
    figures |= shape_figures("dlib", points_of(likenesses), points_of(found))
    return Row(figures, shown)


def told_by_landmarks(truth: Truth, likenesses: list[Likeness | None], every: int = 1) -> Figures:
    """What of the shapes that the second judge sees in the truth the landmarks of it tell.

    They are all that a re-enactor is driven by.
    """
    told = points_68(truth.faces[::every])
    return shape_figures("truth's landmarks by dlib", points_of(likenesses), told)


def landmark_figures(truth: Sequence[Face | None], found: Sequence[Face | None]) -> Figures:
    """Figures of what the judge found, a face or None for each frame of both."""
    expected = sum(face is not None for face in truth)
    pairs = [(a, b) for a, b in zip(truth, found, strict=True) if a is not None and b is not None]
    if not pairs:
        return {"missing": 1.0}
    distances = np.array([distances_px(a, b) for a, b in pairs])
    akd_68 = distances[:, POINTS_68].mean(axis=1)
    return {
        "akd_68": float(akd_68.mean()),
        "akd_68_p95": float(np.percentile(akd_68, 95)),
        "akd_478": float(distances.mean()),
        "akd_mouth": float(distances[:, MOUTH].mean()),
        "akd_iris": float(distances[:, IRISES].mean()),
        **_blendshape_figures([a for a, _ in pairs], [b for _, b in pairs]),
        "jitter": shake_ratio([_points(a) for a in truth], [_points(b) for b in found]),
        "missing": 1 - len(pairs) / expected,
    }


def _pixel_figures(truth: RGB, output: RGB, face: Face) -> dict[str, float]:
    error = absolute_error(truth, output)
    skin = hull_mask(truth.shape, face.landmarks)
    return {
        "l1": float(error.mean()),
        "l1_face": float(error[skin].mean()),
        "l1_outside": float(error[~skin].mean()),
        "l1_eyes": float(error[_eyes(truth, face)].mean()),
        "l1_mouth": float(
            error[hull_mask(truth.shape, face.landmarks[list(OUTER_LIPS)], _ROOM_PX)].mean()
        ),
        "psnr_db": psnr_db(truth, output),
        "ssim": ssim(truth, output),
        "sharpness": sharpness(output, skin) / max(sharpness(truth, skin), 1e-6),
    }


def _eyes(picture: RGB, face: Face) -> Mask:
    right, left = (
        hull_mask(picture.shape, face.landmarks[list(eye.ring)], _ROOM_PX) for eye in EYES
    )
    return right | left


def _blendshape_figures(truth: list[Face], found: list[Face]) -> Figures:
    driver, output = channels(truth), channels(found)
    r = {
        name: correlation(driver[:, CHANNELS.index(name)], output[:, CHANNELS.index(name)])
        for name in varying(driver, _VARIES)
    }
    core = [r[name] for name in CORE if name in r]
    every = [value for name, value in r.items() if name not in {"yaw", "pitch", "roll"}]
    return {
        "blendshape_r": float(np.mean(core)) if core else None,
        "blendshape_r_all": float(np.mean(every)) if every else None,
    }


def _points(face: Face | None) -> Floats | None:
    return None if face is None else face.landmarks[:, :2]
