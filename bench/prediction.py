"""Where the driver's face is when its picture is sent: where it was seen, or further on?

    python -m bench.prediction [--live SECONDS]

The actor's script is the truth, known at every moment. Its landmarks at the moments of capture,
trembling as the landmarker makes them, go through the One Euro filter and a predictor; what that
says for the moment of sending is compared with the truth of that moment, pixels at 640x480 (eyes
92 apart). Times are simulated: a frame is found 22 ms after its capture, and what is found 7 ms
before a tick can be sent at it; ticks lie anywhere against captures. Printed on 2026-11-21:

    tracked   predictor        error    p95   blink  shiver   jerk
      30 Hz   hold last        0.705   1.68    0.06   0.124  0.361
      30 Hz   head goes on     0.444   1.04    0.06   0.124  0.389
      10 Hz   hold last        1.069   2.95    0.05   0.153  0.765
      10 Hz   head goes on     0.741   1.96    0.05   0.153  0.595

Blink: how far lids are beyond the truth's, at the eyes' most shut. Shiver: of a still face. Jerk:
mean second difference from tick to tick, the truth's own is 0.12. Also tried: every landmark
going on by a velocity of its own was worse (0.49 at 30 Hz) and pushed lids 1.8 px through each
other, the pose with half of the expression was worse (0.45), and a velocity from the newest
difference alone was as near and shakier. Without the threshold for tremble it is nearer by 0.01,
and a still face as the real landmarker sees it shivers more (0.69 px for 0.65, held 0.61).

`--live` is the engine itself, in real time: the actor drawn and paced as if by a camera, the
landmarker, the mesh at 1280x720, and the truth of the moment at which `send` is called. What it
adds is what the landmarker does not see of the drawn face, about 0.9 px whoever predicts.
"""

import argparse
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.inputs import told_plainly
from realtime.avatar import Avatar, load_avatar, open_actor
from realtime.capture.paced import Paced
from realtime.capture.picture import read_picture
from realtime.demo_portrait import demo_portrait
from realtime.models.face_mesh import EYES
from realtime.models.store import LANDMARKER, Store
from realtime.motion import Predictor
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState
from realtime.motion.performance import LENGTH_S, Performance
from realtime.motion.prediction import HeadPredictor, HoldLast
from realtime.motion.relative import RelativeMover
from realtime.output.card import starting_card
from realtime.pipeline import Stages, run
from realtime.runtime.clock import MonotonicClock
from realtime.runtime.metrics import Metrics
from realtime.runtime.punctual import punctual
from realtime.track.face_landmarker import FaceLandmarker
from realtime.track.one_euro import OneEuroFilter, OneEuroSettings
from realtime.track.presence import PresenceFilter
from realtime.types import RGB, Face, Frame, Landmarks, Motion, Picture, Sighting

FPS = 30
RATES_HZ = (30, 10)
FOUND_S, DRAWN_S = 0.022, 0.007
"From capture to found, and from found to what can be sent."
_PHASES = 3
_TREMBLE_PX = 0.3
_SETTLE_S = 1.0
_LIVE_SIZE = (1280, 720)

Array = NDArray[np.float64]
Truth = Callable[[float], Array]
"""(478, 3) landmarks at a time in seconds."""


