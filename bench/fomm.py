"""What one driving frame of the first-order motion model costs, against the reference's structure.

    python -m bench.fomm [--device cpu|cuda|openvino] [--frames N] [--threads N] [--json FILE]

The real architecture at 256x256 with random weights, which take as long as trained ones. The
reference's structure encodes the source at each frame, keeps normalisations apart and resizes
before it convolves; "rewritten" is what ONNX Runtime makes of that by itself: it folds, fuses and
lays out anew, as it does with all other ways. All ways draw in turn in one process; the first
round does not count. Peak memory is that of a process of its own that opens the one model and
draws two frames. Measured with 2 threads on two shared cores with AVX-512 at 2.8 GHz:

    way                       p50 ms   p95 ms    ratio   peak MB
    reference's structure        706     1117     1.00       575
    the same, rewritten          475      747     0.67       738
    folded, cached               400      477     0.57       683
    + sub-pixel                  317      412     0.45       686
    + for the CPU                295      334     0.42       788
    + both                       218      257     0.31       801

So the quickest takes 0.31 of the reference's structure (0.29 to 0.31 over three runs) and 0.46 of
what ONNX Runtime makes of it (0.39 to 0.46).

`--device openvino` needs the package onnxruntime-openvino, whose own CPU provider runs the rest.
Measured on the same cores, busier:

    way                       p50 ms   p95 ms    ratio   peak MB
    reference's structure       1677     2511     1.00       572
    the same, rewritten         1225     2092     0.73       800
    ours, CPU provider           589      928     0.35       800
    ours, OpenVINO               638      886     0.38      1259

Another run had OpenVINO ahead, 0.31 to 0.41: on these cores the two are alike.

CUDA: not measured yet; `compute ms` there is free of copies.
"""

import argparse
import json
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from bench.inputs import file_to_write, positive, told_plainly
from realtime.models.devices import Device
from realtime.models.engine import BoundRun, Engine
from realtime.models.fomm.dense_motion import Keypoints, deform, sample, transfer
from realtime.models.fomm.graph import GraphBuilder
from realtime.models.fomm.layers import Kernel, Layers, State
from realtime.models.fomm.networks import build, decode, detect, encode, planes, quantised, refine
from realtime.models.fomm.spec import VOX_256
from realtime.models.session import Session, open_session
from tests.models.fomm.states import random_state

BOUND = 0.5
"Of the reference's time, for the quickest way."
REFERENCE = "reference's structure"
REWRITTEN = "the same, rewritten"
STEPS = ("upload", "compute", "download")
SIZE = VOX_256.image_px

Milliseconds = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to compute a frame."""

    name: str
    options: tuple[str, ...] | None
    "Of `build`, those that are on; None for the reference's structure."
    device: Device = Device.CPU
    cuda_graph: bool = False
    rewritten: bool = True
    "Whether ONNX Runtime may fold, fuse and lay out anew; False on the CPU only."


@dataclass(frozen=True, slots=True)
class Trial:
    """A way, ready to be opened in any process."""

    way: Way
    model: Path
    threads: int

    def open(self) -> "Drawing":
        device, threads, cuda_graph = self.way.device, self.threads, self.way.cuda_graph
        if self.way.rewritten:
            session = open_session(self.model, device, threads=threads, cuda_graph=cuda_graph)
        else:
            session = open_as_it_stands(self.model, threads)
        inputs = {name: spec.filled() for name, spec in session.inputs.items()}
        driving, picture = inputs.pop("driving"), np.zeros((SIZE, SIZE, 3), np.uint8)
        driving[:] = np.random.default_rng(0).integers(0, 256, driving.shape)
        outputs = {"picture": picture}
        return Drawing(session.bind(inputs, inputs={"driving": driving}, outputs=outputs))


@dataclass(frozen=True, slots=True)
class Drawing:
    """A way at work."""

    bound: BoundRun

    def frame(self) -> list[float]:
        """Draw; milliseconds of each step."""
        times = [time.perf_counter()]
        for step in STEPS:
            getattr(self.bound, step)()
            times.append(time.perf_counter())
        return [1e3 * (end - start) for start, end in pairwise(times)]


class UnfoldedLayers(Layers):
    """Layers as the reference has them, with normalisations of their own."""

    def block(self, value: str, name: str) -> str:
        value = self.convolve(value, self.kernel(f"{name}.conv"))
        return self.graph.op("Relu", self.normalise(value, f"{name}.norm"))

    def residual(self, value: str, name: str) -> str:
        inner = value
        for i in (1, 2):
            inner = self.graph.op("Relu", self.normalise(inner, f"{name}.norm{i}"))
            inner = self.convolve(inner, self.kernel(f"{name}.conv{i}"))
        return self.graph.op("Add", value, inner)

    def convolve_tiles(self, value: str, kernel: Kernel) -> str:
        return self.convolve(value, kernel)

    def normalise(self, value: str, name: str) -> str:
        parts = ("weight", "bias", "running_mean", "running_var")
        constants = [self.weights(self.read(f"{name}.{part}")) for part in parts]
        return self.graph.op("BatchNormalization", value, *constants, epsilon=1e-5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=list(WAYS), default="cpu")
    parser.add_argument("--frames", type=positive, default=8)
    parser.add_argument("--threads", type=positive, default=2, help="of the CPU")
    parser.add_argument("--json", type=file_to_write)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        trials = [
            Trial(way, write_model(way, Path(folder)), arguments.threads)
            for way in WAYS[arguments.device]()
        ]
        memory_mb = [peak_memory_apart(trial) for trial in trials]
        took_ms = in_turn([trial.open() for trial in trials], arguments.frames)
    rows = [
        {"way": trial.way.name, **summary(took, took_ms[0]), "peak MB": memory}
        for trial, took, memory in zip(trials, took_ms, memory_mb, strict=True)
    ]
    show(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2))


def open_as_it_stands(model: Path, threads: int) -> Session:
    """A session on the CPU that runs the nodes as they are written."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = threads
    # As `open_session` has it.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    native = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
    return Session(Engine(onnxruntime, native, Device.CPU, captures=False), {}, "cpu")


