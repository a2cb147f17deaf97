"""Offline re-enactment by the first-order model: the driving pictures are looked at once more."""

import os
from collections.abc import Callable, Iterator
from itertools import islice

from realtime.avatar import Avatar
from realtime.capture import EndOfSource, Source
from realtime.models.devices import Device
from realtime.models.fomm.animator import Animator
from realtime.models.fomm.converted import converted_model
from realtime.models.fomm.square import square_of
from realtime.models.store import Store
from realtime.motion.framing import FollowingSquare
from realtime.motion.reference import best_frame
from realtime.offline import Transfer, first_face
from realtime.render.neural import NeuralRenderer
from realtime.types import RGB, Driving, Frame, Sighting


def open_model(avatar: Avatar, models: Store, device: Device) -> NeuralRenderer:
    """The renderer of the converted model, for one avatar.

    Raises:
        ModelError: nothing was converted yet, or it is damaged.
        DeviceError: the device cannot be used.
    """
    # Tracking is over by then: all cores are free.
    animator = Animator(converted_model(models.folder), device, threads=os.cpu_count())
    square = square_of(avatar.face.landmarks)
    return NeuralRenderer(avatar.portrait, square, animator, idle=avatar.open_renderer())


def framed(
    avatar: Avatar,
    sightings: list[Sighting],
    open_driving: Callable[[], Source],
    transfer: Transfer,
    size: int,
) -> Iterator[Driving | None]:
    """What the model looks at, frame by frame; None where there is no face yet.

    Args:
        avatar: the portrait.
        sightings: what `realtime.offline.track` found.
        open_driving: opens the same driving frames again; twice, for relative motion.
        transfer: relative or absolute, and the reference frame.
        size: side of the model's pictures, pixels.
    """
    following = FollowingSquare()
    squares = [
        None if sighting.face is None
        else following.update(sighting.face.landmarks, sighting.captured_ns)
        for sighting in sightings
    ]  # fmt: skip
    rest: RGB | None = None
    if transfer.relative:
        index = _reference(avatar, sightings, transfer)
        square = squares[index]
        for frame in islice(_frames(open_driving()), index, index + 1):
            rest = None if square is None else square.cut(frame.pixels, size)
    for frame, square in zip(_frames(open_driving()), squares, strict=True):
        yield None if square is None else Driving(square.cut(frame.pixels, size), rest)


def _reference(avatar: Avatar, sightings: list[Sighting], transfer: Transfer) -> int:
    if transfer.reference == "first":
        return first_face(sightings)
    return best_frame([sighting.face for sighting in sightings], avatar.face)


def _frames(source: Source) -> Iterator[Frame]:
    try:
        while True:
            frame = source.read()
            if frame is not None:
                yield frame
    except EndOfSource:
        return
    finally:
        source.close()
