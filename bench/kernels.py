"""The mesh kernel against three other ways to warp a picture by a mesh, on one real face.

    python -m bench.kernels [--rounds 60] [--json FILE]

The demo portrait at 512x512, head turned and mouth open; the triangles are those that the mesh
renderer itself draws. One thread, one way after the other, round after round, each with its own
data in the caches; medians, and the median of each round's ratio. Measured on two shared cores of
an AMD EPYC, the least and the most of two quiet runs at commit 41081ca:

    a  draw_mesh: rasterise, sample and light at once, straight to pixels            1.3   1.3 ms
    a' the same, triangles not column by column but as the canonical face has them    1.5   1.6 ms
    b  the same triangles rasterised into a dense backward map, then cv2.remap        2.2   2.2 ms
    c  cv2.remap alone, the map being ready                                           1.4   1.4 ms
    d  the textbook: cv2.warpAffine and an antialiased mask for every triangle         36    36 ms

a / b is 0.59 to 0.61, a / a' 0.85 to 0.87, d / a 28 to 29. A third run, in which everything took
half as long again, gave 0.75, 0.81 and 25; runs right after the kernel was written 0.57, 0.90 and
28 to 30. b, c and d do less than a: they sample three channels and know no alpha and no light.

Later light got 12 bits, not 7 (68a968e): 1.2 and 1.3 ms, a / b 0.58 and 0.60, d / a 28 in two quiet
runs, 2.0, 0.75 and 21 in a busy one. Before there was any light (ccb9d17) three runs gave a 1.0 to
1.5 ms and a / b 0.48 to 0.61; with one channel after the other, and nothing left out that light
does not reach (e5b8822), three gave 1.4 to 1.7 ms and 0.65 to 0.73.

Then a beside the landmarker on a thread of its own, a picture after every detection, drawn by one
thread or by two with half each: 82 to 86 detections a second and 2.9 to 3.0 ms a picture with one,
80 to 84 and 2.8 to 2.9 with two. The second core has its hands full with tracking: a second thread
gains next to nothing there.
"""

import argparse
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple
from unittest.mock import patch

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.backward_map import draw_map
from bench.inputs import file_to_write, positive, told_plainly
from realtime.avatar import load_avatar
from realtime.capture.picture import read_picture
from realtime.demo_portrait import demo_portrait
from realtime.kernels.raster import clear_depth, draw_mesh
from realtime.models.mediapipe_tasks import LandmarkDetector
from realtime.models.store import LANDMARKER, Store
from realtime.motion.geometry import PoseFitter
from realtime.motion.head_state import HeadState, turn_head
from realtime.motion.rig import Expression, Rig
from realtime.types import RGB, Motion, Presence

SIDE_PX = 512
A_OVER_B, D_OVER_A = 0.7, 30.0
BESIDE_S, BESIDE_TURNS = 2.0, 5


class Layer(NamedTuple):
    """What `draw_mesh` takes for one layer, but for the pictures that it draws into."""

    vertices: NDArray[np.float32]
    vertex_depth: NDArray[np.float32]
    vertex_light: NDArray[np.float32]
    source_vertices: NDArray[np.float32]
    triangles: NDArray[np.int32]
    texels: NDArray[np.uint64]
    plate: RGB
    window: NDArray[np.int64]


