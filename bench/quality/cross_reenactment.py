"""Cross re-enactment: a clip drives a portrait; what the driver does against what is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from bench.quality import commanded
from bench.quality.clips import (
    Findings,
    is_seen,
    moments,
    pictures_of,
    sightings_of,
    steadied,
)
from bench.quality.judges import (
    Figures,
    Judges,
    Judging,
    Likeness,
    Look,
    Watcher,
    aed,
    likenesses_in,
    points_of,
)
from bench.quality.landmarks import (
    identity_distance,
    in_eye_distances,
    points_68,
    shake_ratio,
)
from bench.quality.pictures import Flicker, gradient_energy, hull_mask
from bench.quality.reenactors import live, ours
from bench.quality.shapes import shape_figures
from bench.quality.signals import (
    ANGLES,
    CHANNELS,
    Array,
    channels,
    correlation,
    gain,
    lag_frames,
    range_ratio,
    varying,
)
from realtime.capture.picture import read_picture
from realtime.errors import InputError
from realtime.models.store import Store
from realtime.motion.neutral import unlikeness
from realtime.types import RGB, Face, Floats, Sighting

_VARIES = 0.05
_NEUTRAL_SHARE = 0.1
"So many of the frames, those in which the driver is most like the portrait, count as neutral."


@dataclass(frozen=True, slots=True)
class Crossing:
    """What came of one clip on one portrait."""

    figures: Figures
    r: dict[str, float]
    "By channel, those that vary in the driver."
    gain: dict[str, float]
    range: dict[str, float]
    shown: list[RGB]
    "Its pictures at the contact sheet's moments."


@dataclass(frozen=True, slots=True)
class Watched:
    """The judged part of a re-enactment, one entry a frame."""

    driver: list[Face | None] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    energies: list[float | None] = field(default_factory=list)
    "Gradient energy of the output's face."

    @property
    def output(self) -> list[Face | None]:
        return [look.face for look in self.looks]


def measure(clip: Path, portrait: Path, findings: Findings, judging: Judging) -> Crossing:
    """One pair, by our renderer."""
    store = Store()
    sightings = sightings_of(clip, findings, store)
    source = read_picture(portrait)
    with Judges(store, second=judging.second) as judges:
        look = judges.look(source)
        if look.face is None:
            raise InputError(f"no face found in {portrait.name}; use another portrait")
        driving = steadied(sightings) if judging.live else sightings
        reenact = live(store) if judging.live else ours(store, "best")
        find = partial(likenesses_in, pictures_of(clip), len(sightings), judges, judging)
        likenesses = findings.get(f"driver's likenesses {judging}", clip, find)
        outputs = reenact(source, driving)
        crossing = follow(source, look, sightings, likenesses, outputs, judges, judging.every)
        seen = [sighting.face if is_seen(sighting) else None for sighting in sightings]
        told = commanded.measure(source, driving, seen, store, judges, judging)
    return replace(crossing, figures=crossing.figures | told)


def follow(
    source: RGB,
    source_look: Look,
    sightings: list[Sighting],
    likenesses: list[Likeness | None],
    outputs: Iterable[RGB],
    judges: Watcher,
    every: int = 1,
) -> Crossing:
    """Figures of as many output pictures as sightings, every so many of them judged.

    `likenesses`: the driver's by the second judge, of the judged ones.
    """
    kept = set(moments(len(sightings)))
    flicker = Flicker()
    watched = Watched()
    shown: list[RGB] = []
    for index, output in enumerate(outputs):
        flicker.add(output)
        if index in kept:
            shown.append(output)
        if index % every:
            continue
        look = judges.look(output, len(watched.looks))
        watched.looks.append(look)
        watched.driver.append(sightings[index].face if is_seen(sightings[index]) else None)
        watched.energies.append(None if look.face is None else _face_energy(output, look.face))
        if look.face is not None:
            flicker.exclude(look.face.landmarks)
    found = [each.likeness for each in watched.looks]
    figures = {
        **_face_figures(watched, source, source_look),
        **shape_figures("landmarks", points_68(watched.driver), points_68(watched.output)),
        **shape_figures("dlib", points_of(likenesses), points_of(found)),
        "lag_frames": _lag(watched, every),
        "flicker": flicker.outside_head(),
    }
    return Crossing(figures, *_transfer(watched), shown)


def blendshapes_of(by_channel: dict[str, float]) -> list[float]:
    """The values of all channels that are not angles."""
    return [value for name, value in by_channel.items() if name not in ANGLES]


def _transfer(watched: Watched) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Correlation, gain and range of each channel that varies."""
    pairs = [
        (a, b)
        for a, b in zip(watched.driver, watched.output, strict=True)
        if a is not None and b is not None
    ]
    driver, output = channels([a for a, _ in pairs]), channels([b for _, b in pairs])
    columns = {name: CHANNELS.index(name) for name in varying(driver, _VARIES)}
    both = {name: (driver[:, column], output[:, column]) for name, column in columns.items()}
    return (
        {name: correlation(*signals) for name, signals in both.items()},
        {name: gain(*signals) for name, signals in both.items()},
        {name: range_ratio(*signals) for name, signals in both.items()},
    )