@dataclass(frozen=True, slots=True)
class Row:
    """One predictor against the truth, pixels."""

    mean: float
    p95: float
    blink: float
    shiver: float
    jerk: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--live", type=float, default=0.0, help="seconds for each row, too")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    store = Store()
    portrait = read_picture(demo_portrait())
    avatar = load_avatar(portrait, "the actor", (640, 480), store)
    truth = truth_of(avatar)
    predictors: dict[str, Callable[[], Predictor]] = {
        "hold last": HoldLast,
        "head goes on": lambda: HeadPredictor(avatar.mesh),
    }
    print("tracked   predictor        error    p95   blink  shiver   jerk")
    for rate_hz in RATES_HZ:
        for name, make in predictors.items():
            row = simulated(make, avatar.face, truth, rate_hz)
            print(
                f"{rate_hz:>4} Hz   {name:<14}{row.mean:>8.3f}{row.p95:>7.2f}{row.blink:>8.2f}"
                f"{row.shiver:>8.3f}{row.jerk:>7.3f}"
            )
    if options.live:
        print("\nlive      predictor        error    p95   distinct a second")
        for rate_hz in RATES_HZ:
            for name, make in predictors.items():
                judge = live(make(), portrait, rate_hz, options.live, store)
                errors_px = judge.errors_px(truth)
                print(
                    f"{rate_hz:>4} Hz   {name:<14}{errors_px.mean():>8.3f}"
                    f"{np.percentile(errors_px, 95):>7.2f}{FPS * judge.distinct_share():>12.1f}"
                )


def truth_of(avatar: Avatar) -> Truth:
    """The actor's landmarks at every moment."""
    script = Performance(HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh)))
    return lambda t_s: script.at(t_s).landmarks().astype(np.float64)


