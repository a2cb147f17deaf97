"""The one door to ONNX Runtime: networks run here, and where they run is read back.

ONNX Runtime drops an execution provider that it cannot create, and gives the CPU every node that
a provider does not take, both without an error. So a session runs once under the profiler when it
opens: what the profile says is `Session.placement`, and a device that took nothing is an error.
"""

import contextlib
import importlib
import io
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from realtime.errors import DeviceError, ModelError
from realtime.models.compile_cache import compile_cache
from realtime.models.devices import (
    ACCELERATORS,
    Build,
    Device,
    Obstacle,
    ProviderChain,
    candidates,
    default_threads,
    obstacles,
    provider_chain,
    unstarted,
)
from realtime.models.engine import (
    BoundRun,
    Engine,
    Tensor,
    Tensors,
    nodes_per_provider,
    reason,
    runtime_errors,
    specs,
)

_MODEL_ERRORS = ("InvalidGraph", "InvalidProtobuf", "NoModel", "NoSuchFile")
"""What is wrong with the model, whatever the device."""
_SILENT = 4


class Session:
    """A model on a device, warm; `open_session` makes them."""

    def __init__(self, engine: Engine, placement: Mapping[str, int], choice: str) -> None:
        self._engine = engine
        self.device = engine.device
        self.placement = placement
        "How many nodes each execution provider ran, of the graph as it was optimised; most first."
        self.choice = choice
        "The device and why it is this one: a line for the user."
        self.inputs = specs(engine.native.get_inputs())
        self.outputs = specs(engine.native.get_outputs())

    def run(self, inputs: Tensors) -> dict[str, Tensor]:
        """All outputs, in new arrays.

        Raises:
            ValueError: an input is missing, unknown, or not of the model's type and shape.
            DeviceError: the device failed.
        """
        _check_names(inputs, self.inputs)
        for name, array in inputs.items():
            self.inputs[name].check(array)
        return _run(self._engine, inputs)

    def bind(self, constants: Tensors, *, inputs: Tensors, outputs: Tensors) -> BoundRun:
        """A run that is prepared once; its first call may take longer than the others.

        Args:
            constants: inputs that stay; copied to the device now.
            inputs: all other inputs, C-contiguous; read at each run.
            outputs: any of the outputs, C-contiguous; written at each run.

        Raises:
            ValueError: a name, type or shape is not the model's, or an array is not contiguous.
        """
        _check_names([*constants, *inputs], self.inputs)
        if not outputs or not outputs.keys() <= self.outputs.keys():
            raise ValueError(f"outputs must be of {list(self.outputs)}, not {list(outputs)}")
        for name, array in {**constants, **inputs}.items():
            self.inputs[name].check(array)
        for name, array in outputs.items():
            self.outputs[name].check(array)
        for name, array in {**inputs, **outputs}.items():
            if not array.flags.c_contiguous:
                raise ValueError(f"{name!r} must be C-contiguous, its strides are {array.strides}")
        return BoundRun(self._engine, constants, inputs, outputs)


def open_session(
    model: Path | bytes,
    device: Device = Device.AUTO,
    *,
    threads: int | None = None,
    cache: Path | None = None,
    cuda_graph: bool = False,
) -> Session:
    """A model, opened and run once on made-up inputs.

    Args:
        model: a file or what is in it.
        device: where to run; `auto` takes the first of `AUTO_ORDER` that works.
        threads: of the CPU; None for `default_threads`.
        cache: a folder for what TensorRT, CoreML and OpenVINO compile, which takes TensorRT
            minutes; None to compile each time.
        cuda_graph: replay bound runs as one launch; for CUDA, if it takes every node.

    Raises:
        ModelError: the model cannot be opened, or ONNX Runtime is not there.
        DeviceError: the device cannot be used; says what is missing and what brings it.
    """
    runtime = _import_runtime()
    build = _build(runtime)
    threads = default_threads() if threads is None else threads
    refusals = []
    for candidate in candidates(device, build):
        try:
            engine, placement = _open(
                runtime, model, candidate, threads=threads, cache=cache, cuda_graph=cuda_graph
            )
        except DeviceError as error:
            if device is not Device.AUTO:
                raise
            refusals.append(str(error))
        else:
            return Session(engine, placement, _choice(device, candidate, refusals, build))
    raise DeviceError("; ".join(refusals))


def device_obstacles(device: Device) -> list[Obstacle]:
    """What keeps this machine from using a device; tries it with a toy model.

    Raises:
        ModelError: there is no ONNX Runtime.
    """
    runtime = _import_runtime()
    build = _build(runtime)
    found = obstacles(device, build)
    if found:
        return found
    toy = build.folder.parent / "datasets" / "sigmoid.onnx"
    options = _session_options(runtime, device, 1)
    try:
        started = _start(runtime, toy, device, options, provider_chain(device, threads=1))
    except runtime_errors(runtime) as error:
        started = unstarted(device, build, reason(error))
    return [started] if isinstance(started, Obstacle) else []


