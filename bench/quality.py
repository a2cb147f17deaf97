"""How faithful offline re-enactment is, measured by looking at its output with the landmarker.

    python -m bench.quality --clips DIR --portraits DIR [--sheets DIR] [--json FILE]

Cross re-enactment: each clip drives each portrait, and blendshapes and head angles of the output
are correlated (Pearson) with the driver's, where the driver's own signal varies. Self
re-enactment: the first frame of a clip, cut to 256 x 256 round the face, is driven by the same
crop of the clip; 68 landmarks found on output and truth are compared (AKD, pixels).
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.avatar import load_avatar
from realtime.capture import EndOfSource
from realtime.capture.files import open_file
from realtime.capture.picture import read_picture
from realtime.models.blendshapes import score
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import LANDMARKER, Store
from realtime.offline import Transfer, perform, track
from realtime.output.contact_sheet import contact_sheet
from realtime.types import RGB, Face, Frame

BLENDSHAPES = ("jawOpen", "mouthSmileLeft", "mouthSmileRight", "eyeBlinkLeft", "eyeBlinkRight")
ANGLES = ("yaw", "pitch", "roll")
VARIES_SCORE, VARIES_DEG = 0.05, 1.5
CROP_PX = 256
CROP_FACES = 1.7
# The 68 points of the usual annotation (iBUG 300-W), as landmarks of the mesh.
POINTS_68 = (
    162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389,
    71, 63, 105, 66, 107, 336, 296, 334, 293, 301, 168, 197, 5, 4, 75, 97, 2, 326, 305,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87,
)  # fmt: skip
SHEET_MOMENTS = 8


@dataclass(frozen=True, slots=True)
class Cross:
    clip: str
    portrait: str
    frames: int
    found: float
    correlations: dict[str, float]


class Frames:
    """Frames in memory, as a source."""

    fps = 30.0

    def __init__(self, pictures: list[RGB]) -> None:
        self._frames = [Frame(p, i, round(i * 1e9 / self.fps)) for i, p in enumerate(pictures)]

    def read(self) -> Frame:
        if not self._frames:
            raise EndOfSource
        return self._frames.pop(0)

    def close(self) -> None:
        self._frames.clear()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--portraits", type=Path, required=True)
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    store = Store()
    clips = sorted(path for path in arguments.clips.iterdir() if path.suffix == ".mp4")
    portraits = sorted(arguments.portraits.iterdir())
    with LandmarkDetector(store.path(LANDMARKER)) as detector:
        akd = {clip.stem: self_reenactment(clip, detector, store) for clip in clips}
        crosses = [
            cross_reenactment(clip, portrait, detector, store, arguments.sheets)
            for clip in clips
            for portrait in portraits
        ]
    summary = summarise(crosses, akd)
    if arguments.json:
        arguments.json.write_text(json.dumps(summary, indent=2))


def self_reenactment(clip: Path, detector: LandmarkDetector, store: Store) -> float:
    pictures = list(pictures_of(clip))
    (face,) = detector.detect(pictures[0])
    pictures = [crop(picture, face) for picture in pictures]
    avatar = load_avatar(pictures[0], clip.name, None, store)
    sightings = track(Frames(pictures), store, clip.name)
    errors = []
    for picture, output in zip(
        pictures, perform(avatar, sightings, Transfer(reference="first"), badge=False), strict=True
    ):
        truth, found = detector.detect(picture), detector.detect(output)
        if truth and found:
            offsets = truth[0].landmarks[POINTS_68, :2] - found[0].landmarks[POINTS_68, :2]
            errors.append(float(np.linalg.norm(offsets, axis=1).mean()))
    akd = float(np.mean(errors))
    print(f"self   {clip.stem:8} AKD {akd:.2f} px (p95 {np.percentile(errors, 95):.2f})")
    return akd


def crop(picture: RGB, face: Face) -> RGB:
    low, high = face.landmarks[:, :2].min(axis=0), face.landmarks[:, :2].max(axis=0)
    half = float((high - low).max()) * CROP_FACES / 2
    middle = (low + high) / 2
    left, top = np.maximum(0, middle - half).astype(int)
    right, bottom = np.minimum(picture.shape[1::-1], middle + half).astype(int)
    cut = cv2.resize(
        picture[top:bottom, left:right], (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA
    )
    return np.ascontiguousarray(cut, np.uint8)


def cross_reenactment(
    clip: Path, portrait: Path, detector: LandmarkDetector, store: Store, sheets: Path | None
) -> Cross:
    avatar = load_avatar(read_picture(portrait), portrait.name, None, store)
    sightings = track(open_file(clip), store, clip.name)
    moments = set(np.linspace(0, len(sightings) - 1, SHEET_MOMENTS).astype(int).tolist())
    driven, shown, kept = [], [], []
    found = 0
    for index, output in enumerate(perform(avatar, sightings, Transfer())):
        faces = detector.detect(output)
        found += bool(faces)
        driver = sightings[index].face
        if faces and driver is not None:
            driven.append(driver)
            shown.append(faces[0])
        if index in moments:
            kept.append(output)
    if sheets is not None:
        write_sheet(sheets / f"{clip.stem}-{portrait.stem}.png", clip, sorted(moments), kept)
    result = Cross(
        clip.stem,
        portrait.stem,
        len(sightings),
        found / len(sightings),
        correlations(signals(driven), signals(shown)),
    )
    cells = "  ".join(f"{name} {value:.2f}" for name, value in result.correlations.items())
    print(
        f"cross  {clip.stem:8} {portrait.stem:8} face in {result.found:6.1%}  {cells}", flush=True
    )
    return result


def pictures_of(clip: Path) -> Iterator[RGB]:
    source = open_file(clip)
    try:
        while True:
            frame = source.read()
            if frame is not None:
                yield frame.pixels
    except EndOfSource:
        source.close()


def signals(faces: list[Face]) -> NDArray[np.float64]:
    """(frames, 8): blendshape scores, then yaw, pitch and roll in degrees."""
    return np.array(
        [[score(face.blendshapes, name) for name in BLENDSHAPES] + angles(face) for face in faces]
    )


def angles(face: Face) -> list[float]:
    rotation = face.pose[:3, :3] / np.cbrt(np.linalg.det(face.pose[:3, :3]))
    yaw = np.arctan2(rotation[0, 2], rotation[2, 2])
    pitch = np.arcsin(np.clip(-rotation[1, 2], -1, 1))
    roll = np.arctan2(rotation[1, 0], rotation[1, 1])
    return [float(angle) for angle in np.degrees([yaw, pitch, roll])]


def correlations(driven: NDArray[np.float64], shown: NDArray[np.float64]) -> dict[str, float]:
    """Pearson's r by name, for the signals of the driver that vary."""
    names = (*BLENDSHAPES, *ANGLES)
    least = [VARIES_SCORE] * len(BLENDSHAPES) + [VARIES_DEG] * len(ANGLES)
    return {
        name: float(np.corrcoef(driven[:, i], shown[:, i])[0, 1])
        for i, name in enumerate(names)
        if driven[:, i].std() > least[i]
    }


def write_sheet(path: Path, clip: Path, moments: list[int], outputs: list[RGB]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    drivers = [picture for index, picture in enumerate(pictures_of(clip)) if index in moments]
    sheet = contact_sheet([drivers, outputs], 300)
    cv2.imwrite(str(path), sheet[..., ::-1])


def summarise(crosses: list[Cross], akd: dict[str, float]) -> dict[str, object]:
    def mean(names: tuple[str, ...]) -> float:
        return float(
            np.mean([r for c in crosses for name, r in c.correlations.items() if name in names])
        )

    summary = {
        "self AKD px": float(np.mean(list(akd.values()))),
        "blendshapes r": mean(BLENDSHAPES),
        "angles r": mean(ANGLES),
        "least share of frames with a face": min(c.found for c in crosses),
        "self": akd,
        "cross": {f"{c.clip} {c.portrait}": c.correlations for c in crosses},
    }
    for name in list(summary)[:4]:
        print(f"{name}: {summary[name]:.3f}")
    return summary


if __name__ == "__main__":
    main()