def _face_figures(watched: Watched, source: RGB, source_look: Look) -> Figures:
    source_face = source_look.face
    both = [
        (a, b, energy)
        for a, b, energy in zip(watched.driver, watched.output, watched.energies, strict=True)
        if a is not None and b is not None and energy is not None
    ]
    figures: Figures = {
        "missing": 1 - len(both) / max(1, sum(face is not None for face in watched.driver))
    }
    if not both or source_face is None:
        return figures
    identities = np.array([identity_distance(face, source_face) for _, face, _ in both])
    neutral = _nearest([face for face, _, _ in both], source_face)
    sharpness = np.mean([both[i][2] for i in neutral]) / _face_energy(source, source_face)
    figures |= {
        "identity": float(identities.mean()),
        "identity_neutral": float(identities[neutral].mean()),
        "sharpness": float(sharpness),
        "jitter": shake_ratio(_unit(watched.driver), _unit(watched.output)),
    }
    if source_look.likeness is not None:
        likeness = source_look.likeness
        figures["dlib_aed"] = aed([(likeness, x.likeness) for x in watched.looks if x.likeness])
    return figures


def _nearest(drivers: Sequence[Face], source_face: Face) -> list[int]:
    """The frames in which the driver is most like the portrait."""
    order = np.argsort([unlikeness(face, source_face) for face in drivers], kind="stable")
    few: list[int] = order[: max(3, round(_NEUTRAL_SHARE * len(drivers)))].tolist()
    return few


def _face_energy(picture: RGB, face: Face) -> float:
    return gradient_energy(picture, hull_mask(picture.shape, face.landmarks))


def _unit(faces: Sequence[Face | None]) -> list[Floats | None]:
    return in_eye_distances([None if face is None else face.landmarks for face in faces])


def _lag(watched: Watched, every: int) -> float | None:
    """The median over varying channels; frames without a face are bridged by straight lines."""
    driver, output = _bridged(watched.driver), _bridged(watched.output)
    if driver is None or output is None:
        return None
    columns = [CHANNELS.index(name) for name in varying(driver, _VARIES)]
    lags = [lag_frames(driver[:, column], output[:, column]) for column in columns]
    known = [lag for lag in lags if lag is not None]
    return every * float(np.median(known)) if known else None


def _bridged(faces: Sequence[Face | None]) -> Array | None:
    seen = [index for index, face in enumerate(faces) if face is not None]
    if not seen:
        return None
    known = channels([face for face in faces if face is not None])
    frames = np.arange(len(faces))
    return np.stack([np.interp(frames, seen, column) for column in known.T], axis=1)
