"""The graphs that a conversion leaves: the frame once for each kind of device."""

from typing import TYPE_CHECKING

from realtime.models.devices import Device

if TYPE_CHECKING:
    import onnx

    from realtime.models.fomm.layers import State
    from realtime.models.fomm.spec import Architecture

_FRAMES = {
    Device.CPU: "frame-cpu",
    Device.OPENVINO: "frame-cpu",
    Device.CUDA: "frame-gpu",
    Device.TENSORRT: "frame-gpu",
    Device.DIRECTML: "frame-gpu",
}


def frame_graph(device: Device) -> str:
    """The name of the graph that draws frames on a device."""
    return _FRAMES.get(device, "frame")


def build_all(
    state: "State", architecture: "Architecture", *, align_corners: bool = True
) -> dict[str, "onnx.ModelProto"]:
    """All graphs, see `realtime.models.fomm.networks.build`.

    "frame-cpu" saves arithmetic and "frame-gpu" has float16 layers; "frame" has neither, for
    devices that do this by themselves.
    """
    from realtime.models.fomm.networks import build

    graphs = build(state, architecture, align_corners=align_corners)
    fast = build(state, architecture, align_corners=align_corners, cpu=True)
    half = build(state, architecture, align_corners=align_corners, half=True)
    return {**graphs, "frame-cpu": fast["frame"], "frame-gpu": half["frame"]}
