"""Cross re-enactment: a clip drives a portrait; what the driver does against what is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.quality.clips import Findings, is_seen, moments, sightings_of
from bench.quality.landmarks import identity_distance, inter_ocular_px, shake_ratio
from bench.quality.pictures import Flicker, gradient_energy, hull_mask
from bench.quality.reenactors import ours
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
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import LANDMARKER, Store
from realtime.motion.neutral import unlikeness
from realtime.types import RGB, Face, Floats, Sighting

_VARIES = 0.05
_NEUTRAL_SHARE = 0.1
"So many of the frames, those in which the driver is most like the portrait, count as neutral."
Figures = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Crossing:
    """What came of one clip on one portrait."""

    figures: Figures
    r: dict[str, float]
    "By channel, those that vary in the driver."
    gain: dict[str, float]
    range: dict[str, float]
    shown: list[RGB]


@dataclass(frozen=True, slots=True)
class Shown:
    """The judged part of a re-enactment, frame by frame."""

    driver: list[Face | None]
    output: list[Face | None]
    energies: list[float | None]
    "Gradient energy of the output's face."


def measure(clip: Path, portrait: Path, findings: Findings, every: int) -> Crossing:
    """One pair, by our renderer."""
    store = Store()
    sightings = sightings_of(clip, findings, store)
    source = read_picture(portrait)
    with LandmarkDetector(store.path(LANDMARKER)) as judge:
        faces = judge.detect(source)
        if not faces:
            raise InputError(f"no face found in {portrait.name}; use another portrait")
        outputs = ours(store, "best")(source, sightings)
        return follow(source, faces[0], sightings, outputs, judge, every)


def follow(
    source: RGB,
    source_face: Face,
    sightings: list[Sighting],
    outputs: Iterable[RGB],
    judge: LandmarkDetector,
    every: int = 1,
) -> Crossing:
    """Figures of as many output pictures as sightings, every so many of them judged."""
    kept = set(moments(len(sightings)))
    flicker = Flicker()
    judged = Shown([], [], [])
    shown = []
    for index, output in enumerate(outputs):
        flicker.add(output)
        if index in kept:
            shown.append(output)
        if index % every:
            continue
        face = next(iter(judge.detect(output)), None)
        judged.output.append(face)
        judged.driver.append(sightings[index].face if is_seen(sightings[index]) else None)
        judged.energies.append(None if face is None else _face_energy(output, face))
        if face is not None:
            flicker.exclude(face.landmarks)
    flicker.exclude(source_face.landmarks)
    figures, driver, output_signals = _figures(judged, source, source_face)
    figures |= {"flicker": flicker.outside_head()}
    lags = [lag for lag in _lags(judged) if lag is not None]
    figures |= {"lag_frames": every * float(np.mean(lags)) if lags else None}
    names = varying(driver, _VARIES)
    pairs = {n: (driver[:, CHANNELS.index(n)], output_signals[:, CHANNELS.index(n)]) for n in names}
    return Crossing(
        figures,
        {name: correlation(*pair) for name, pair in pairs.items()},
        {name: gain(*pair) for name, pair in pairs.items()},
        {name: range_ratio(*pair) for name, pair in pairs.items()},
        shown,
    )


def _figures(judged: Shown, source: RGB, source_face: Face) -> tuple[Figures, Array, Array]:
    """Figures, and the channels of driver and output where both are seen."""
    both = [
        (a, b, energy)
        for a, b, energy in zip(judged.driver, judged.output, judged.energies, strict=True)
        if a is not None and b is not None and energy is not None
    ]
    expected = sum(face is not None for face in judged.driver)
    figures: Figures = {"missing": 1 - len(both) / max(expected, 1)}
    drivers, outputs = [a for a, _, _ in both], [b for _, b, _ in both]
    if both:
        identities = np.array([identity_distance(face, source_face) for face in outputs])
        neutral = _nearest(drivers, source_face)
        source_energy = _face_energy(source, source_face)
        figures |= {
            "identity": float(identities.mean()),
            "identity_neutral": float(identities[neutral].mean()),
            "sharpness": float(np.mean([both[i][2] for i in neutral]) / source_energy),
            "jitter": shake_ratio(_unit(judged.driver), _unit(judged.output)),
        }
    return figures, channels(drivers), channels(outputs)


def _nearest(drivers: Sequence[Face], source_face: Face) -> list[int]:
    """The frames in which the driver is most like the portrait."""
    order = np.argsort([unlikeness(face, source_face) for face in drivers], kind="stable")
    few: list[int] = order[: max(3, round(_NEUTRAL_SHARE * len(drivers)))].tolist()
    return few


def _face_energy(picture: RGB, face: Face) -> float:
    return gradient_energy(picture, hull_mask(picture.shape, face.landmarks))


def _unit(faces: Sequence[Face | None]) -> list[Floats | None]:
    """Landmarks in inter-ocular distances."""
    return [
        None if face is None else face.landmarks[:, :2] / inter_ocular_px(face.landmarks)
        for face in faces
    ]


def _lags(judged: Shown) -> list[float | None]:
    """Per varying channel; frames without a face are bridged by straight lines."""
    driver, output = _bridged(judged.driver), _bridged(judged.output)
    if driver is None or output is None:
        return []
    columns = [CHANNELS.index(name) for name in varying(driver, _VARIES)]
    return [lag_frames(driver[:, column], output[:, column]) for column in columns]


def _bridged(faces: Sequence[Face | None]) -> Array | None:
    seen = [index for index, face in enumerate(faces) if face is not None]
    if not seen:
        return None
    known = channels([face for face in faces if face is not None])
    every = np.arange(len(faces))
    return np.stack([np.interp(every, seen, column) for column in known.T], axis=1)


def blendshapes_of(by_channel: dict[str, float]) -> list[float]:
    """The values of all channels that are not angles."""
    return [value for name, value in by_channel.items() if name not in ANGLES]