def simulated(
    make: Callable[[], Predictor],
    face: Face,
    truth: Truth,
    rate_hz: int,
    length_s: float = LENGTH_S,
) -> Row:
    """What a predictor makes of the actor, tracked `rate_hz` times a second."""
    captures_s = np.arange(0, length_s, 1 / rate_hz)
    found = tremble(np.stack([truth(t_s) for t_s in captures_s]))
    shown, true = [], []
    for phase in range(_PHASES):
        ticks_s = np.arange(FPS // 3, round(length_s * FPS)) / FPS + phase / _PHASES / FPS
        shown.append(shown_at(ticks_s, make(), face, captures_s, found))
        true.append(np.stack([truth(t_s) for t_s in ticks_s]))
    errors = np.linalg.norm(np.stack(shown)[..., :2] - np.stack(true)[..., :2], axis=-1)
    gap, true_gap = lid_gaps(np.stack(shown)), lid_gaps(np.stack(true))
    still = np.stack(shown)[:, : FPS // 2, :, :2].std(axis=1)
    steps = np.diff(np.stack(shown)[..., :2], n=2, axis=1)
    return Row(
        mean=float(errors.mean()),
        p95=float(np.percentile(errors.mean(axis=-1), 95)),
        blink=float(true_gap.min() - gap.min()),
        shiver=float(np.sqrt((still**2).sum(axis=-1)).mean()),
        jerk=float(np.linalg.norm(steps, axis=-1).mean()),
    )


def tremble(landmarks: Array) -> Array:
    """As the landmarker finds them in a webcam's picture of a still face."""
    noise = np.random.default_rng(1).normal(0, _TREMBLE_PX / np.sqrt(2), landmarks.shape)
    return landmarks + noise


def shown_at(
    ticks_s: Array, predictor: Predictor, face: Face, captures_s: Array, found: Array
) -> Array:
    """(ticks, 478, 3): what is sent at each tick."""
    smooth, index, shown = OneEuroFilter(OneEuroSettings()), 0, []
    for tick_s in ticks_s:
        while index < len(found) and captures_s[index] + FOUND_S <= tick_s - DRAWN_S:
            captured_ns = round(captures_s[index] * 1e9)
            landmarks = smooth(found[index].astype(np.float32), captured_ns)
            predictor.observe(Face(landmarks, face.blendshapes, face.pose), captured_ns)
            index += 1
        expected = predictor.at(round(tick_s * 1e9))
        assert expected is not None
        shown.append(expected.landmarks.astype(np.float64))
    return np.stack(shown)


def lid_gaps(landmarks: Array) -> Array:
    """How far the lids are apart, mean of both eyes."""
    gaps = [landmarks[..., list(eye.lower), 1] - landmarks[..., list(eye.upper), 1] for eye in EYES]
    mean: Array = np.concatenate(gaps, axis=-1).mean(axis=-1)
    return mean


class SlowTracker:
    """The landmarker, so many times a second at most, and when the actor began."""

    def __init__(self, tracker: FaceLandmarker, rate_hz: int) -> None:
        self._tracker = tracker
        self._period_s = 1 / rate_hz if rate_hz < FPS else 0.0
        # A stamp may come late under load, and never early.
        self._began_ns: deque[int] = deque(maxlen=FPS)

    def track(self, frame: Frame) -> Face | None:
        began_s = time.perf_counter()
        self._began_ns.append(frame.captured_ns - round(frame.sequence * 1e9 / FPS))
        face = self._tracker.track(frame)
        time.sleep(max(0.0, began_s + self._period_s - time.perf_counter()))
        return face

    def close(self) -> None:
        self._tracker.close()

    def script_s(self, now_s: float) -> float:
        """How far the actor is in the script."""
        return now_s - min(self._began_ns, default=0) * 1e-9


class Judge:
    """Mover, renderer and output in one: remembers the face behind each picture that is sent."""

    def __init__(self, avatar: Avatar, tracker: SlowTracker) -> None:
        self._mover = RelativeMover(avatar.face, avatar.mesh, breathing=1.0)
        self._renderer = avatar.open_renderer()
        self._tracker = tracker
        self._moved: Landmarks | None = None
        self._drawn: dict[int, Landmarks | None] = {}
        self._sent: list[tuple[float, Landmarks, int]] = []

    @property
    def size(self) -> tuple[int, int]:
        return self._renderer.size

    def move(self, sighting: Sighting) -> Motion:
        self._moved = None if sighting.face is None else sighting.face.landmarks
        return self._mover.move(sighting)

    def recalibrate(self) -> None:
        self._mover.recalibrate()

    def render(self, motion: Motion, out: RGB) -> None:
        self._renderer.render(motion, out)
        self._drawn[out.ctypes.data] = self._moved

    def send(self, picture: Picture) -> None:
        landmarks = self._drawn.get(picture.pixels.ctypes.data)
        t_s = self._tracker.script_s(time.perf_counter())
        if landmarks is not None and t_s > _SETTLE_S:
            told = zlib.crc32(picture.pixels[::4, ::4].tobytes())
            self._sent.append((t_s, landmarks, told))

    def close(self) -> None:
        """Three times: nothing to free."""

    def errors_px(self, truth: Truth) -> Array:
        """Of every picture sent."""
        return np.array(
            [
                np.linalg.norm(landmarks[:, :2] - truth(t_s % LENGTH_S)[:, :2], axis=1).mean()
                for t_s, landmarks, _ in self._sent
            ]
        )

    def distinct_share(self) -> float:
        """Of the pictures sent, those that differ from the one before."""
        pairs = [before[2] != after[2] for before, after in pairwise(self._sent)]
        return float(np.mean(pairs))


def live(predictor: Predictor, portrait: RGB, rate_hz: int, seconds: float, store: Store) -> Judge:
    """The engine for some seconds, driven by the actor."""
    avatar = load_avatar(portrait, "the avatar", _LIVE_SIZE, store)
    tracker = SlowTracker(FaceLandmarker(store.path(LANDMARKER), OneEuroSettings()), rate_hz)
    judge = Judge(avatar, tracker)
    stages = Stages(tracker, PresenceFilter(), judge, judge, predictor=predictor)
    actor, clock, stop = open_actor(portrait, store), MonotonicClock(), threading.Event()
    timer = threading.Timer(seconds + _SETTLE_S, stop.set)
    timer.start()
    with punctual():
        run(
            lambda: Paced(actor, clock),
            lambda: stages,
            judge,
            starting_card(_LIVE_SIZE),
            FPS,
            clock=clock,
            metrics=Metrics(),
            stop=stop,
        )
    timer.join()
    return judge


if __name__ == "__main__":
    with told_plainly():
        main()
