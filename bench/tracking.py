"""How late and how shaky tracking is: MediaPipe's modes, and the One Euro filter's settings.

    python -m bench.tracking [--json FILE]

The demo portrait is moved across a 640x480 picture by known amounts, so the truth is exact: the
landmarks of the resting picture, moved likewise. Noise is added as a webcam's. Late is what the
error has in common with the speed (least squares); the rest is the landmarker's own error. Eyes
are 92 px apart, the head's speed reaches 4.5 of that a second. Measured on two shared cores at
2.8 GHz:

    mode                       error px    late ms    cost ms
    VIDEO, true time               1.48        3.5       11.3
    VIDEO, a second apart          0.95        1.2       11.3
    IMAGE                          0.78       -0.1       14.2

The truth comes from IMAGE mode, which flatters its error but not its lateness. VIDEO mode saves
the search for the face, 3 ms, and pays with a filter that nobody can tune.

An answer read as arrays, as the product does it, against MediaPipe's own objects:

    answer read                cost ms   of it Python's ms
    as objects                    17.3                 1.7
    as arrays                     16.4                 0.7

The filter, on a still face (shiver: standard deviation over time), on the moving one, and on the
actor's whole script with the still face's noise added:

    settings          still       moving             performed
                  shiver px    px  late ms          px  late ms    blink kept
    none              0.298  0.78     -0.1        0.26      0.0          1.03
    default           0.147  0.96      1.9        0.24     10.2          1.02
    calmer            0.117  1.41      4.2        0.32     17.3          1.02
    quicker           0.210  0.80      0.7        0.22      5.2          1.03
"""

import argparse
import json
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mediapipe import Image, ImageFormat
from mediapipe.tasks.python import BaseOptions, vision
from numpy.typing import NDArray

from bench.inputs import file_to_write, told_plainly
from realtime.capture.picture import read_picture
from realtime.demo_portrait import demo_portrait
from realtime.models.face_mesh import EYES, load_face_mesh
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import LANDMARKER, Store
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState
from realtime.motion.performance import LENGTH_S, Performance
from realtime.track.one_euro import OneEuroFilter, OneEuroSettings, eye_distance
from realtime.types import RGB

FPS = 30
SIZE = (640, 480)
STILL_FRAMES, MOVING_FRAMES = 120, 150
NOISE_LEVELS = 4.0
"Standard deviation of the camera's noise, grey levels: a webcam indoors."

Array = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=file_to_write)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    model = Store().path(LANDMARKER)
    portrait = read_picture(demo_portrait())
    summary = {
        "modes": compare_modes(model, portrait),
        "readers": compare_readers(model, portrait),
        "filters": compare_filters(model, portrait),
    }
    if arguments.json:
        arguments.json.write_text(json.dumps(summary, indent=2))


def compare_modes(model: Path, portrait: RGB) -> dict[str, dict[str, float]]:
    frames, truth = moving_face(model, portrait)
    modes: dict[str, ImageMode | VideoMode] = {
        "VIDEO, true time": VideoMode(model, 1000 / FPS),
        "VIDEO, a second apart": VideoMode(model, 1000.0),
        "IMAGE": ImageMode(model),
    }
    rows = {}
    for name, mode in modes.items():
        found, took_ms = [], []
        with closing(mode):
            for frame in frames:
                started = time.perf_counter()
                found.append(mode.find(frame))
                took_ms.append((time.perf_counter() - started) * 1e3)
        rows[name] = {
            "error px": mean_distance(np.stack(found), truth),
            "late ms": late_ms(np.stack(found), truth),
            "cost ms": float(np.median(took_ms)),
        }
    print_table("mode", rows)
    return rows


def compare_readers(model: Path, portrait: RGB) -> dict[str, dict[str, float]]:
    frames, _ = moving_face(model, portrait)
    rows = {}
    with LandmarkDetector(model) as detector:
        ways = {"as objects": detector.detect_as_objects, "as arrays": detector.detect}
        took_ms: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for frame in frames:
            for name, look in ways.items():
                started, cpu = time.perf_counter(), time.thread_time()
                look(frame)
                took = time.perf_counter() - started, time.thread_time() - cpu
                took_ms[name].append((took[0] * 1e3, took[1] * 1e3))
    for name, each in took_ms.items():
        cost, own = np.median(each, axis=0)
        rows[name] = {"cost ms": float(cost), "of it Python's ms": float(own)}
    print_table("answer read", rows)
    return rows


def compare_filters(model: Path, portrait: RGB) -> dict[str, dict[str, float]]:
    frames, truth = moving_face(model, portrait)
    with closing(ImageMode(model)) as mode:
        resting = [noisy(placed(portrait, 0.0), i) for i in range(STILL_FRAMES)]
        still = np.stack([mode.find(frame) for frame in resting])
        moving = np.stack([mode.find(frame) for frame in frames])
    performed = performance(model, still[0])
    shiver = (still - still.mean(axis=0)).std(axis=0)
    noise = np.random.default_rng(5).normal(0, 1, performed.shape) * shiver
    rows = {}
    for name, settings in {
        "none": None,
        "default": OneEuroSettings(),
        "calmer": OneEuroSettings(min_cutoff_hz=1.0, beta=20.0, speed_cutoff_hz=1.0),
        "quicker": OneEuroSettings(min_cutoff_hz=2.5, beta=70.0, speed_cutoff_hz=4.0),
    }.items():
        shown = filtered(performed + noise, settings)
        rows[name] = {
            "still shiver px": jitter(filtered(still, settings)),
            "moving error px": mean_distance(filtered(moving, settings), truth),
            "moving late ms": late_ms(filtered(moving, settings), truth),
            "performed error px": mean_distance(shown, performed),
            "performed late ms": late_ms(shown, performed),
            "blink kept": blink_depth(shown) / blink_depth(performed),
        }
    print_table("filter", rows)
    return rows


