"""The rehearsals of a live run, in processes of their own: both ends of them."""

import argparse
import io
import os
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.avatar import load_avatar
from realtime.capture.picture import read_picture
from realtime.models.store import Store
from realtime.motion.amplitude import Amplitude
from realtime.motion.head_state import HeadState
from realtime.motion.rehearsal import Rehearsal
from realtime.motion.response import Response
from realtime.rehearsing import Driver, rehearse, stand_in
from realtime.runtime.meanwhile import Meanwhile
from realtime.types import Face, Similarity

_REST_S = 0.1
"After each look, which takes a quarter of that: two cores have a live run to carry meanwhile."


def rehearsing_backstage(
    portrait: Path, size: tuple[int, int], models: Store, driver: Driver | None
) -> Meanwhile[Rehearsal]:
    """A rehearsal for a live driver, some half a minute after it was first asked for.

    Args:
        portrait: the file.
        size: width and height of the canvas.
        models: where the landmarker and the segmenter are.
        driver: whom to rehearse with; None for whatever driver, for whom the built-in actor
            stands in.
    """
    home = models.folder.parent
    arguments = [portrait.absolute(), *size, home, _REST_S]
    return Meanwhile(
        __name__,
        list(map(str, arguments)),
        rehearsal_from,
        "rehearsal",
        given=lambda: b"" if driver is None else driver_written_down(driver),
    )


def rehearsal_from(written: bytes) -> Rehearsal:
    """What `written_down` was given, but for turns, which are left alone."""
    with np.load(io.BytesIO(written), allow_pickle=False) as arrays:
        return Rehearsal(
            Amplitude(
                arrays["gain"],
                arrays["crosstalk"],
                arrays["shapes"],
                arrays["room"],
                arrays["carried"],
            ),
            Response(
                _head_from(arrays),
                arrays["axes"],
                float(arrays["unit"]),
                arrays["answer"],
            ),
        )


def written_down(rehearsal: Rehearsal) -> bytes:
    """As an .npz file."""
    amplitude, response = rehearsal.amplitude, rehearsal.response
    file = io.BytesIO()
    np.savez(
        file,
        gain=amplitude.gain,
        crosstalk=amplitude.crosstalk,
        shapes=amplitude.shapes,
        room=amplitude.room,
        carried=amplitude.carried,
        axes=response.axes,
        unit=response.unit,
        answer=response.answer,
        **_head_written_down(response.rest),
    )
    return file.getvalue()


def driver_written_down(driver: Driver) -> bytes:
    """As an .npz file."""
    faces, file = [driver.reference, *driver.faces], io.BytesIO()
    np.savez(
        file,
        landmarks=np.array([face.landmarks for face in faces]),
        blendshapes=np.array([face.blendshapes for face in faces]),
        poses=np.array([face.pose for face in faces]),
        **_head_written_down(driver.neutral),
    )
    return file.getvalue()


def driver_from(written: bytes) -> Driver:
    """What `driver_written_down` was given."""
    with np.load(io.BytesIO(written), allow_pickle=False) as arrays:
        each = zip(arrays["landmarks"], arrays["blendshapes"], arrays["poses"], strict=True)
        reference, *faces = (Face(*parts) for parts in each)
        return Driver(reference, _head_from(arrays), faces)


def _head_written_down(head: HeadState) -> dict[str, Any]:
    pose = head.pose
    return {
        "head_scale": pose.scale,
        "head_rotation": pose.rotation,
        "head_translation": pose.translation,
        "head_shape": head.shape,
    }


def _head_from(arrays: Mapping[str, NDArray[np.float64]]) -> HeadState:
    pose = Similarity(
        float(arrays["head_scale"]), arrays["head_rotation"], arrays["head_translation"]
    )
    return HeadState(pose, arrays["head_shape"])


def _main() -> None:
    parser = argparse.ArgumentParser(description="Rehearse; writes an .npz file.")
    parser.add_argument("portrait", type=Path)
    parser.add_argument("width", type=int)
    parser.add_argument("height", type=int)
    parser.add_argument("home", type=Path)
    parser.add_argument("rest_s", type=float)
    asked = parser.parse_args()
    # Libraries in other languages may print, too, which must not get into the file.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as result:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        cv2.setNumThreads(1)
        models, rest = Store(asked.home), partial(time.sleep, asked.rest_s)
        picture, size = read_picture(asked.portrait), (asked.width, asked.height)
        avatar = load_avatar(picture, str(asked.portrait), size, models, file=asked.portrait)
        given = sys.stdin.buffer.read()
        driver = driver_from(given) if given else stand_in(models, rest)
        rehearsal = rehearse(avatar, driver, models, turns=False, rest=rest)
        result.write(written_down(rehearsal))


if __name__ == "__main__":
    _main()