def cpu_ways() -> list[Way]:
    return [
        Way(REFERENCE, None, rewritten=False),
        Way(REWRITTEN, None),
        Way("folded, cached", ()),
        Way("+ sub-pixel", ("sub_pixel",)),
        Way("+ for the CPU", ("cpu",)),
        Way("+ both", ("sub_pixel", "cpu")),
    ]


def openvino_ways() -> list[Way]:
    """OpenVINO beside the CPU provider of its own ONNX Runtime."""
    both = ("sub_pixel", "cpu")
    return [
        Way(REFERENCE, None, rewritten=False),
        Way(REWRITTEN, None),
        Way("ours, CPU provider", both),
        Way("ours, OpenVINO", both, Device.OPENVINO),
    ]


def cuda_ways() -> list[Way]:
    device = Device.CUDA
    ways = [Way(REFERENCE, None, device)]
    for precision in ("float32", "float16"):
        for sub_pixel in (False, True):
            options = ("half",) * (precision == "float16") + ("sub_pixel",) * sub_pixel
            name = precision + ", sub-pixel" * sub_pixel
            ways += [
                Way(name, options, device),
                Way(f"{name}, CUDA graph", options, device, cuda_graph=True),
            ]
    return ways


WAYS = {"cpu": cpu_ways, "cuda": cuda_ways, "openvino": openvino_ways}
"By device."


def write_model(way: Way, folder: Path) -> Path:
    """The graph that draws frames that way, as a file."""
    state = random_state(VOX_256)
    name = "reference" if way.options is None else "-".join(("frame", *way.options))
    file = folder / f"{name}.onnx"
    if not file.exists():
        file.write_bytes(graph_of(way, state).SerializeToString())
    return file


def graph_of(way: Way, state: State) -> onnx.ModelProto:
    if way.options is None:
        return reference_structure(state)
    names = ("half", "sub_pixel", "cpu")
    return build(state, VOX_256, **{name: name in way.options for name in names})["frame"]


def reference_structure(state: State) -> onnx.ModelProto:
    """All of a frame as the reference computes it, from the source's and the driver's pictures."""
    graph, count = GraphBuilder("reference"), VOX_256.keypoints
    layers = UnfoldedLayers(graph, state)
    driving, source = (planes(graph, name, VOX_256) for name in ("driving", "source"))
    resting = graph.input("source_value", np.float32, [1, count, 2])
    initial = Keypoints(
        graph.input("reference_value", np.float32, [1, count, 2]),
        graph.input("reference_jacobian", np.float32, [1, count, 2, 2]),
    )
    scale = graph.input("scale", np.float32, [1])
    moved = detect(layers, VOX_256, driving)
    motion = transfer(graph, count, resting, moved, initial, scale)
    features, small = encode(layers, VOX_256, source)
    deformation, visibility = deform(layers, VOX_256, small, motion, align_corners=True)
    warped = sample(graph, features, deformation, align_corners=True)
    refined = refine(layers, VOX_256, graph.op("Mul", warped, visibility))
    quantised(graph, decode(layers, VOX_256, refined, sub_pixel=False), VOX_256)
    return graph.model()


def peak_memory_apart(trial: Trial) -> float | None:
    """`peak_memory`, in a new process."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(peak_memory, trial).result()


def peak_memory(trial: Trial) -> float | None:
    """Megabytes that this process had at most, with the way's frames drawn; Linux knows."""
    drawing = trial.open()
    for _ in range(2):
        drawing.frame()
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    # Not getrusage, whose maximum a new process takes over from its parent.
    peaks = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return float(peaks[0].split()[1]) / 1e3


def in_turn(drawings: list[Drawing], frames: int) -> list[Milliseconds]:
    """Milliseconds of every way's frames, (frames, steps)."""
    took: list[list[list[float]]] = [[] for _ in drawings]
    for _ in range(frames + 1):
        for drawing, times in zip(drawings, took, strict=True):
            times.append(drawing.frame())
    return [np.array(times[1:]) for times in took]


def summary(took: Milliseconds, reference: Milliseconds) -> dict[str, float]:
    whole = took.sum(axis=1)
    return {
        "p50 ms": float(np.median(whole)),
        "p95 ms": float(np.percentile(whole, 95)),
        "ratio": float(np.median(whole) / np.median(reference.sum(axis=1))),
        **{f"{step} ms": float(np.median(took[:, i])) for i, step in enumerate(STEPS)},
    }


def show(rows: list[dict[str, str | float | None]]) -> None:
    columns = list(rows[0])[1:]
    print(f"{'way':<32}" + "".join(f"{column:>13}" for column in columns))
    for row in rows:
        cells = [row[column] for column in columns]
        print(f"{row['way']:<32}" + "".join(f"{cell:13.2f}" for cell in cells if cell is not None))
    best = min(rows, key=lambda row: row["p50 ms"] or 0)
    for row in rows:
        if row["way"] in (REFERENCE, REWRITTEN):
            ratio = float(best["p50 ms"] or 0) / float(row["p50 ms"] or 1)
            verdict = "kept" if ratio <= BOUND else "MISSED"
            print(f"the quickest takes {ratio:.2f} of {row['way']}; bound {BOUND}: {verdict}")


if __name__ == "__main__":
    with told_plainly():
        main()