def _import_runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        message = (
            f"networks need ONNX Runtime, which is not there ({error}): pip install onnxruntime, "
            'or "onnxruntime-gpu[cuda,cudnn]" for an NVIDIA GPU'
        )
        raise ModelError(message) from error
    # Its notes on standard error come besides the errors that it raises, and say less.
    onnxruntime.set_default_logger_severity(_SILENT)
    onnxruntime.disable_telemetry_events()
    return onnxruntime


def _build(runtime: Any) -> Build:
    return Build(
        distribution=runtime.package_name,
        version=runtime.__version__,
        providers=runtime.get_available_providers(),
        folder=Path(runtime.__file__).parent / "capi",
    )


def _load_libraries(runtime: Any, device: Device) -> None:
    """Load what pip brought, where no linker looks; what is missing shows in `obstacles`."""
    if device in (Device.CUDA, Device.TENSORRT):
        with contextlib.redirect_stdout(io.StringIO()):
            runtime.preload_dlls()
    if device is Device.TENSORRT:
        with contextlib.suppress(ImportError, OSError):
            importlib.import_module("tensorrt")


def _choice(asked: Device, taken: Device, refusals: list[str], build: Build) -> str:
    if asked is not Device.AUTO:
        return f"{taken}, as asked"
    if refusals:
        return f"{taken}, chosen by auto: {'; '.join(refusals)}"
    if taken is Device.CPU:
        return f"cpu, chosen by auto: {build.distribution} {build.version} has nothing faster"
    return f"{taken}, chosen by auto: the first that works here"


def _open(
    runtime: Any,
    model: Path | bytes,
    device: Device,
    *,
    threads: int,
    cache: Path | None,
    cuda_graph: bool,
) -> tuple[Engine, Mapping[str, int]]:
    build = _build(runtime)
    found = obstacles(device, build)
    if found:
        raise _unusable(device, found)
    folder = compile_cache(cache, device, model, build.version) if cache else None
    providers = provider_chain(device, threads=threads, cuda_graph=cuda_graph, cache=folder)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        options = _session_options(runtime, device, threads)
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(scratch) / "profile")
        try:
            native = _start(runtime, model, device, options, providers)
        except runtime_errors(runtime) as error:
            raise _refusal(model, device, error) from error
        if isinstance(native, Obstacle):
            raise _unusable(device, [native])
        engine = Engine(runtime, native, device, cuda_graph and device is Device.CUDA)
        _run(engine, {name: one.filled() for name, one in specs(native.get_inputs()).items()})
        placement = nodes_per_provider(Path(native.end_profiling()))
    if ACCELERATORS[device].provider not in placement:
        nodes = sum(placement.values())
        raise DeviceError(f"{device} took none of the model's {nodes} nodes; try `--device auto`")
    return engine, placement


def _start(
    runtime: Any, model: Path | bytes, device: Device, options: Any, providers: ProviderChain
) -> Any:
    """ONNX Runtime's session, or the Obstacle that kept its provider from starting."""
    _load_libraries(runtime, device)
    source = model if isinstance(model, bytes) else str(model)
    said = ""
    try:
        native = runtime.InferenceSession(source, options, providers, enable_fallback=0)
    except RuntimeError as error:
        # TensorRT's libraries are the only ones whose absence is said.
        said = reason(error)
    else:
        if ACCELERATORS[device].provider in native.get_providers():
            return native
    return unstarted(device, _build(runtime), said)


def _session_options(runtime: Any, device: Device, threads: int) -> Any:
    options = runtime.SessionOptions()
    options.log_severity_level = _SILENT
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that spin for work take the tracker's core.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # DirectML refuses sessions with memory patterns.
    options.enable_mem_pattern = device is not Device.DIRECTML
    return options


def _refusal(model: Path | bytes, device: Device, error: Exception) -> DeviceError | ModelError:
    if device is not Device.CPU and type(error).__name__ not in _MODEL_ERRORS:
        message = f"{device} cannot run the model ({reason(error)}); try `--device auto`"
        return DeviceError(message)
    name = "the model" if isinstance(model, bytes) else str(model)
    return ModelError(
        f"{name} cannot be opened ({reason(error)}); make it again with `mimicam models convert`"
    )


def _run(engine: Engine, inputs: Tensors) -> dict[str, Tensor]:
    names = [output.name for output in engine.native.get_outputs()]
    with engine.errors():
        values = engine.native.run(names, dict(inputs), engine.options(bound=False))
    return dict(zip(names, values, strict=True))


def _unusable(device: Device, found: list[Obstacle]) -> DeviceError:
    reasons = "; ".join(f"{obstacle.what}: {obstacle.remedy()}" for obstacle in found)
    return DeviceError(f"{device} cannot be used: {reasons}")


def _check_names(given: Iterable[str], expected: Iterable[str]) -> None:
    if sorted(given) != sorted(expected):
        raise ValueError(f"inputs must be {sorted(expected)}, not {sorted(given)}")