def placed(portrait: RGB, t_s: float) -> RGB:
    picture = cv2.warpAffine(portrait, path(portrait, t_s), SIZE, flags=cv2.INTER_LINEAR)
    return np.asarray(picture, np.uint8)


def path(portrait: RGB, t_s: float) -> Array:
    """(2, 3): a head that swings, leans and tilts as fast as people do; at rest at 0."""
    swing, tilt = np.sin(2 * np.pi * 0.9 * t_s), np.sin(2 * np.pi * 0.6 * t_s)
    scale = 0.8 * (1 + 0.08 * np.sin(2 * np.pi * 0.4 * t_s))
    middle = (portrait.shape[1] / 2, portrait.shape[0] * 0.42)
    matrix = cv2.getRotationMatrix2D(middle, 12.0 * tilt, scale).astype(np.float64)
    matrix[:, 2] += np.array(SIZE) / 2 - middle + np.array([70.0 * swing, 20.0 * tilt])
    return matrix


def noisy(picture: RGB, seed: int) -> RGB:
    noise = np.random.default_rng(seed).normal(0, NOISE_LEVELS, picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def moving_face(model: Path, portrait: RGB) -> tuple[list[RGB], Array]:
    """Noisy pictures, and (n, 478, 2) where the landmarks are in each."""
    with closing(ImageMode(model)) as mode:
        rest = mode.find(placed(portrait, 0.0))[None, :, :2]
    back = cv2.invertAffineTransform(path(portrait, 0.0))
    on_portrait = cv2.transform(rest, back)
    times_s = np.arange(MOVING_FRAMES) / FPS
    truth = [cv2.transform(on_portrait, path(portrait, float(t)))[0] for t in times_s]
    frames = [noisy(placed(portrait, float(t)), i) for i, t in enumerate(times_s)]
    return frames, np.stack(truth)


def performance(model: Path, landmarks: Array) -> Array:
    """(n, 478, 3): the actor's whole script on this face, from the rig itself."""
    actor = Performance(
        HeadState.of(landmarks.astype(np.float32), PoseFitter(load_face_mesh(model)))
    )
    times_s = np.arange(int(LENGTH_S * FPS)) / FPS
    return np.stack([actor.at(float(t)).landmarks() for t in times_s]).astype(np.float64)


class ImageMode:
    """As the product does it."""

    def __init__(self, model: Path) -> None:
        self._detector = LandmarkDetector(model)

    def find(self, picture: RGB) -> Array:
        return self._detector.detect(picture)[0].landmarks.astype(np.float64)

    def close(self) -> None:
        self._detector.close()


class VideoMode:
    """As MediaPipe proposes it for films: told the time of every picture."""

    def __init__(self, model: Path, step_ms: float) -> None:
        options = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(model)),
            running_mode=vision.RunningMode.VIDEO,
            output_face_blendshapes=True,
            output_facial_transformation_matrixes=True,
        )
        self._task: Any = vision.FaceLandmarker.create_from_options(options)
        self._step_ms = step_ms
        self._count = 0

    def find(self, picture: RGB) -> Array:
        self._count += 1
        image = Image(image_format=ImageFormat.SRGB, data=picture)
        result = self._task.detect_for_video(image, round(self._count * self._step_ms))
        points = np.array([(p.x, p.y, p.z) for p in result.face_landmarks[0]])
        return points * [SIZE[0], SIZE[1], SIZE[0]]

    def close(self) -> None:
        self._task.close()


def filtered(landmarks: Array, settings: OneEuroSettings | None) -> Array:
    if settings is None:
        return landmarks
    smooth = OneEuroFilter(settings)
    return np.stack(
        [smooth(frame.astype(np.float32), i * 10**9 // FPS) for i, frame in enumerate(landmarks)]
    ).astype(np.float64)


def jitter(landmarks: Array) -> float:
    """Standard deviation over time, in the picture's plane, mean of all landmarks."""
    settled = landmarks[len(landmarks) // 4 :, :, :2]
    return float(np.sqrt((settled.std(axis=0) ** 2).sum(axis=1)).mean())


def mean_distance(found: Array, truth: Array) -> float:
    return float(np.linalg.norm(found[..., :2] - truth[..., :2], axis=-1).mean())


def late_ms(found: Array, truth: Array) -> float:
    """The delay that explains the error best: error = -delay * velocity, plus what stays fixed."""
    velocity = np.gradient(truth[..., :2], 1 / FPS, axis=0)
    error = found[..., :2] - truth[..., :2]
    error, velocity = error - error.mean(axis=0), velocity - velocity.mean(axis=0)
    return float(-1e3 * (error * velocity).sum() / (velocity**2).sum())


def blink_depth(landmarks: Array) -> float:
    """How far the lids close at most, in eye distances: rest opening less the smallest."""
    depths = []
    for eye in EYES:
        gap = landmarks[:, list(eye.lower), 1] - landmarks[:, list(eye.upper), 1]
        mean_gap = gap.mean(axis=1)
        depths.append(np.median(mean_gap) - mean_gap.min())
    return float(np.mean(depths)) / eye_distance(landmarks[0].astype(np.float32))


def print_table(title: str, rows: dict[str, dict[str, float]]) -> None:
    columns = list(next(iter(rows.values())))
    print(f"{title:<24}" + "".join(f"{column:>20}" for column in columns))
    for name, row in rows.items():
        print(f"{name:<24}" + "".join(f"{row[column]:>20.3f}" for column in columns))


if __name__ == "__main__":
    with told_plainly():
        main()
