"""The converted model at work: one avatar, one reference, one call per driving frame."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.errors import ModelError
from realtime.models.devices import Device
from realtime.models.engine import BoundRun
from realtime.models.fomm.hull import adapted_scale
from realtime.models.fomm.variants import frame_graph
from realtime.models.session import open_session
from realtime.types import RGB


class Animator:
    """Animates a source picture by driving pictures; all square, `size` pixels a side.

    Not for several threads. What is the same for every frame is computed once and stays on the
    device: the source's features, and the reference frame's keypoints.
    """

    def __init__(self, folder: Path, device: Device, threads: int | None = None) -> None:
        """Open the graphs that `realtime.models.fomm.convert` left in `folder`.

        Args:
            folder: of the converted model.
            device: where to run.
            threads: of the CPU; None leaves room for a tracker beside it.

        Raises:
            ModelError: a graph is missing or damaged.
            DeviceError: the device is not available.
        """
        cache = folder / "compiled"
        self._keypoints = open_session(
            folder / "keypoints.onnx", device, threads=threads, cache=cache
        )
        self.choice = self._keypoints.choice
        "Where it runs and why there: a line for the user."
        # What `auto` came to for one graph holds for all.
        device = self._keypoints.device
        self._encoder = open_session(folder / "encoder.onnx", device, threads=threads, cache=cache)
        drawing = folder / f"{frame_graph(device)}.onnx"
        self._frame = open_session(drawing, device, threads=threads, cache=cache, cuda_graph=True)
        self.placement = self._frame.placement
        "Nodes of the frame's graph by the execution provider that ran them."
        side = self._frame.inputs["driving"].shape[0]
        if side is None:
            raise ModelError(f"{folder} takes pictures of any size; convert the checkpoint anew")
        self.size = side
        self._driving = np.zeros((self.size, self.size, 3), np.uint8)
        self._picture = np.zeros_like(self._driving)
        self._source: dict[str, NDArray[Any]] = {}
        self._bound: BoundRun | None = None

    def set_source(self, source: RGB) -> None:
        """The picture to animate; until `set_reference`, motion is absolute."""
        self._source = self._keypoints.run({"driving": source})
        self._bound = self._frame.bind(
            {
                **self._encoder.run({"source": source}),
                "source_value": self._source["value"],
                "reference_value": self._source["value"],
                "reference_jacobian": self._source["jacobian"],
                "scale": np.ones(1, np.float32),
            },
            inputs={"driving": self._driving},
            outputs={"picture": self._picture},
        )

    def set_reference(self, reference: RGB) -> None:
        """The driving picture that relative motion starts from."""
        bound = self._ready()
        found = self._keypoints.run({"driving": reference})
        scale = adapted_scale(self._source["value"][0], found["value"][0])
        bound.update("reference_value", found["value"])
        bound.update("reference_jacobian", found["jacobian"])
        bound.update("scale", np.array([scale], np.float32))

    def animate(self, driving: RGB) -> RGB:
        """The source moved as `driving`; the result is valid until the next call."""
        bound = self._ready()
        np.copyto(self._driving, driving)
        bound()
        return self._picture

    def _ready(self) -> BoundRun:
        if self._bound is None:
            raise RuntimeError("set_source comes first")
        return self._bound