@dataclass(frozen=True)
class Warp:
    """One picture's work."""

    layers: list[Layer]
    texture: RGB
    "(h, w, 3) the same texture for cv2."
    depth: NDArray[np.float32]
    out: RGB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=positive, default=60)
    parser.add_argument("--json", type=file_to_write)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    warp = real_warp(Store())
    ways = Ways(warp)
    with patch("realtime.render.mesh._column_by_column", lambda triangles, *_: triangles):
        unsorted = Ways(real_warp(Store()))
    took_ms = in_turn(
        {
            "a direct": ways.direct,
            "a as the face has them": unsorted.direct,
            "b map and remap": ways.map_and_remap,
            "c remap, map ready": ways.remap,
            "d warpAffine per triangle": ways.textbook,
        },
        arguments.rounds,
    )
    summary = summarise(warp, took_ms)
    turns = [[beside_tracking(warp, threads) for threads in (1, 2)] for _ in range(BESIDE_TURNS)]
    for index, threads in enumerate((1, 2)):
        rate, picture_ms = np.median([turn[index] for turn in turns], axis=0)
        summary[f"detections/s, {threads} drawing"] = float(rate)
        summary[f"ms beside tracking, {threads} drawing"] = float(picture_ms)
    for name, value in summary.items():
        print(f"{name:<36}{value:>10.3f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(summary, indent=2))


def real_warp(store: Store) -> Warp:
    """What the mesh renderer asks of its kernel for one picture of the moved portrait."""
    picture = np.ascontiguousarray(read_picture(demo_portrait())[:SIDE_PX])
    avatar = load_avatar(picture, "the demo portrait", (SIDE_PX, SIDE_PX), store)
    rest = HeadState.of(avatar.face.landmarks, PoseFitter(avatar.mesh))
    moved = HeadState(turn_head(rest, 12, -5, 6), Rig(rest.shape)(Expression(jaw=0.5, smile=0.3)))
    motion = Motion(moved.landmarks(), moved.motion_from(rest), Presence.TRACKING, 0, 0)
    layers: list[Layer] = []

    def record(*arguments: Any) -> None:
        layers.append(Layer(*map(np.copy, arguments[: len(Layer._fields)])))
        draw_mesh(*arguments)

    # In one band, or each layer would be asked for once in every band.
    with patch("realtime.render.mesh._BANDS", 1):
        renderer = avatar.open_renderer()
    out = np.empty((SIDE_PX, SIDE_PX, 3), np.uint8)
    with patch("realtime.render.mesh.draw_mesh", record):
        renderer.render(motion, out)
    renderer.close()
    texels = layers[0].texels
    lanes = texels.view("<u2").reshape(*texels.shape, 4)
    texture = np.ascontiguousarray(lanes[..., :3].astype(np.uint8))
    return Warp(layers, texture, np.empty((SIDE_PX, SIDE_PX), np.float32), out)


class Ways:
    """The four ways; each draws the whole picture into `warp.out`."""

    def __init__(self, warp: Warp) -> None:
        self._warp = warp
        self._map_x, self._map_y = np.zeros((2, SIDE_PX, SIDE_PX), np.float32)

    def direct(self) -> None:
        clear_depth(self._warp.depth)
        for layer in self._warp.layers:
            draw_mesh(*layer, self._warp.depth, self._warp.out)

    def map_and_remap(self) -> None:
        clear_depth(self._warp.depth)
        for layer in self._warp.layers:
            draw_map(
                layer.vertices, layer.vertex_depth, layer.source_vertices, layer.triangles,
                layer.window, self._warp.depth, self._map_x, self._map_y,
            )  # fmt: skip
        self.remap()

    def remap(self) -> None:
        cv2.remap(
            self._warp.texture, self._map_x, self._map_y, cv2.INTER_LINEAR,
            dst=self._warp.out, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip

    def textbook(self) -> None:
        for layer in self._warp.layers:
            for triangle in layer.triangles:
                source, target = layer.source_vertices[triangle], layer.vertices[triangle]
                warp_triangle(self._warp.texture, source, target, self._warp.out)


def warp_triangle(
    texture: RGB, source: NDArray[np.float32], target: NDArray[np.float32], out: RGB
) -> None:
    """As tutorials do it: warp one bounding box to the other, and blend by an antialiased mask."""
    sx, sy, s_width, s_height = cv2.boundingRect(source)
    left, top, width, height = cv2.boundingRect(target)
    right, bottom = min(left + width, out.shape[1]), min(top + height, out.shape[0])
    if max(left, 0) >= right or max(top, 0) >= bottom:
        return
    corners = (target - np.array([left, top])).astype(np.float32)
    matrix = cv2.getAffineTransform((source - np.array([sx, sy])).astype(np.float32), corners)
    warped = cv2.warpAffine(
        texture[sy : sy + s_height, sx : sx + s_width], matrix, (width, height),
        flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101,
    )  # fmt: skip
    mask = np.zeros((height, width, 3), np.float32)
    cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), (1.0, 1.0, 1.0), cv2.LINE_AA)
    inner = np.s_[max(-top, 0) : bottom - top, max(-left, 0) : right - left]
    place = out[max(top, 0) : bottom, max(left, 0) : right]
    place[:] = place * (1.0 - mask[inner]) + warped[inner] * mask[inner]


def in_turn(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, NDArray[np.float64]]:
    """Milliseconds of every way in every round; one round before counts for nothing."""
    took_ms: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds + 1):
        for name, way in ways.items():
            way()  # fills the caches with this way's own data
            started = time.perf_counter()
            way()
            took_ms[name].append((time.perf_counter() - started) * 1e3)
    return {name: np.array(values[1:]) for name, values in took_ms.items()}


def beside_tracking(warp: Warp, threads: int) -> tuple[float, float]:
    """Detections a second and milliseconds a picture, one picture after every detection."""
    picture = read_picture(demo_portrait())
    took_ms: list[float] = []
    detected, done = threading.Event(), threading.Event()

    def draw_part(part: int) -> None:
        top, bottom = (SIDE_PX * edge // threads for edge in (part, part + 1))
        clear_depth(warp.depth[top:bottom])
        window = np.array([0, top, SIDE_PX, bottom])
        for layer in warp.layers:
            draw_mesh(*layer._replace(window=window), warp.depth, warp.out)

    def draw() -> None:
        with ThreadPoolExecutor(threads) as pool:
            while not done.is_set():
                if not detected.wait(0.5):
                    continue
                detected.clear()
                started = time.perf_counter()
                list(pool.map(draw_part, range(threads)))
                took_ms.append((time.perf_counter() - started) * 1e3)

    drawer = threading.Thread(target=draw)
    with LandmarkDetector(Store().path(LANDMARKER)) as detector:
        drawer.start()
        started, count = time.perf_counter(), 0
        while time.perf_counter() - started < BESIDE_S:
            detector.detect(picture)
            detected.set()
            count += 1
    done.set()
    drawer.join()
    return count / BESIDE_S, float(np.median(took_ms))


def summarise(warp: Warp, took_ms: dict[str, NDArray[np.float64]]) -> dict[str, float]:
    direct, unsorted, mapped, _, textbook = took_ms.values()
    a_over_b, d_over_a = float(np.median(direct / mapped)), float(np.median(textbook / direct))
    return {
        "triangles": float(sum(len(layer.triangles) for layer in warp.layers)),
        **{f"{name} ms": float(np.median(values)) for name, values in took_ms.items()},
        "a / b": a_over_b,
        "a / b at most": A_OVER_B,
        "sorted / as the face has them": float(np.median(direct / unsorted)),
        "d / a": d_over_a,
        "d / a at least": D_OVER_A,
    }


if __name__ == "__main__":
    with told_plainly():
        main()
